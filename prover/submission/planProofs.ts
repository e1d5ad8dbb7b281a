import type { Hex } from 'viem'
import type { NodeChain } from '../indexing/connectChain.ts'
import type { OnStep } from '../steps.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import type { ProofQueue } from '../worker/ProofQueue.ts'
import { readFittingProofs, selectOpenBatches } from './openBatches.ts'
import { readChainTime } from './readChainTime.ts'

/**
 * Orders a proof of every open batch that this node can prove: it knows the traces, head and index, and has no proof that fits. Whoever sealed it.
 * @returns how many were ordered
 */
export async function planProofs({
  db,
  chain,
  queue,
  onStep,
}: {
  db: NodeDatabase
  chain: NodeChain
  queue: Pick<ProofQueue, 'enqueue'>
  onStep: OnStep
}): Promise<number> {
  const provable = await selectProvableBatches(db).execute()
  const fitting = await readFittingProofs(db.kysely, chain, provable)
  const missing = provable.filter(({ batch_hash }) => !fitting.has(batch_hash))
  if (missing.length === 0) return 0
  // The chain's clock need not be ours.
  const aheadMs = Number(await readChainTime(chain)) * 1000 - Date.now()
  for (const { batch_hash, batch_id, settle_deadline } of missing) {
    await onStep('proof.queueing')
    const deadlineAt = new Date(Number(settle_deadline) * 1000 - aheadMs)
    await queue.enqueue({ batchHash: batch_hash as Hex, batchId: batch_id, deadlineAt })
  }
  return missing.length
}

/** A job that is done did not bring the proof that is needed now; one that is dead waits for somebody to retry it. */
function selectProvableBatches({ kysely }: NodeDatabase) {
  return selectOpenBatches(kysely)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('proof_jobs as j').whereRef('j.batch_hash', '=', 'b.batch_hash').where('j.state', '<>', 'done'),
        ),
      ),
    )
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('model_artifacts as m')
          .whereRef('m.model_id', '=', 'b.model_id')
          .whereRef('m.index_version', '=', 'e.index_version'),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('batch_requests as br')
            .leftJoin('traces as t', (on) =>
              on
                .onRef('t.request_id', '=', 'br.request_id')
                .onRef('t.input_commitment', '=', 'br.input_commitment')
                .onRef('t.output_commitment', '=', 'br.output_commitment')
                .on('t.cancelled_at', 'is', null),
            )
            .whereRef('br.batch_id', '=', 'b.batch_id')
            .where('t.trace_id', 'is', null),
        ),
      ),
    )
}
