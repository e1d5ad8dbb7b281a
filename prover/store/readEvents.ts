import { type Kysely, type Selectable, sql } from 'kysely'
import type { Tables } from './tables.ts'

export type StoredEvent = Omit<Selectable<Tables['events']>, 'writer'>

export type EventRange = {
  /** Id of the last event that the reader has; 0 for none. One that is not there (any more) counts as none: nothing is ever missed. */
  readonly after: bigint
  /** Id of the last event that is wanted. */
  readonly until?: bigint | undefined
  readonly limit: number
  /** Only events of this trace, or of the batch that it is sealed in. */
  readonly traceId?: string | undefined
}

/**
 * Events in the one order that all readers see: by the transaction that wrote them, then by id. Ids alone will not do, since a transaction can draw
 * a low id and commit late: whoever had gone past it would miss it. An event is shown once no older transaction runs, so nothing ever appears before
 * what was shown already.
 */
export async function readEvents(
  kysely: Kysely<Tables>,
  { after, until, limit, traceId }: EventRange,
): Promise<StoredEvent[]> {
  let query = kysely
    .selectFrom('events')
    .select(['event_id', 'at', 'kind', 'trace_id', 'batch_id', 'data'])
    .where(isShown)
    .where(sql<boolean>`(writer, event_id) > (${writerOf(after)}, ${after})`)
    .orderBy('writer')
    .orderBy('event_id')
    .limit(limit)
  if (until !== undefined) query = query.where(sql<boolean>`(writer, event_id) <= (${writerOf(until)}, ${until})`)
  if (traceId !== undefined)
    query = query.where(sql<boolean>`(trace_id = ${traceId} or batch_id in (
      select br.batch_id from traces t join batch_requests br on br.request_id = t.request_id where t.trace_id = ${traceId}))`)
  return query.execute()
}

/** @returns the id of the last event that is shown, 0 when there is none */
export async function readLastEventId(kysely: Kysely<Tables>): Promise<bigint> {
  const last = await kysely
    .selectFrom('events')
    .select('event_id')
    .where(isShown)
    .orderBy('writer', 'desc')
    .orderBy('event_id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last?.event_id ?? 0n
}

const isShown = sql<boolean>`writer < pg_snapshot_xmin(pg_current_snapshot())`

const writerOf = (eventId: bigint) => sql`coalesce((select writer from events where event_id = ${eventId}), '0'::xid8)`
