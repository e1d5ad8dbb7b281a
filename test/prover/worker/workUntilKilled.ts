/**
 * A worker process with the real circuit `tiny`, for tests that kill it. Prints `working`, then each step as it is reached, and stays at the step that it
 * is told to. SIGTERM drains it.
 */

import { openDatabase } from '../../../prover/store/openDatabase.ts'
import { openCircuits } from '../../../prover/worker/openCircuits.ts'
import { openProofQueue } from '../../../prover/worker/openProofQueue.ts'
import { proveJob } from '../../../prover/worker/proveJob.ts'
import { shapeDirectory } from '../../../scripts/circuits/compileCircuit.ts'
import { silent } from '../store/openTestDatabase.ts'
import { CHAIN, PROVER } from './storeSealedBatch.ts'

const [url, workerName, retryLimit, stayAt] = process.argv.slice(2) as [string, string, string, string?]
const db = await openDatabase({ url }, silent)
// Beside other tests a prover that stands back would starve.
const circuits = await openCircuits([shapeDirectory('tiny')], { niceness: 0 })
const queue = await openProofQueue(db, { heartbeatSeconds: 10, retryLimit: Number(retryLimit), logger: silent })
const say = (line: string) => void process.stdout.write(`${line}\n`)

process.once('SIGTERM', async () => {
  await queue.close()
  await circuits.close()
  await db.close()
})
await queue.work(
  proveJob({
    db,
    chain: CHAIN,
    circuits,
    prover: PROVER,
    workerName,
    onStep: (step) => {
      say(step)
      return step === stayAt ? new Promise(() => undefined) : undefined
    },
    logger: silent,
  }),
)
say('working')
