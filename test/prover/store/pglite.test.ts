import { once } from 'node:events'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test, vi } from 'vitest'
import { type NodeDatabase, openDatabase } from '../../../prover/store/openDatabase.ts'
import { copyTestDirectory, silent } from './openTestDatabase.ts'
import { runScript } from './runScript.ts'

const directories: string[] = []
const newDirectory = async () => {
  const directory = await copyTestDirectory()
  directories.push(directory)
  return directory
}
afterEach(async () => {
  vi.restoreAllMocks()
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true })
})

test('error: DATABASE_LOCKED while another process has the directory; once that is killed, all that it was told is stored is there', async () => {
  const directory = await newDirectory()
  const other = runScript('./holdDatabase.ts', directory)
  let stored = -1
  for await (const line of createInterface(other.stdout)) {
    stored = Number(line)
    if (stored === 20) break
  }
  await expect(openDatabase({ directory }, silent)).rejects.toMatchObject({
    code: 'DATABASE_LOCKED',
    message: expect.stringContaining(`process ${other.pid}`),
  })
  const exit = once(other, 'exit')
  other.kill('SIGKILL')
  await exit

  const db = await openDatabase({ directory }, silent)
  await expect(openDatabase({ directory }, silent)).rejects.toMatchObject({ code: 'DATABASE_LOCKED' })
  const rows = await db.kysely.selectFrom('blocks').select('number').orderBy('number').execute()
  expect(rows.length).toBeGreaterThanOrEqual(stored + 1)
  expect(rows.map(({ number }) => Number(number))).toEqual(rows.map((_, i) => i))
  await db.close()
})

test('error: DATABASE_UNREACHABLE for a directory that holds something else, which stays free', async () => {
  const directory = await newDirectory()
  await writeFile(join(directory, 'pglite', 'global', 'pg_control'), 'not a database')
  for (let i = 0; i < 2; i++)
    await expect(openDatabase({ directory }, silent)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
})

test('error: DATABASE_UNREACHABLE where PostgreSQL gives up, as it does on a full disk; once that is mended, the next query works', async () => {
  const directory = await newDirectory()
  const db = await openDatabase({ directory }, silent)
  await insertBlock(db, 1n)
  // What it writes first is not there: it panics as if there were no space left.
  const log = join(directory, 'pglite', 'pg_wal')
  await rename(log, `${log}.gone`)
  await expect(
    db.executeSql("select pg_switch_wal(); insert into blocks values (2, '', '', 0, false)"),
  ).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining('pg_wal'),
  })
  await rename(`${log}.gone`, log)
  expect(await db.kysely.selectFrom('blocks').select('number').execute()).toEqual([{ number: 1n }])
  await db.close()
})

test('behavior: when the thread dies, the query that it ran is refused, and the next ones find the database again', async () => {
  const postMessage = vi.spyOn(Worker.prototype, 'postMessage')
  const db = await openDatabase({ directory: await newDirectory() }, silent)
  const [thread] = postMessage.mock.instances as unknown as Worker[]
  await insertBlock(db, 1n)
  const asked = postMessage.mock.calls.length
  const sleeping = db.executeSql('select pg_sleep(60)')
  const waiting = insertBlock(db, 2n)
  await vi.waitUntil(() => postMessage.mock.calls.length > asked, { timeout: 10_000 })
  await Promise.all([expect(sleeping).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' }), thread!.terminate()])
  // It was not its turn yet, so a new thread runs it.
  await waiting
  const rows = await db.kysely.selectFrom('blocks').select('number').orderBy('number').execute()
  expect(rows).toEqual([{ number: 1n }, { number: 2n }])
  await db.close()
})

test('default: a process that has closed its database ends by itself, whatever was left open', async () => {
  const script = runScript('./openAndClose.ts', JSON.stringify({ directory: await newDirectory() }))
  const printed = script.stdout.setEncoding('utf8').toArray()
  expect(await once(script, 'exit')).toEqual([0, null])
  expect((await printed).join('')).toBe('closed')
})

const insertBlock = ({ kysely }: NodeDatabase, number: bigint) =>
  kysely.insertInto('blocks').values({ number, hash: '', parent_hash: '', timestamp: 0n, has_events: false }).execute()
