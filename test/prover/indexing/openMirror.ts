import { sql } from 'kysely'
import { type IndexChainOptions, type IndexRound, indexChain } from '../../../prover/indexing/indexChain.ts'
import type { NodeDatabase } from '../../../prover/store/openDatabase.ts'
import { openTestDatabase, silent, type TestDatabase } from '../store/openTestDatabase.ts'

type Row = Record<string, unknown>

/** A database of its own and an indexer that writes to it. */
export type TestMirror = {
  readonly db: NodeDatabase
  /** One round. */
  index(change?: Partial<IndexChainOptions>): Promise<IndexRound | undefined>
  /** Rounds until there is nothing to do. */
  catchUp(change?: Partial<IndexChainOptions>): Promise<IndexRound[]>
  /** Every row that an event made, by table. */
  dump(): Promise<Record<string, Row[]>>
  /** Node events as `kind` and data, in order. */
  told(): Promise<[string, Row][]>
  close(): Promise<void>
}

const MOST_ROUNDS = 1_000

type Defaults = Pick<IndexChainOptions, 'chain'> & Partial<IndexChainOptions>

/** Embedded databases that are emptied and used again: opening one takes longer than most tests. */
const opened: TestDatabase[] = []
const idle: NodeDatabase[] = []

/** Takes an empty database; `close` gives it back. */
export async function openMirror(defaults: Defaults): Promise<TestMirror> {
  let db = idle.pop()
  if (db === undefined) {
    const database = await openTestDatabase()
    opened.push(database)
    db = database.db
  }
  return mirrorIn(db, defaults, async () => {
    await sql`truncate blocks, mirrored_deployment, events cascade`.execute(db.kysely)
    idle.push(db)
  })
}

export async function closeMirrorDatabases(): Promise<void> {
  idle.length = 0
  for (const { close } of opened.splice(0)) await close()
}

export function mirrorIn(db: NodeDatabase, defaults: Defaults, close: () => Promise<void>): TestMirror {
  const index: TestMirror['index'] = (change) =>
    indexChain({ db, startBlock: 0n, onStep: () => {}, logger: silent, ...defaults, ...change })
  return {
    db,
    index,
    async catchUp(change) {
      const rounds: IndexRound[] = []
      for (let i = 0; i < MOST_ROUNDS; i++) {
        const round = await index(change)
        if (round === undefined) return rounds
        rounds.push(round)
      }
      throw new Error(`there is still something to do after ${MOST_ROUNDS} rounds`)
    },
    async dump() {
      const { rows: tables } = await sql<{ table_name: string }>`
        select table_name from information_schema.columns where column_name = 'log_index' order by 1`.execute(db.kysely)
      const dump: Record<string, Row[]> = {}
      for (const { table_name } of tables) {
        const { rows } = await sql<Row>`
          select * from ${sql.table(table_name)} as t order by block_number, log_index, t::text`.execute(db.kysely)
        dump[table_name] = rows
      }
      return dump
    },
    async told() {
      const rows = await db.kysely.selectFrom('events').select(['kind', 'data']).orderBy('event_id').execute()
      return rows.map(({ kind, data }) => [kind, data])
    },
    close,
  }
}
