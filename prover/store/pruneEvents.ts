import { type Kysely, sql } from 'kysely'
import type { Tables } from './tables.ts'

/**
 * Forgets events older than so many days, and those of transactions that this database has never had: where a dump was restored into another server,
 * whose transactions are numbered anew, they would come after everything that happens from now on.
 * @returns how many
 */
export async function pruneEvents(kysely: Kysely<Tables>, olderThanDays: number): Promise<bigint> {
  const { numDeletedRows } = await kysely
    .deleteFrom('events')
    .where((where) =>
      where.or([
        where('at', '<', sql<Date>`now() - make_interval(days => ${olderThanDays})`),
        sql<boolean>`writer >= pg_snapshot_xmax(pg_current_snapshot())`,
      ]),
    )
    .executeTakeFirst()
  return numDeletedRows
}
