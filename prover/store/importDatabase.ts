import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { sql, type Transaction } from 'kysely'
import { z } from 'zod'
import { PoaError } from '../../src/errors.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import { EXPORT_FORMAT, EXPORTED_TABLES, type ExportedTable } from './exportedTables.ts'
import { requireMigrated } from './migrate.ts'
import { MIGRATIONS } from './migrations/index.ts'
import type { NodeDatabase } from './openDatabase.ts'
import type { Tables } from './tables.ts'

const ROWS_AT_ONCE = 500

const header = z.strictObject({ format: z.literal(EXPORT_FORMAT), migrations: z.array(z.string()) })
const rowLine = z.strictObject({ table: z.enum(EXPORTED_TABLES), row: z.record(z.string(), z.unknown()) })
const trailer = z.strictObject({ rows: z.int(), sha256: z.string() })

/**
 * Reads what exportDatabase wrote into a database that holds none of it yet, all or nothing. What the chain says comes from the chain afterwards.
 * @returns the number of rows
 * @throws PoaError EXPORT_DAMAGED, EXPORT_OF_OTHER_VERSION, DATABASE_NOT_EMPTY, DATABASE_NOT_MIGRATED
 */
export async function importDatabase({ kysely }: Pick<NodeDatabase, 'kysely'>, file: string): Promise<number> {
  await requireMigrated({ kysely })
  const handle = await open(file)
  try {
    return await kysely.transaction().execute(async (trx) => {
      await requireEmpty(trx)
      return readRows(trx, handle.readLines())
    })
  } finally {
    await handle.close()
  }
}

async function readRows(trx: Transaction<Tables>, lines: AsyncIterable<string>): Promise<number> {
  const hash = createHash('sha256')
  let end: z.infer<typeof trailer> | undefined
  let count = 0
  let isFirst = true
  let pending: { readonly table: ExportedTable; readonly rows: object[] } | undefined
  const flush = async () => {
    if (pending) await insert(trx, pending.table, pending.rows)
    pending = undefined
  }
  for await (const line of lines) {
    if (end) throw damaged('it goes on after its last line')
    const json = parseLine(line)
    if (isFirst) requireHeader(json)
    else if ('sha256' in json) {
      end = parse(trailer, json)
      if (end.sha256 !== hash.digest('hex') || end.rows !== count) throw damaged('its content was changed')
      continue
    } else {
      const { table, row } = parse(rowLine, json)
      if (pending?.table !== table || pending.rows.length >= ROWS_AT_ONCE) await flush()
      pending ??= { table, rows: [] }
      pending.rows.push(row)
      count++
    }
    isFirst = false
    hash.update(`${line}\n`)
  }
  if (!end) throw damaged('its end is missing')
  await flush()
  await sql`select setval(pg_get_serial_sequence('transactions', 'transaction_id'), max(transaction_id)) from transactions`.execute(
    trx,
  )
  return count
}

/** The database reads the values as it wrote them: decimal strings as numeric, nested values as jsonb. */
async function insert(trx: Transaction<Tables>, table: ExportedTable, rows: readonly object[]): Promise<void> {
  try {
    await sql`insert into ${sql.table(table)} select * from jsonb_populate_recordset(null::${sql.table(table)}, ${toJson(rows)}::jsonb)`.execute(
      trx,
    )
  } catch (error) {
    if (error instanceof PoaError) throw error
    throw damaged(`a row of ${table} does not fit`, error)
  }
}

async function requireEmpty(trx: Transaction<Tables>): Promise<void> {
  for (const table of EXPORTED_TABLES) {
    const { rows } = await sql`select from ${sql.table(table)} limit 1`.execute(trx)
    if (rows.length > 0)
      throw new PoaError('DATABASE_NOT_EMPTY', `The database holds ${table} already`, {
        hint: 'import into a new database: poa db migrate makes one',
      })
  }
}

function requireHeader(json: object): void {
  const { migrations } = parse(header, json)
  if (migrations.join() !== Object.keys(MIGRATIONS).join())
    throw new PoaError(
      'EXPORT_OF_OTHER_VERSION',
      `The file was exported with the migrations ${migrations.join(', ')}`,
      {
        hint: 'import it with the version that exported it, then update',
      },
    )
}

function parseLine(line: string): object {
  try {
    const json: unknown = JSON.parse(line)
    if (typeof json === 'object' && json !== null) return json
  } catch {
    // What the parser says quotes the line.
  }
  throw damaged('a line is no JSON object')
}

function parse<Schema extends z.ZodType>(schema: Schema, json: object): z.output<Schema> {
  const result = schema.safeParse(json)
  if (!result.success) throw damaged('a line has another form')
  return result.data
}

function damaged(why: string, cause?: unknown): PoaError {
  return new PoaError('EXPORT_DAMAGED', `The file is no intact export: ${why}`, { cause, hint: 'export again' })
}
