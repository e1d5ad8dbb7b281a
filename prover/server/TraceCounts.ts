import { type Kysely, sql } from 'kysely'
import type { Tables, TraceSummary } from '../store/tables.ts'

/** Nothing but a reorganisation changes these. */
const SETTLED_FOR_GOOD: readonly TraceSummary[] = ['settled', 'refunded', 'cancelled', 'expired']

/**
 * Traces by summary. Traces of which all older ones are done with are counted once: the database counts only from the oldest that is not, since a node
 * keeps millions of traces that nobody needs counted again.
 */
export class TraceCounts {
  readonly #kysely: Kysely<Tables>
  readonly #done = new Map<TraceSummary, number>()
  #countedUntil = new Date(0)

  constructor(kysely: Kysely<Tables>) {
    this.#kysely = kysely
  }

  async read(): Promise<Map<TraceSummary, number>> {
    const since = this.#countedUntil
    const rows = await this.#kysely
      .selectFrom('trace_statuses')
      .select(['summary', sql<bigint>`count(*)`.as('traces'), sql<Date>`min(accepted_at)`.as('oldest')])
      .where('accepted_at', '>=', since)
      .groupBy('summary')
      .execute()
    const counts = new Map(this.#done)
    for (const { summary, traces } of rows) counts.set(summary, (counts.get(summary) ?? 0) + Number(traces))
    const open = rows.filter(({ summary }) => !SETTLED_FOR_GOOD.includes(summary)).map(({ oldest }) => oldest.getTime())
    if (open.length > 0 && Math.min(...open) > since.getTime())
      await this.#countDone(since, new Date(Math.min(...open)))
    return counts
  }

  async #countDone(since: Date, until: Date): Promise<void> {
    const rows = await this.#kysely
      .selectFrom('trace_statuses')
      .select(['summary', sql<bigint>`count(*)`.as('traces')])
      .where('accepted_at', '>=', since)
      .where('accepted_at', '<', until)
      .groupBy('summary')
      .execute()
    if (this.#countedUntil !== since) return // somebody else was quicker
    this.#countedUntil = until
    for (const { summary, traces } of rows) this.#done.set(summary, (this.#done.get(summary) ?? 0) + Number(traces))
  }
}
