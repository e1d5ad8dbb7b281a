import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test, vi } from 'vitest'
import { migrate } from '../../../prover/store/migrate.ts'
import { openDatabase } from '../../../prover/store/openDatabase.ts'
import { freePort } from '../../freePort.ts'
import { silent } from './openTestDatabase.ts'
import { runScript } from './runScript.ts'
import { useDatabases } from './useDatabases.ts'

const databases = useDatabases()

test('behavior: when the server goes, queries and locks are lost with DATABASE_UNREACHABLE; when it is back, the next query works', async () => {
  const server = await databases.postgres()
  const db = await databases.open('postgres')
  const lock = await db.tryLock('submitter')
  const insertBoth = db.kysely.transaction().execute(async (trx) => {
    const block = { hash: '', parent_hash: '', timestamp: 0n, has_events: false }
    await trx
      .insertInto('blocks')
      .values({ ...block, number: 1n })
      .execute()
    await server.interrupt()
    await trx
      .insertInto('blocks')
      .values({ ...block, number: 2n })
      .execute()
  })
  await expect(insertBoth).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  await expect(db.ping()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  await expect(db.tryLock('other')).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  await vi.waitUntil(() => lock?.isHeld() === false, { timeout: 10_000 })
  await server.resume()
  expect(await db.kysely.selectFrom('blocks').selectAll().execute()).toEqual([])
  expect((await db.tryLock('submitter'))?.isHeld()).toBe(true)
})

test('behavior: a lock is free for others once its process is gone', async () => {
  const url = await (await databases.postgres()).createDatabase()
  const [mine, theirs] = await Promise.all([openDatabase({ url }, silent), openDatabase({ url }, silent)])
  expect((await mine.tryLock('submitter'))?.isHeld()).toBe(true)
  expect(await theirs.tryLock('submitter')).toBeUndefined()
  await mine.close()
  expect((await theirs.tryLock('submitter'))?.isHeld()).toBe(true)
  await theirs.close()
})

test('default: a process that has closed its database ends by itself, whatever was left open', async () => {
  const url = await (await databases.postgres()).createDatabase()
  const db = await openDatabase({ url }, silent)
  await migrate(db)
  await db.close()
  const script = runScript('./openAndClose.ts', JSON.stringify({ url }))
  const printed = script.stdout.setEncoding('utf8').toArray()
  expect(await once(script, 'exit')).toEqual([0, null])
  expect((await printed).join('')).toBe('closed')
})

test('error: DATABASE_UNREACHABLE for a wrong password or an unknown database, without the password', async () => {
  const url = new URL(await (await databases.postgres()).createDatabase())
  const unknown = new URL(url)
  unknown.pathname = '/unknown'
  const wrong = new URL(url)
  wrong.password = 'mistaken'
  // A server that trusts everybody has no wrong passwords.
  for (const { href } of process.env.POA_TEST_DATABASE_URL ? [unknown] : [unknown, wrong]) {
    const error = await openDatabase({ url: href }, silent).catch((error) => error)
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    expect(`${error.message} ${error.hint}`).not.toMatch(/mistaken|secret/)
  }
})

test('error: DATABASE_UNREACHABLE where nobody listens, and where somebody else does', async () => {
  const nobody = `postgres://poa@127.0.0.1:${await freePort()}/poa`
  await expect(openDatabase({ url: nobody }, silent)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  const stranger = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(stranger, 'listening')
  const { port } = stranger.address() as { port: number }
  await expect(openDatabase({ url: `postgres://poa@127.0.0.1:${port}/poa` }, silent)).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
  })
  stranger.close()
})

test.each(['', 'mysql://poa:hush@127.0.0.1/poa', 'postgres://poa:hush@127.0.0.1:port/poa'])(
  'error: %s is no URL of a database, and is not quoted',
  async (url) => {
    const error = await openDatabase({ url }, silent).catch((error) => error)
    expect(error).toMatchObject({ code: 'INVALID_INPUT', field: 'databaseUrl', value: '(withheld)' })
    expect(error.message).not.toContain('hush')
  },
)
