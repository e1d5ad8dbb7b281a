import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { readSettings } from '../config/readSettings.ts'
import type { SettingName, Settings } from '../config/settings.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import { createCommand, createGroup } from './createCommand.ts'

type Options = { readonly config?: string; readonly json?: boolean }

const SETTINGS: readonly SettingName[] = ['databaseUrl', 'dataDir', 'logLevel']

export function dbCommand(): Command {
  const migrate = createCommand('migrate', {
    description:
      'Bring the database to this version of the program. An embedded one is brought there by `poa node` itself; a shared one only by this.',
    examples: ['poa db migrate --database-url-file secrets/database-url'],
    settings: SETTINGS,
  }).action(migrateDatabase)
  const exporting = createCommand('export <file>', {
    description:
      "Write the node's own data as JSON lines: traces with their private features, models, proofs, transactions. What mirrors the chain is left out; `poa node` reads it again.",
    examples: ['poa db export poa-export.jsonl'],
    settings: SETTINGS,
  }).action(exportToFile)
  const importing = createCommand('import <file>', {
    description: 'Read what `poa db export` wrote into an empty, migrated database; so a node moves to PostgreSQL.',
    examples: ['poa db import poa-export.jsonl --database-url-file secrets/database-url'],
    settings: SETTINGS,
  }).action(importFromFile)
  const backup = createCommand('backup <file>', {
    description: 'Copy an embedded database as a whole while no node uses it. For PostgreSQL: pg_dump.',
    examples: ['poa db backup poa-backup.tar.gz'],
    settings: SETTINGS,
  }).action(backupToFile)
  return createGroup(
    'db',
    { description: 'Migrate, export, import and back up the database.', examples: ['poa db migrate'] },
    [migrate, exporting, importing, backup],
  )
}

/** Where the embedded database of a data directory is. */
export const databaseLocation = ({ databaseUrl, dataDir }: Settings) =>
  databaseUrl === undefined ? { directory: join(dataDir, 'database') } : { url: databaseUrl }

async function withDatabase<Result>(options: Options, work: (db: NodeDatabase) => Promise<Result>): Promise<Result> {
  const settings = await readSettings(options)
  const { createLogger } = await import('../node/createLogger.ts')
  const { openDatabase } = await import('../store/openDatabase.ts')
  const db = await openDatabase(databaseLocation(settings), createLogger(settings.logLevel))
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

async function migrateDatabase(options: Options): Promise<void> {
  const { migrate } = await import('../store/migrate.ts')
  const { report } = await import('./report.ts')
  const applied = await withDatabase(options, migrate)
  report(options, { applied }, () => [
    applied.length === 0 ? 'the database is at the newest version' : `applied ${applied.join(', ')}`,
  ])
}

async function exportToFile(file: string, options: Options): Promise<void> {
  const { exportDatabase } = await import('../store/exportDatabase.ts')
  await run(
    options,
    resolve(file),
    'Export the database',
    exportDatabase,
    (path) => `wrote ${path} (private: it holds features and salts)`,
  )
}

async function importFromFile(file: string, options: Options): Promise<void> {
  const { importDatabase } = await import('../store/importDatabase.ts')
  await run(options, resolve(file), 'Import into the database', importDatabase, (path) => `read ${path}`)
}

async function backupToFile(file: string, options: Options): Promise<void> {
  const { backupDatabase } = await import('../store/backupDatabase.ts')
  await run(
    options,
    resolve(file),
    'Back up the database',
    backupDatabase,
    (path) => `wrote ${path} (private: it holds features and salts)`,
  )
}

async function run(
  options: Options,
  file: string,
  title: string,
  work: (db: NodeDatabase, file: string) => Promise<unknown>,
  line: (file: string) => string,
): Promise<void> {
  const { StageProgress } = await import('../StageProgress.ts')
  const { report } = await import('./report.ts')
  const progress = new StageProgress({ isQuiet: options.json ?? false })
  const rows = await progress.run('work', title, () => withDatabase(options, (db) => work(db, file)))
  report(options, { file, ...(typeof rows === 'number' ? { rows } : {}) }, () => [line(file)])
}
