import type { Hex } from 'viem'
import type { Step } from '../../../prover/steps.ts'
import type { NodeDatabase } from '../../../prover/store/openDatabase.ts'
import { type ProveJobOptions, proveJob } from '../../../prover/worker/proveJob.ts'
import { buildStatement, listPublicSignals } from '../../../src/statement/buildStatement.ts'
import { simulatedArtifacts, simulatedBackend } from '../proving/simulatedProver.ts'
import { silent } from '../store/openTestDatabase.ts'
import { CHAIN, PROVER, type StoredBatch } from './storeSealedBatch.ts'

export const SIMULATED_ARTIFACTS = simulatedArtifacts()
export const SIMULATED_KEY_HASH = SIMULATED_ARTIFACTS.manifest.circuitKeyHash as Hex

/** `proveJob` for one batch, without a circuit; keeps the steps and what its backend was given. */
export function openSimulatedWorker(
  db: Pick<NodeDatabase, 'kysely'>,
  { batch }: StoredBatch,
  options: Partial<ProveJobOptions> = {},
) {
  const steps: Step[] = []
  const backend = simulatedBackend(({ batchSalt }) =>
    listPublicSignals(buildStatement({ ...batch, batchSalt: BigInt(batchSalt as string) }).publicSignals),
  )
  const circuit = { artifacts: SIMULATED_ARTIFACTS, backend }
  const handler = proveJob({
    db,
    chain: CHAIN,
    circuits: { get: (keyHash) => (keyHash === SIMULATED_KEY_HASH ? circuit : undefined) },
    prover: PROVER,
    workerName: 'worker 1',
    onStep: (step) => void steps.push(step),
    logger: silent,
    ...options,
  })
  return { handler, backend, steps }
}
