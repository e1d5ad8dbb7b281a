import { createHash } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { sql } from 'kysely'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import { EXPORT_FORMAT, EXPORTED_TABLES } from './exportedTables.ts'
import { requireMigrated } from './migrate.ts'
import { MIGRATIONS } from './migrations/index.ts'
import type { NodeDatabase } from './openDatabase.ts'
import { toFileError } from './toFileError.ts'

const ROWS_AT_ONCE = 500

/**
 * Writes what only this node knows (`EXPORTED_TABLES`) as JSON lines: a header, a line for each row, and a last line with the number of rows and the
 * SHA-256 of all that precedes it. All rows are of one moment. The file is private: it holds features and salts.
 * @param file must not exist yet
 * @returns the number of rows
 * @throws PoaError FILE_EXISTS, STORAGE_FULL, DATABASE_NOT_MIGRATED
 */
export async function exportDatabase({ kysely }: Pick<NodeDatabase, 'kysely'>, file: string): Promise<number> {
  await requireMigrated({ kysely })
  const handle = await open(file, 'wx', 0o600).catch((error) => {
    throw toFileError(error, file)
  })
  try {
    const rows = await writeRows(kysely, handle)
    await handle.sync()
    await handle.close()
    return rows
  } catch (error) {
    await handle.close()
    await rm(file, { force: true })
    throw toFileError(error, file)
  }
}

async function writeRows(kysely: NodeDatabase['kysely'], handle: FileHandle): Promise<number> {
  const hash = createHash('sha256')
  const write = async (lines: readonly unknown[]) => {
    const text = lines.map((line) => `${toJson(line)}\n`).join('')
    hash.update(text)
    await handle.appendFile(text)
  }
  let count = 0
  await kysely
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      await write([{ format: EXPORT_FORMAT, migrations: Object.keys(MIGRATIONS) }])
      for (const table of EXPORTED_TABLES) {
        // A cursor, so that the table need not fit into memory.
        await sql`declare exported no scroll cursor for select * from ${sql.table(table)}`.execute(trx)
        while (true) {
          const { rows } = await sql`fetch ${sql.lit(ROWS_AT_ONCE)} from exported`.execute(trx)
          if (rows.length === 0) break
          await write(rows.map((row) => ({ table, row })))
          count += rows.length
        }
        await sql`close exported`.execute(trx)
      }
    })
  await write([{ rows: count, sha256: hash.copy().digest('hex') }])
  return count
}
