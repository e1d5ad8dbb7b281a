/** A prover that is killed by its test in the middle of a proof. Prints the id of its proving process, then its stage. */
import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { prepareInput } from '../../../prover/proving/prepareInput.ts'
import { shapeDirectory } from '../../../scripts/circuits/compileCircuit.ts'
import { randomBatch, seededRandom } from '../../../scripts/randomBatch.ts'
import { shapeNamed } from '../../../src/shape.ts'

const { fork } = childProcess
childProcess.fork = ((...args: Parameters<typeof fork>) => {
  const child = fork(...args)
  process.stdout.write(`${child.pid}\n`)
  return child
}) as typeof fork
syncBuiltinESMExports()

const { loadArtifacts } = await import('../../../prover/proving/artifacts.ts')
const { openChildProcessBackend } = await import('../../../prover/proving/childProcessBackend.ts')
const backend = openChildProcessBackend(await loadArtifacts(shapeDirectory('tiny')))
const { input } = prepareInput(randomBatch(shapeNamed('tiny'), seededRandom(1)))
await backend.prove(input, (stage) => process.stdout.write(`${stage}\n`))
await new Promise(() => setInterval(() => undefined, 1000)) // it stays until it is killed
