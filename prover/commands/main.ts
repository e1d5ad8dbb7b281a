import { Command } from 'commander'
import { reportAndExit } from '../reportAndExit.ts'
import { proveCommand } from './proveCommand.ts'
import { verifyCommand } from './verifyCommand.ts'

const program = new Command('poa')
  .description('Proof of attribution: prove batches of inferences and check such proofs.')
  .addCommand(proveCommand())
  .addCommand(verifyCommand())

await reportAndExit(program)
