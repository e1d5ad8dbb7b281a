import type { Kysely, Transaction } from 'kysely'
import type { Hex } from 'viem'
import { recordEvent } from '../store/recordEvent.ts'
import type { Tables } from '../store/tables.ts'
import type { Failure } from './describeFailure.ts'
import type { ProofCounts, ProofOrder } from './ProofQueue.ts'

/*
 * What people see of a proof job: its row and its events, which change together. Which worker has a job, when it is tried again and when a worker
 * counts as lost is pg-boss' business; these rows outlive its own, which are deleted a while after they end.
 */

/** A job that somebody works on. `attempts` tells this time from earlier ones. */
export type ClaimedJob = {
  readonly batchHash: Hex
  readonly batchId: bigint
  readonly deadlineAt: Date
  readonly attempts: number
}

/** @returns false when the job is dead, which an order does not change */
export async function orderJob(
  trx: Transaction<Tables>,
  { batchHash, batchId, deadlineAt }: ProofOrder,
): Promise<boolean> {
  const order = { batch_id: batchId, deadline_at: deadlineAt, state: 'queued' as const }
  const { numInsertedOrUpdatedRows: ordered } = await trx
    .insertInto('proof_jobs')
    .values({ batch_hash: batchHash, ...order })
    .onConflict((conflict) =>
      conflict
        .column('batch_hash')
        .doUpdateSet({ ...order, fraction: null, updated_at: new Date() })
        .where('proof_jobs.state', '=', 'done'),
    )
    .executeTakeFirstOrThrow()
  if (ordered === 1n) {
    await recordEvent(trx, { kind: 'proof.queued', batchId })
    return true
  }
  const { state } = await trx
    .selectFrom('proof_jobs')
    .select('state')
    .where('batch_hash', '=', batchHash)
    .executeTakeFirstOrThrow()
  return state !== 'dead'
}

/** Takes a queued job, or one whose worker was lost. Undefined when there is nothing to do: it is done, dead or gone. */
export function claimJob(kysely: Kysely<Tables>, batchHash: Hex): Promise<ClaimedJob | undefined> {
  return kysely.transaction().execute(async (trx) => {
    const claimed = await trx
      .updateTable('proof_jobs')
      .set((row) => ({
        state: 'active',
        attempts: row('attempts', '+', 1),
        worker: null,
        stage: null,
        fraction: null,
        updated_at: new Date(),
      }))
      .where('batch_hash', '=', batchHash)
      .where('state', 'in', ['queued', 'active'])
      .returning(['batch_id', 'deadline_at', 'attempts'])
      .executeTakeFirst()
    if (claimed === undefined) return undefined
    const { batch_id: batchId, deadline_at: deadlineAt, attempts } = claimed
    await recordEvent(trx, { kind: 'proof.started', batchId, data: { attempt: attempts } })
    return { batchHash, batchId, deadlineAt, attempts }
  })
}

/** The proof is stored, or nobody needs it any more. Whatever the job's state was: a late proof is a proof. */
export function finishJob(kysely: Kysely<Tables>, { batchHash, batchId }: ClaimedJob): Promise<void> {
  return kysely.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('proof_jobs')
      .set({ state: 'done', stage: null, fraction: 1, reason_code: null, reason: null, updated_at: new Date() })
      .where('batch_hash', '=', batchHash)
      .where('state', '<>', 'done')
      .executeTakeFirst()
    if (numUpdatedRows > 0n) await recordEvent(trx, { kind: 'proof.done', batchId })
  })
}

/** What a job says once its worker has left it. */
const leftWith = ({ code, reason }: Failure) => ({
  stage: null,
  fraction: null,
  worker: null,
  reason_code: code,
  reason,
  updated_at: new Date(),
})

/** The job will be tried again. Nothing changes when somebody else has it by now. */
export async function returnJob(
  trx: Transaction<Tables>,
  { batchHash, batchId, attempts }: ClaimedJob,
  failure: Failure,
): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable('proof_jobs')
    .set({
      state: 'queued',
      ...leftWith(failure),
    })
    .where('batch_hash', '=', batchHash)
    .where('state', '=', 'active')
    .where('attempts', '=', attempts)
    .executeTakeFirst()
  if (numUpdatedRows > 0n) await recordEvent(trx, { kind: 'proof.queued', batchId, data: { reasonCode: failure.code } })
}

/** The job is given up, until somebody revives it. */
export function buryJob(kysely: Kysely<Tables>, batchHash: Hex, failure: Failure): Promise<void> {
  return kysely.transaction().execute(async (trx) => {
    const buried = await trx
      .updateTable('proof_jobs')
      .set({
        state: 'dead',
        ...leftWith(failure),
      })
      .where('batch_hash', '=', batchHash)
      .where('state', 'in', ['queued', 'active'])
      .returning('batch_id')
      .executeTakeFirst()
    if (buried !== undefined) {
      await recordEvent(trx, { kind: 'proof.dead', batchId: buried.batch_id, data: { reasonCode: failure.code } })
    }
  })
}

export async function countJobs(kysely: Kysely<Tables>): Promise<ProofCounts> {
  const rows = await kysely
    .selectFrom('proof_jobs')
    .select(({ fn }) => ['state', fn.countAll<bigint>().as('count')])
    .where('state', '<>', 'done')
    .groupBy('state')
    .execute()
  const count = (state: string) => Number(rows.find((row) => row.state === state)?.count ?? 0n)
  return { queued: count('queued'), active: count('active'), dead: count('dead') }
}
