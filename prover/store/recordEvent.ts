import type { Kysely } from 'kysely'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import type { Tables } from './tables.ts'

export type NewEvent = {
  /** What happened, in the past tense: `batch.sealed`. */
  readonly kind: string
  readonly traceId?: string | undefined
  readonly batchId?: bigint | undefined
  /** Public: it goes to whoever listens. */
  readonly data?: Readonly<Record<string, unknown>> | undefined
}

/** Tells listeners what changed. Inside the transaction that changes it, so that neither is without the other. */
export async function recordEvent(
  kysely: Kysely<Tables>,
  { kind, traceId, batchId, data = {} }: NewEvent,
): Promise<void> {
  await kysely
    .insertInto('events')
    .values({ kind, trace_id: traceId ?? null, batch_id: batchId ?? null, data: toJson(data) })
    .execute()
}
