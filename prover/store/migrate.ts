import { Migrator, sql } from 'kysely'
import { PoaError } from '../../src/errors.ts'
import { MIGRATIONS } from './migrations/index.ts'
import type { NodeDatabase } from './openDatabase.ts'

/**
 * Brings a database to the newest migration, in one transaction. When several processes do it at once, one does it and the others wait.
 * @returns the names of the migrations that were applied
 * @throws PoaError DATABASE_TOO_NEW when a newer version of the node has been at it
 */
export async function migrate({ kysely }: Pick<NodeDatabase, 'kysely'>): Promise<string[]> {
  requireKnown(await readApplied(kysely))
  const migrator = new Migrator({ db: kysely, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
  const { error, results } = await migrator.migrateToLatest()
  if (error) throw error
  return (results ?? []).map(({ migrationName }) => migrationName)
}

/**
 * @throws PoaError DATABASE_NOT_MIGRATED when migrations are missing
 * @throws PoaError DATABASE_TOO_NEW when a newer version of the node has been at it
 */
export async function requireMigrated({ kysely }: Pick<NodeDatabase, 'kysely'>): Promise<void> {
  const applied = await readApplied(kysely)
  requireKnown(applied)
  const missing = Object.keys(MIGRATIONS).filter((name) => !applied.includes(name))
  if (missing.length > 0)
    throw new PoaError('DATABASE_NOT_MIGRATED', `The database lacks ${missing.join(', ')}`, { hint: 'poa db migrate' })
}

function requireKnown(applied: readonly string[]): void {
  const unknown = applied.filter((name) => !(name in MIGRATIONS))
  if (unknown.length > 0)
    throw new PoaError('DATABASE_TOO_NEW', `The database has ${unknown.join(', ')}, which this version does not know`, {
      hint: 'run the version of the node that last used this database, or a newer one',
    })
}

async function readApplied(kysely: NodeDatabase['kysely']): Promise<string[]> {
  const { rows: tables } = await sql<{
    name: string | null
  }>`select to_regclass('kysely_migration')::text as name`.execute(kysely)
  if (tables[0]?.name == null) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(kysely)
  return rows.map(({ name }) => name)
}
