import { join, resolve } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import type { Logger } from 'pino'
import { InvalidInputError, WITHHELD } from '../../src/errors.ts'
import { lockDirectory } from './lockDirectory.ts'
import { closed, openPool, type Pool } from './openPool.ts'
import { PgliteStream } from './pgliteStream.ts'
import { socketOf } from './socketOf.ts'
import type { Tables } from './tables.ts'
import { type DatabaseLock, takeAdvisoryLock } from './takeAdvisoryLock.ts'

export type { DatabaseLock }

export type NodeDatabase = {
  readonly kind: 'postgres' | 'pglite'
  /** Reads int8 and numeric as bigint. */
  readonly kysely: Kysely<Tables>
  /** For pg-boss: any SQL, read by the driver's default parsers; several statements when there are no values. */
  // biome-ignore lint/suspicious/noExplicitAny: rows of any table
  executeSql(text: string, values?: unknown[]): Promise<{ rows: any[] }>
  /** @returns undefined when somebody has it */
  tryLock(name: string): Promise<DatabaseLock | undefined>
  /** @throws PoaError DATABASE_UNREACHABLE */
  ping(): Promise<void>
  /** PGlite only: a gzipped tar of the database's directory, written to a file that does not exist yet while no transaction is open. */
  readonly dumpDirectory?: (file: string) => Promise<void>
  /** Waits a few seconds for queries that are under way, then ends them. Later ones are refused with DATABASE_CLOSED. */
  close(): Promise<void>
}

/** Connections to PostgreSQL in one process. */
const MAX_CONNECTIONS = 10
const CONNECTION_TIMEOUT_MS = 10_000
const QUERY_TIMEOUT_MS = 120_000
const IDLE_TRANSACTION_TIMEOUT_MS = 60_000

/**
 * Opens a PostgreSQL database by its URL, or a PGlite database in a directory, which is made if need be. Runs no migrations.
 * @throws PoaError DATABASE_UNREACHABLE, DATABASE_LOCKED when another process owns the directory
 * @throws InvalidInputError for a URL that is none; the URL is not quoted, since it may hold a password
 */
export function openDatabase(
  where: { readonly url: string } | { readonly directory: string },
  logger: Logger,
): Promise<NodeDatabase> {
  return 'url' in where ? openPostgres(where.url, logger) : openPglite(resolve(where.directory), logger)
}

async function openPostgres(url: string, logger: Logger): Promise<NodeDatabase> {
  const config: pg.ClientConfig = {
    connectionString: requirePostgresUrl(url),
    application_name: 'poa',
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
  }
  const pool = openPool({ ...config, max: MAX_CONNECTIONS }, logger)
  const locks = new Set<DatabaseLock>()
  const database = nodeDatabase('postgres', pool, {
    async tryLock(name) {
      const lock = await takeAdvisoryLock(config, name)
      if (lock) locks.add(lock)
      return lock
    },
    async close() {
      await Promise.all([...locks].map((lock) => lock.release()))
      await pool.end()
    },
  })
  return requireAlive(database)
}

async function openPglite(directory: string, logger: Logger): Promise<NodeDatabase> {
  const directoryLock = await lockDirectory(directory)
  const data = join(directory, 'pglite')
  // One connection is one worker thread, and the next may start only when the last has ended.
  let lastEnded: Promise<void> = Promise.resolve()
  const openStream = () => {
    const stream = new PgliteStream(data, lastEnded)
    lastEnded = new Promise((done) => stream.once('close', done))
    return stream
  }
  const pool = openPool(
    // What is not named here, pg would take from PGHOST and the like.
    {
      stream: openStream,
      max: 1,
      idleTimeoutMillis: 0,
      query_timeout: QUERY_TIMEOUT_MS,
      host: 'pglite',
      port: 1,
      user: 'postgres',
      database: 'postgres',
      password: '',
      ssl: false,
    },
    logger,
  )
  const heldNames = new Set<string>()

  const database = nodeDatabase('pglite', pool, {
    // All sessions are in this process, which owns the directory.
    async tryLock(name) {
      if (heldNames.has(name)) return undefined
      heldNames.add(name)
      let isHeld = true
      return {
        isHeld: () => isHeld,
        async release() {
          if (isHeld) heldNames.delete(name)
          isHeld = false
        },
      }
    },
    async dumpDirectory(file) {
      await pool.executeSql('checkpoint') // or whoever opens the copy has much to catch up with
      await pool.withClient((client) => (socketOf(client) as PgliteStream).dump(file))
    },
    async close() {
      try {
        await pool.end()
        await lastEnded
      } finally {
        await directoryLock.release()
      }
    },
  })
  return requireAlive(database)
}

function nodeDatabase(
  kind: NodeDatabase['kind'],
  pool: Pool,
  rest: Pick<NodeDatabase, 'tryLock' | 'close' | 'dumpDirectory'>,
): NodeDatabase {
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  let closing: Promise<void> | undefined
  return {
    kind,
    kysely,
    executeSql: pool.executeSql,
    ping: async () => {
      await pool.executeSql('select 1')
    },
    ...rest,
    async tryLock(name) {
      if (closing) throw closed()
      return rest.tryLock(name)
    },
    close() {
      closing ??= rest.close()
      return closing
    },
  }
}

async function requireAlive(database: NodeDatabase): Promise<NodeDatabase> {
  try {
    await database.ping()
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

function requirePostgresUrl(url: string): string {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))
    throw new InvalidInputError('databaseUrl', 'a URL that starts with postgres://', WITHHELD)
  return url
}
