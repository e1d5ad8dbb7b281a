import { type Kysely, type Selectable, sql } from 'kysely'
import type { Tables } from './tables.ts'

/** Where an event stands in the order that all readers see. */
export type EventPosition = {
  /** Id of the transaction that wrote it. */
  readonly writer: bigint
  readonly event_id: bigint
}
export type StoredEvent = Omit<Selectable<Tables['events']>, 'writer'> & EventPosition

/** Before every event. */
export const FIRST_POSITION: EventPosition = { writer: 0n, event_id: 0n }

export type EventRange = {
  /** The last event that the reader has. By its id, 0 for none: one that is not there (any more) counts as none, so that nothing is ever missed. */
  readonly after: bigint | EventPosition
  /** The last event that is wanted. */
  readonly until?: bigint | EventPosition | undefined
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
    .select([writer, 'event_id', 'at', 'kind', 'trace_id', 'batch_id', 'data'])
    .where(isShown)
    .where(sql<boolean>`(events.writer, event_id) > ${toRow(after)}`)
    .orderBy('events.writer')
    .orderBy('event_id')
    .limit(limit)
  if (until !== undefined) query = query.where(sql<boolean>`(events.writer, event_id) <= ${toRow(until)}`)
  if (traceId !== undefined)
    query = query.where(sql<boolean>`(trace_id = ${traceId} or batch_id in (
      select br.batch_id from traces t join batch_requests br on br.request_id = t.request_id where t.trace_id = ${traceId}))`)
  return query.execute()
}

/** Where the last event stands that is shown. */
export async function readLastPosition(kysely: Kysely<Tables>): Promise<EventPosition> {
  const last = await kysely
    .selectFrom('events')
    .select([writer, 'event_id'])
    .where(isShown)
    .orderBy('events.writer', 'desc')
    .orderBy('event_id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last ?? FIRST_POSITION
}

/** Where the event with an id stands; before all others when it is not there (any more). */
export async function findPosition(kysely: Kysely<Tables>, eventId: bigint): Promise<EventPosition> {
  const found = await kysely
    .selectFrom('events')
    .select([writer, 'event_id'])
    .where('event_id', '=', eventId)
    .executeTakeFirst()
  return found ?? FIRST_POSITION
}

/** @returns below 0 when `a` stands before `b`, 0 when they are one */
export function comparePositions(a: EventPosition, b: EventPosition): number {
  const difference = a.writer - b.writer || a.event_id - b.event_id
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

const writer = sql<bigint>`events.writer::text::numeric`.as('writer')
const isShown = sql<boolean>`events.writer < pg_snapshot_xmin(pg_current_snapshot())`

function toRow(place: bigint | EventPosition) {
  return typeof place === 'bigint'
    ? sql`(coalesce((select e.writer from events e where e.event_id = ${place}), '0'::xid8), ${place}::bigint)`
    : sql`(${`${place.writer}`}::xid8, ${place.event_id}::bigint)`
}
