import { sql } from 'kysely'
import { afterAll } from 'vitest'
import { migrate } from '../../../prover/store/migrate.ts'
import { type NodeDatabase, openDatabase } from '../../../prover/store/openDatabase.ts'
import { openTestDatabase, silent } from './openTestDatabase.ts'
import { startTestPostgres, type TestPostgres } from './startTestPostgres.ts'

export const KINDS = ['pglite', 'postgres'] as const
export type Kind = (typeof KINDS)[number]

export type Databases = {
  /** A migrated and empty database. Opening takes a second, so the tests of one file that use it share it, one after the other. */
  clear(kind: Kind): Promise<NodeDatabase>
  /** A migrated database for one test, which may close it. */
  open(kind: Kind): Promise<NodeDatabase>
  /** The server behind the PostgreSQL databases, which runs from its first use to the end of the file. */
  postgres(): Promise<TestPostgres>
}

/** Databases of both kinds for the tests of one file, closed after the last one. */
export function useDatabases(): Databases {
  let server: Promise<TestPostgres> | undefined
  const shared = new Map<Kind, Promise<NodeDatabase>>()
  const opened: { close(): Promise<void> }[] = []
  afterAll(async () => {
    await Promise.all(opened.map((database) => database.close()))
    await (await server)?.stop()
  })

  const postgres = () => {
    server ??= startTestPostgres()
    return server
  }
  async function open(kind: Kind): Promise<NodeDatabase> {
    if (kind === 'pglite') {
      const test = await openTestDatabase()
      opened.push(test)
      return test.db
    }
    const db = await openDatabase({ url: await (await postgres()).createDatabase() }, silent)
    opened.push(db)
    await migrate(db)
    return db
  }
  async function clear(kind: Kind): Promise<NodeDatabase> {
    const opening = shared.get(kind) ?? open(kind)
    shared.set(kind, opening)
    const db = await opening
    const { rows } = await sql<{ names: string }>`select string_agg(quote_ident(tablename), ', ') as names
      from pg_tables where schemaname = 'public' and tablename not like 'kysely%'`.execute(db.kysely)
    await sql`truncate ${sql.raw(rows[0]!.names)} restart identity cascade`.execute(db.kysely)
    return db
  }
  return { clear, open, postgres }
}
