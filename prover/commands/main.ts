import { reportAndExit } from '../reportAndExit.ts'
import { createProgram } from './createProgram.ts'

const args = process.argv.slice(2)
// `poa help trace` is commander's way to say `poa trace --help`.
const [name] = args.filter((arg) => arg !== 'help')
await reportAndExit(await createProgram(name === undefined ? [] : [name]))
