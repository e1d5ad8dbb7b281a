import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Address, Hex } from 'viem'
import { randomSalt } from '../../src/client/randomSalt.ts'
import { PoaError } from '../../src/errors.ts'
import type { NodeChain } from '../indexing/connectChain.ts'
import { proveBatch } from '../proving/proveBatch.ts'
import type { OnStep } from '../steps.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import { contextOfBatch, readFittingProofs, selectOpenBatches } from '../submission/openBatches.ts'
import type { Circuits } from './openCircuits.ts'
import type { ProofHandler } from './ProofQueue.ts'
import { readTraces } from './readTraces.ts'
import { toProofRow } from './toProofRow.ts'
import { trackProgress } from './trackProgress.ts'

export type ProveJobOptions = {
  readonly db: Pick<NodeDatabase, 'kysely'>
  readonly chain: NodeChain
  readonly circuits: Pick<Circuits, 'get'>
  /** Who is paid for the proofs. */
  readonly prover: Address
  /** Stored with each proof. */
  readonly workerName: string
  readonly onStep: OnStep
  readonly logger: Logger
}

/**
 * What a worker does with a job: proves the batch and stores the proof, unless a stored one fits or the batch is not open.
 * @returns a handler that throws PoaError CIRCUIT_MISSING, those of readTraces and of proveBatch
 */
export function proveJob({ db, chain, circuits, prover, workerName, onStep, logger }: ProveJobOptions): ProofHandler {
  return async (batchHash, signal) => {
    const { kysely } = db
    const batch = await selectOpenBatches(kysely).where('b.batch_hash', '=', batchHash).executeTakeFirst()
    // Settled, expired, or taken back by a reorganisation. Should it return, its proof is ordered again.
    if (batch === undefined) return
    if ((await readFittingProofs(kysely, chain, [batch])).size > 0) return
    const { batch_id: batchId, key_hash } = batch
    const circuit = circuits.get(key_hash as Hex)
    if (circuit === undefined) {
      throw new PoaError('CIRCUIT_MISSING', `this worker has no keys of the circuit ${key_hash}`, {
        hint: 'Set `artifacts` to the directory that holds them.',
      })
    }
    const context = contextOfBatch(batch, chain, prover)
    const traceBatch = { ...(await readTraces(kysely, batch)), batchSalt: randomSalt(), context }

    await circuit.backend.prepare(logPreparing(circuit.artifacts.manifest.shape, logger), signal)
    const progress = await trackProgress(kysely, { ...batch, workerName }, logger)
    let steps: Promise<void> = Promise.resolve()
    try {
      const proven = await proveBatch(
        traceBatch,
        circuit.artifacts,
        circuit.backend,
        (stage) => {
          progress.enter(stage)
          steps = steps.then(() => onStep(stage === 'witness' ? 'proof.witness' : 'proof.proving'))
        },
        signal,
      )
      await steps
      await onStep('proof.made')
      const { seconds } = proven
      const row = toProofRow(proven, workerName)
      await outlastOutage(signal, () =>
        kysely
          .insertInto('proofs')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      )
      await onStep('proof.stored')
      logger.info({ batchId: `${batchId}`, seconds: seconds.witness + seconds.prove }, 'proof stored')
    } finally {
      await Promise.allSettled([steps, progress.stop()])
    }
  }
}

/** Preparing a key takes long only the first time that this machine sees it; then the log says how far it is, each tenth. */
function logPreparing(shape: string, logger: Logger): (fraction: number) => void {
  let told: number | undefined
  return (fraction) => {
    const percent = 10 * Math.floor(10 * fraction)
    if (percent === told) return
    told = percent
    logger.info({ shape, percent }, 'preparing the key for the native prover, once')
  }
}

const OUTAGE_PAUSE_MS = 1000

/** A proof took long to make: a database that is away is waited for, until the proof is called off. */
async function outlastOutage(signal: AbortSignal, store: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await store()
      return
    } catch (error) {
      if (signal.aborted || !(error instanceof PoaError && error.code === 'DATABASE_UNREACHABLE')) throw error
      await setTimeout(OUTAGE_PAUSE_MS)
    }
  }
}
