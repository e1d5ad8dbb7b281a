import { type Kysely, sql } from 'kysely'
import type { Tables } from '../store/tables.ts'

/** A count is at least so old before the next is made. */
const SHORTEST_PAUSE_MS = 1000
/** Counting may take at most this part of the database's time. */
const PAUSE_BY_DURATION = 100

/**
 * How many traces wait for their settlement. Counted now and then, in the background, with what was accepted since and what is being stored added: a
 * bound on memory and disk need not be exact, and counting at every request would cost more than the request. However many come at once, no more of
 * them get a place than there are.
 */
export class Backlog {
  readonly #kysely: Kysely<Tables>
  #counted = 0
  #acceptedSince = 0
  /** Places taken by traces that are being stored. */
  #taken = 0
  #nextCountAt = 0
  /** No trace older than this waits; found by the count before. */
  #oldest = new Date(0)
  #counting: Promise<void> | undefined

  constructor(kysely: Kysely<Tables>) {
    this.#kysely = kysely
  }

  /** @returns the number of waiting traces, at least approximately */
  async read(): Promise<number> {
    if (this.#nextCountAt === 0)
      await this.#count() // nothing is known yet
    else if (Date.now() >= this.#nextCountAt) void this.#count().catch(() => undefined) // the next statement will say what is wrong
    return this.#waiting()
  }

  /**
   * Takes a place for a trace that is about to be stored. `release` it, whatever becomes of the trace.
   * @returns false when no place is left, as a count that is new says
   */
  async take(limit: number): Promise<boolean> {
    if (this.#takeNow(limit)) return true
    await this.#count()
    return this.#takeNow(limit)
  }

  /** @param isStored the trace waits from now on */
  release(isStored: boolean): void {
    this.#taken -= 1
    if (isStored) this.#acceptedSince += 1
  }

  #takeNow(limit: number): boolean {
    if (this.#waiting() >= limit) return false
    this.#taken += 1
    return true
  }

  #waiting(): number {
    return this.#counted + this.#acceptedSince + this.#taken
  }

  #count(): Promise<void> {
    this.#counting ??= this.#countNow().finally(() => {
      this.#counting = undefined
    })
    return this.#counting
  }

  async #countNow(): Promise<void> {
    const acceptedBefore = this.#acceptedSince
    const startedAt = Date.now()
    const { rows } = await sql<{ waiting: bigint; oldest: Date }>`
      select count(*) as waiting, coalesce(min(t.accepted_at), now() - interval '1 minute') as oldest
      from traces t
      cross join (select coalesce((select timestamp from blocks order by number desc limit 1), 0) as timestamp) now
      left join requests r on r.request_id = t.request_id
      left join batch_requests br on br.request_id = t.request_id
      left join batches b on b.batch_id = br.batch_id
      where t.cancelled_at is null and t.accepted_at >= ${this.#oldest}
        and coalesce(b.settle_deadline, r.seal_deadline, now.timestamp) >= now.timestamp
        and not exists (select from settlements s where s.batch_id = br.batch_id)
        and not exists (select from refunds f where f.request_id = t.request_id)`.execute(this.#kysely)
    const { waiting, oldest } = rows[0]!
    this.#counted = Number(waiting)
    this.#acceptedSince -= acceptedBefore
    this.#oldest = oldest
    const durationMs = Date.now() - startedAt
    this.#nextCountAt = startedAt + Math.max(SHORTEST_PAUSE_MS, PAUSE_BY_DURATION * durationMs)
  }
}
