import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Hex } from 'viem'
import { PoaError } from '../../src/errors.ts'
import { describeForLog } from '../describeForLog.ts'
import {
  comparePositions,
  type EventPosition,
  findPosition,
  readEvents,
  readLastPosition,
  type StoredEvent,
} from '../store/readEvents.ts'
import type { Tables } from '../store/tables.ts'

/** Who listens. `write` must not wait; whoever is too slow for it is ended by itself. */
export type EventSink = {
  write(events: readonly StoredEvent[]): void
  /** Resolves when more may be written, also when nothing ever will again. */
  whenDrained(): Promise<void>
}

export type Subscription = {
  /** Ends it. What was being read is dropped. */
  end(): void
}

type Listener = {
  readonly sink: EventSink
  readonly traceId: Hex | undefined
  /** It has this event and all before. Further than the feed, when it heard it from another process. */
  readonly has: EventPosition
  /** Ends the subscription for a reason. */
  readonly fail: (cause: unknown) => void
  /** What was read live while the listener is still catching up with the past; undefined afterwards. */
  waiting: StoredEvent[] | undefined
}

const PAGE = 500
/** Events that may come while a listener catches up. */
const LARGEST_WAITING = 5_000

/**
 * The events of the database, for many listeners with one query. The database is read at intervals, and only while somebody listens. Each listener gets
 * every event behind the one that it names exactly once and in the order of `readEvents`: what is stored already by a reading of its own, up to where
 * the common reading stood when it came; the rest from there.
 */
export class EventFeed {
  readonly #kysely: Kysely<Tables>
  readonly #pollMs: number
  readonly #logger: Logger
  readonly #listeners = new Set<Listener>()
  /** The last event that was read for all; undefined while nobody listens. */
  #position: EventPosition | undefined
  #starting: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor({ kysely, pollMs, logger }: { kysely: Kysely<Tables>; pollMs: number; logger: Logger }) {
    this.#kysely = kysely
    this.#pollMs = pollMs
    this.#logger = logger
  }

  /**
   * @param after id of the last event that the listener has, 0 for none; absent: it only wants what comes from now on
   * @param traceId only events of this trace, and of its batch
   * @param onFailure told when the subscription has ended because the past could not be read
   */
  async subscribe(
    { after, traceId }: { readonly after: bigint | undefined; readonly traceId?: Hex | undefined },
    sink: EventSink,
    onFailure: (cause: unknown) => void,
  ): Promise<Subscription> {
    const has = after === undefined ? undefined : await findPosition(this.#kysely, after)
    this.#starting ??= this.#start()
    await this.#starting
    // From here to `add` nothing is awaited: the listener joins where the feed stands.
    const joinedAt = this.#position
    if (joinedAt === undefined) throw new PoaError('DATABASE_CLOSED', 'the event feed is closed')
    const listener: Listener = {
      sink,
      traceId,
      has: has ?? joinedAt,
      waiting: [],
      fail: (cause) => {
        if (this.#listeners.delete(listener)) onFailure(cause)
      },
    }
    this.#listeners.add(listener)
    this.#catchUp(listener, joinedAt).catch(listener.fail)
    return {
      end: () => {
        this.#listeners.delete(listener)
      },
    }
  }

  close(): void {
    this.#listeners.clear()
    this.#stop()
  }

  async #start(): Promise<void> {
    try {
      this.#position = await readLastPosition(this.#kysely)
    } catch (error) {
      this.#starting = undefined
      throw error
    }
    this.#schedule()
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#position = undefined
    this.#starting = undefined
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.#poll(), this.#pollMs)
  }

  async #poll(): Promise<void> {
    try {
      let events: StoredEvent[]
      do {
        if (this.#listeners.size === 0) return this.#stop()
        events = await readEvents(this.#kysely, { after: this.#position!, limit: PAGE })
        if (this.#position === undefined) return // closed meanwhile
        const tracesOf = await this.#readTracesOf(events)
        if (this.#position === undefined) return
        this.#position = events.at(-1) ?? this.#position
        for (const listener of this.#listeners) this.#deliver(listener, events, tracesOf)
      } while (events.length === PAGE)
    } catch (error) {
      this.#logger.warn({ error: describeForLog(error) }, 'events cannot be read, will be tried again')
    }
    if (this.#position !== undefined) this.#schedule()
  }

  #deliver(
    listener: Listener,
    events: readonly StoredEvent[],
    tracesOf: ReadonlyMap<bigint, ReadonlySet<string>>,
  ): void {
    const { sink, traceId, has, waiting } = listener
    const wanted = events.filter(
      (event) =>
        comparePositions(event, has) > 0 &&
        (traceId === undefined ||
          event.trace_id === traceId ||
          (event.batch_id !== null && tracesOf.get(event.batch_id)?.has(traceId))),
    )
    if (wanted.length === 0) return
    if (waiting === undefined) sink.write(wanted)
    else if (waiting.length + wanted.length <= LARGEST_WAITING) waiting.push(...wanted)
    else listener.fail(new Error('too many events came while the past was read'))
  }

  /** Which traces are in the batches that events are about; asked only when somebody listens for one trace. */
  async #readTracesOf(events: readonly StoredEvent[]): Promise<Map<bigint, Set<string>>> {
    const batchIds = [...new Set(events.flatMap(({ batch_id }) => (batch_id === null ? [] : [batch_id])))]
    const tracesOf = new Map<bigint, Set<string>>()
    if (batchIds.length === 0 || ![...this.#listeners].some(({ traceId }) => traceId !== undefined)) return tracesOf
    const rows = await this.#kysely
      .selectFrom('batch_requests as br')
      .innerJoin('traces as t', 't.request_id', 'br.request_id')
      .select(['br.batch_id', 't.trace_id'])
      .where('br.batch_id', 'in', batchIds)
      .execute()
    for (const { batch_id, trace_id } of rows)
      tracesOf.set(batch_id, (tracesOf.get(batch_id) ?? new Set()).add(trace_id))
    return tracesOf
  }

  async #catchUp(listener: Listener, until: EventPosition): Promise<void> {
    const { sink, traceId } = listener
    let position = listener.has
    while (comparePositions(position, until) < 0 && this.#listeners.has(listener)) {
      const events = await readEvents(this.#kysely, { after: position, until, limit: PAGE, traceId })
      if (events.length > 0) sink.write(events)
      await sink.whenDrained()
      if (events.length < PAGE) break
      position = events.at(-1)!
    }
    if (!this.#listeners.has(listener)) return
    const waiting = listener.waiting!
    listener.waiting = undefined
    if (waiting.length > 0) sink.write(waiting)
  }
}
