/** `npm run check`: the static checks. They change nothing. */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { reportAndExit } from '../prover/reportAndExit.ts'
import { CONTRACTS_DIRECTORY } from './buildContracts.ts'
import { REPOSITORY_ROOT } from './circuits/compileCircuit.ts'
import { findFoundryBinary } from './findFoundryBinary.ts'

const require = createRequire(import.meta.url)
const packageFile = (name: string, file: string) => join(dirname(require.resolve(`${name}/package.json`)), file)

/** Programs by what they check. forge as its binary: npm's launcher loses the exit code. */
const CHECKS: Readonly<Record<string, readonly [program: string, args: readonly string[], directory: string]>> = {
  'format and lint': [process.execPath, [packageFile('@biomejs/biome', 'bin/biome'), 'check', '.'], REPOSITORY_ROOT],
  types: [process.execPath, [packageFile('typescript', 'bin/tsc'), '-p', '.'], REPOSITORY_ROOT],
  'types of the explorer': [
    process.execPath,
    [packageFile('typescript', 'bin/tsc'), '-p', 'prover/explorer'],
    REPOSITORY_ROOT,
  ],
  'format of the contracts': [findFoundryBinary('forge'), ['fmt', '--check'], CONTRACTS_DIRECTORY],
}

const program = new Command('npm run check --')
  .description('Static checks: format, lint and types of TypeScript, format of the contracts.')
  .option('--json', 'print the result as JSON')
  .addHelpText('after', '\nExample:\n  npm run check')
  .action(({ json = false }: { json?: boolean }) => {
    const failed: string[] = []
    for (const [name, [command, args, cwd]] of Object.entries(CHECKS)) {
      const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
      if (status !== 0) failed.push(name)
      if (!json) console.log(`${status === 0 ? '✔' : '✘'} ${name}${status === 0 ? '' : `\n${stdout}${stderr}`}`)
    }
    if (json) console.log(JSON.stringify({ ok: failed.length === 0, failed }))
    if (failed.length > 0) process.exitCode = 1
  })

await reportAndExit(program)
