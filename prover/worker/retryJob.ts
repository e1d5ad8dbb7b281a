import type { Hex } from 'viem'
import { PoaError } from '../../src/errors.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import type { ProofQueue } from './ProofQueue.ts'

/**
 * Has a dead job tried again, as often as a new one.
 * @throws PoaError JOB_NOT_FOUND, JOB_NOT_DEAD, or DEADLINE_PASSED when no proof could settle the batch any more
 */
export async function retryJob(
  { kysely }: Pick<NodeDatabase, 'kysely'>,
  queue: Pick<ProofQueue, 'enqueue'>,
  batchHash: Hex,
): Promise<void> {
  const job = await kysely
    .selectFrom('proof_jobs')
    .select(['state', 'batch_id', 'deadline_at'])
    .where('batch_hash', '=', batchHash)
    .executeTakeFirst()
  if (job === undefined) throw new PoaError('JOB_NOT_FOUND', 'no proof of this batch was ever ordered')
  if (job.state !== 'dead')
    throw new PoaError('JOB_NOT_DEAD', `the proof job is ${job.state}, only a dead one can be retried`)
  if (job.deadline_at.getTime() < Date.now()) {
    throw new PoaError('DEADLINE_PASSED', 'the batch could not be settled any more: its deadline has passed')
  }
  await kysely.deleteFrom('proof_jobs').where('batch_hash', '=', batchHash).where('state', '=', 'dead').execute()
  await queue.enqueue({ batchHash, batchId: job.batch_id, deadlineAt: job.deadline_at })
}
