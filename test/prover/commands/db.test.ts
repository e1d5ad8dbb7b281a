/** `poa db` on an embedded database, and what a role alone needs. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MIGRATIONS } from '../../../prover/store/migrations/index.ts'
import { callPoa } from './callPoa.ts'
import { onlyJson } from './runPoa.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-db-'))
})
afterAll(() => rm(directory, { recursive: true }))

const db = (...args: string[]) => callPoa(['db', ...args, '--data-dir', directory, '--log-level', 'silent', '--json'])

test('default: migrate, export, back up, import', async () => {
  const migrated = onlyJson(await db('migrate'))
  expect(migrated).toEqual({ ok: true, applied: Object.keys(MIGRATIONS) })
  expect(onlyJson(await db('migrate'))).toEqual({ ok: true, applied: [] })

  const [exported, copied] = [join(directory, 'export.jsonl'), join(directory, 'backup.tar.gz')]
  expect(onlyJson(await db('export', exported))).toEqual({ ok: true, file: exported, rows: 0 })
  expect(JSON.parse((await readFile(exported, 'utf8')).split('\n')[0]!)).toMatchObject({ format: 'poa-database-1' })
  expect(onlyJson(await db('import', exported))).toEqual({ ok: true, file: exported, rows: 0 })
  expect(onlyJson(await db('backup', copied))).toEqual({ ok: true, file: copied })
  for (const file of [exported, copied]) expect((await stat(file)).mode & 0o077, file).toBe(0)
})

test('error: a file that is no export, and a file that exists', async () => {
  const { exitCode, stdout } = await db('import', join(directory, 'nowhere.jsonl'))
  expect([exitCode, JSON.parse(stdout).ok]).toEqual([1, false])
  const again = await db('export', join(directory, 'export.jsonl'))
  expect([again.exitCode, onlyJson(again).code]).toEqual([1, 'FILE_EXISTS'])
})

test('error: a role alone without a database to share', async () => {
  const chain = ['--rpc-url', 'http://127.0.0.1:9', '--chain-id', '31337', '--escrow', `0x${'11'.repeat(20)}`]
  for (const role of ['serve', 'worker', 'submit', 'index']) {
    const run = await callPoa([role, '--data-dir', directory, '--log-level', 'silent', '--json', ...chain])
    expect([run.exitCode, onlyJson(run).code], role).toEqual([1, 'DATABASE_NOT_SHARED'])
  }
})
