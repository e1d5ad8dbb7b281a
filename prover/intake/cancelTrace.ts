import { sql, type Transaction } from 'kysely'
import type { Hex } from 'viem'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import type { Tables } from '../store/tables.ts'
import { LIVE_STATES } from '../submission/intendTransaction.ts'

/** What became of it. `fileHash` names its file in the trace store, which is to be closed once the transaction has been committed. */
export type CancelledAs =
  | { readonly kind: 'cancelled'; readonly fileHash: string }
  /** It is sealed, or a transaction that is to seal it lives. */
  | { readonly kind: 'being-sealed' }
  /** It is not there, or cancelled already. */
  | { readonly kind: 'not-live' }

/**
 * Cancels a trace, unless it is sealed or on its way to be. Whoever plans a seal locks the trace's row as well, so that the two never pass each other.
 * @param data of its event
 */
export async function cancelTrace(trx: Transaction<Tables>, traceId: Hex, data: object): Promise<CancelledAs> {
  const locked = await trx
    .selectFrom('traces')
    .select('file_hash')
    .where('trace_id', '=', traceId)
    .where('cancelled_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  if (locked === undefined) return { kind: 'not-live' }
  // A statement of its own: it sees what was committed while the lock was waited for. A trace that was sealed with other commitments is of no use.
  const { rows } = await sql<{ is_taken: boolean }>`
    select exists (
        select from traces t join batch_requests br using (request_id, input_commitment, output_commitment)
        where t.trace_id = ${traceId})
      or exists (
        select from transaction_traces tt join transactions x using (transaction_id)
        where tt.trace_id = ${traceId} and x.state in (${sql.join(LIVE_STATES)})
          and not exists (select from traces t join batch_requests br using (request_id) where t.trace_id = ${traceId}))
      as is_taken`.execute(trx)
  if (rows[0]!.is_taken) return { kind: 'being-sealed' }
  await trx.updateTable('traces').set({ cancelled_at: sql`now()` }).where('trace_id', '=', traceId).execute()
  await trx
    .insertInto('events')
    .values({ kind: 'trace.cancelled', trace_id: traceId, batch_id: null, data: toJson(data) })
    .execute()
  return { kind: 'cancelled', fileHash: locked.file_hash }
}
