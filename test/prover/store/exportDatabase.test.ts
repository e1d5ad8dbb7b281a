import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { backupDatabase } from '../../../prover/store/backupDatabase.ts'
import { exportDatabase } from '../../../prover/store/exportDatabase.ts'
import { EXPORTED_TABLES } from '../../../prover/store/exportedTables.ts'
import { importDatabase } from '../../../prover/store/importDatabase.ts'
import { type NodeDatabase, openDatabase } from '../../../prover/store/openDatabase.ts'
import { silent } from './openTestDatabase.ts'
import { KINDS, type Kind, useDatabases } from './useDatabases.ts'

const databases = useDatabases()
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-test-export-'))
})
afterEach(() => rm(directory, { recursive: true }))
const path = (name: string) => join(directory, name)

/** More traces than are read or written at once. */
const TRACES = 1200

describe.each(KINDS)('from %s', (kind) => {
  const other: Kind = kind === 'pglite' ? 'postgres' : 'pglite'

  test(`default: what is exported is imported, here into ${other}, to the last digit`, async () => {
    const source = await databases.clear(kind)
    await fill(source)
    const rows = await exportDatabase(source, path('export'))
    expect(rows).toBe(TRACES * 2 + 5)
    expect((await stat(path('export'))).mode & 0o777).toBe(0o600)
    const lines = (await readFile(path('export'), 'utf8')).trimEnd().split('\n')
    expect(lines).toHaveLength(rows + 2)

    const target = await databases.clear(other)
    expect(await importDatabase(target, path('export'))).toBe(rows)
    for (const table of EXPORTED_TABLES) expect(await readAll(target, table)).toEqual(await readAll(source, table))
    // Numbers that were given out are not given out again.
    const { transaction_id } = await insertTransaction(target, 'later')
    expect(transaction_id).toBe(43n)
  })
})

test('error: DATABASE_NOT_EMPTY, and nothing is added', async () => {
  const source = await databases.clear('postgres')
  await insertTransaction(source, 'one')
  await exportDatabase(source, path('export'))
  await expect(importDatabase(source, path('export'))).rejects.toMatchObject({ code: 'DATABASE_NOT_EMPTY' })
  expect(await readAll(source, 'transactions')).toHaveLength(1)
})

test('error: EXPORT_DAMAGED for whatever was changed, and nothing is imported', async () => {
  const source = await databases.clear('postgres')
  await fill(source, 3)
  await exportDatabase(source, path('export'))
  const content = await readFile(path('export'), 'utf8')
  const lines = content.trimEnd().split('\n')
  const withTrailer = (rows: string[]) => {
    const body = rows.map((line) => `${line}\n`).join('')
    return `${body}${JSON.stringify({ rows: rows.length - 1, sha256: createHash('sha256').update(body).digest('hex') })}\n`
  }
  const damaged: Record<string, string> = {
    'cut off': lines.slice(0, -1).join('\n'),
    'cut off in a row': content.slice(0, -200),
    'a digit changed': content.replace('"label":1', '"label":2'),
    'a row left out': [...lines.slice(0, 2), ...lines.slice(3)].join('\n'),
    'two rows exchanged': [lines[0], lines[2], lines[1], ...lines.slice(3)].join('\n'),
    'something added': `${content}{}\n`,
    empty: '',
    'no export': 'hello\n',
    'a table that no export holds': withTrailer([lines[0]!, '{"table":"blocks","row":{"number":"1"}}']),
    'a row that refers to nothing': withTrailer([
      lines[0]!,
      lines.find((line) => line.includes('"transaction_traces"'))!,
    ]),
  }
  const target = await databases.open('postgres')
  for (const [how, text] of Object.entries(damaged)) {
    await writeFile(path(how), text)
    await expect(importDatabase(target, path(how)), how).rejects.toMatchObject({ code: 'EXPORT_DAMAGED' })
  }
  for (const table of EXPORTED_TABLES) expect(await readAll(target, table)).toEqual([])
})

test('error: EXPORT_OF_OTHER_VERSION, DATABASE_NOT_MIGRATED, FILE_EXISTS', async () => {
  const source = await databases.clear('postgres')
  await exportDatabase(source, path('export'))
  const content = await readFile(path('export'), 'utf8')
  await writeFile(path('other'), content.replace('0001-node', '0000-earlier'))
  await expect(importDatabase(source, path('other'))).rejects.toMatchObject({ code: 'EXPORT_OF_OTHER_VERSION' })

  await expect(exportDatabase(source, path('export'))).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  expect(await readFile(path('export'), 'utf8')).toBe(content)

  const bare = await openDatabase({ url: await (await databases.postgres()).createDatabase() }, silent)
  await expect(exportDatabase(bare, path('bare'))).rejects.toMatchObject({ code: 'DATABASE_NOT_MIGRATED' })
  await expect(importDatabase(bare, path('export'))).rejects.toMatchObject({ code: 'DATABASE_NOT_MIGRATED' })
  await bare.close()
  expect((await readdir(directory)).sort()).toEqual(['export', 'other'])
})

test('default: a backup of an embedded database in use, unpacked, is that database', async () => {
  const source = await databases.clear('pglite')
  await fill(source, 3)
  const writing = insertTransaction(source, 'while the backup is made')
  await backupDatabase(source, path('backup.tgz'))
  await writing
  await insertTransaction(source, 'after the backup')
  expect((await stat(path('backup.tgz'))).mode & 0o777).toBe(0o600)
  await mkdir(path('restored/pglite'), { recursive: true })
  await promisify(execFile)('tar', ['-xzf', path('backup.tgz'), '-C', path('restored/pglite')])
  const restored = await openDatabase({ directory: path('restored') }, silent)
  expect(await readAll(restored, 'traces')).toEqual(await readAll(source, 'traces'))
  const subjects = (await restored.kysely.selectFrom('transactions').select('subject').execute()).map(
    (row) => row.subject,
  )
  expect(subjects).toEqual(['one', 'while the backup is made'])
  await restored.close()
  await expect(backupDatabase(source, path('backup.tgz'))).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  await expect(backupDatabase(source, path('nowhere/backup.tgz'))).rejects.toMatchObject({ code: 'ENOENT' })
  await source.ping()
})

test('error: USE_PG_DUMP for a backup of PostgreSQL', async () => {
  const source = await databases.clear('postgres')
  await expect(backupDatabase(source, path('backup'))).rejects.toMatchObject({
    code: 'USE_PG_DUMP',
    hint: expect.stringContaining('pg_dump'),
  })
  expect(await readdir(directory)).toEqual([])
})

const readAll = ({ kysely }: NodeDatabase, table: (typeof EXPORTED_TABLES)[number]) =>
  kysely
    .selectFrom(table)
    .selectAll()
    .execute()
    .then((rows) =>
      rows.map((row) => JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value))).sort(),
    )

const insertTransaction = ({ kysely }: NodeDatabase, subject: string) =>
  kysely
    .insertInto('transactions')
    .values({ kind: 'seal', subject, sender: '0x', recipient: '0x', data: '0x', state: 'intended' })
    .returning('transaction_id')
    .executeTakeFirstOrThrow()

/** Rows in every table that is exported, with numbers that no JSON number holds. */
async function fill({ kysely }: NodeDatabase, traces = TRACES): Promise<void> {
  const huge = 2n ** 256n - 1n
  await kysely
    .insertInto('model_artifacts')
    .values({
      model_id: huge,
      index_version: 1n,
      model_version: 1n,
      shape: 'tiny',
      head: '[[1,-2]]',
      influence_index: '{}',
    })
    .execute()
  const ids = Array.from({ length: traces }, (_, i) => i)
  const trace = { model_id: huge, operator: '0x', nonce: 0n, deadline: huge, signature: '0x', file_hash: '' }
  await kysely
    .insertInto('traces')
    .values(
      ids.map((i) => ({
        ...trace,
        trace_id: `0x${i}`,
        request_id: huge - BigInt(i),
        input_commitment: 1n,
        output_commitment: 2n,
      })),
    )
    .execute()
  await kysely
    .updateTable('traces')
    .set({ cancelled_at: new Date(1) })
    .where('trace_id', '=', '0x2')
    .execute()
  await kysely
    .insertInto('trace_witnesses')
    .values(
      ids.map((i) => ({ trace_id: `0x${i}`, features: '[-127,127]', label: 1, input_salt: huge, output_salt: 0n })),
    )
    .execute()
  await kysely
    .insertInto('proofs')
    .values({
      context: huge,
      batch_hash: '0x',
      claim: '{"earnings":["-1"]}',
      proof: '{"pi_a":["1"]}',
      worker: 'übung "1"\n',
      witness_seconds: 0.1,
      prove_seconds: 1 / 3,
    })
    .execute()
  await kysely
    .insertInto('transactions')
    .values({
      transaction_id: 42n,
      kind: 'seal',
      subject: 'one',
      sender: '0x',
      recipient: '0x',
      data: '0x',
      state: 'broadcast',
      nonce: 7n,
    })
    .execute()
  await kysely
    .insertInto('transaction_attempts')
    .values({
      hash: '0x',
      transaction_id: 42n,
      raw: '0x',
      max_fee_per_gas: huge,
      max_priority_fee_per_gas: 1n,
      signed_at_block: 3n,
    })
    .execute()
  await kysely.insertInto('transaction_traces').values({ transaction_id: 42n, trace_id: '0x1', position: 0 }).execute()
}
