import type { PostgresPool, PostgresPoolClient } from 'kysely'
import pg from 'pg'
import type { Logger } from 'pino'
import { PoaError } from '../../src/errors.ts'
import { toDatabaseError } from './databaseError.ts'
import { exactIntegers } from './exactIntegers.ts'

/** A lease without a query for so long is taken back: its transaction would hold up everybody else. */
const MAX_IDLE_LEASE_MS = 60_000
/** How long `end` waits for leases that are still out. */
const END_GRACE_MS = 2_000

export type Pool = PostgresPool & {
  /** One query on any connection, read by the driver's default parsers. Without values it may hold several statements, whose rows are joined. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
  /** Runs `use` while nobody else has the connection. Its errors stay as they are. */
  withClient<Result>(use: (client: pg.PoolClient) => Promise<Result>): Promise<Result>
}

/**
 * pg's pool, with errors as `toDatabaseError` makes them, a limit to how long a lease may lie idle, and an end that ends: after `end` every
 * query is refused with DATABASE_CLOSED, also those that still wait for a connection.
 */
export function openPool(config: pg.PoolConfig, logger: Logger, maxIdleLeaseMs = MAX_IDLE_LEASE_MS): Pool {
  const pool = new pg.Pool(config)
  // An idle connection broke. pg has dropped it, and the next query makes another.
  pool.on('error', (error) => logger.warn({ reason: error.message }, 'database connection lost'))
  const leases = new Set<Lease>()
  const waiting = new Set<(error: PoaError) => void>()
  let onAllReturned: (() => void) | undefined
  let ended: Promise<void> | undefined

  async function acquire(): Promise<Lease> {
    if (ended) throw closed()
    const connecting = pool.connect()
    let refuse: (error: PoaError) => void
    const refusal = new Promise<never>((_resolve, reject) => {
      refuse = reject
      waiting.add(reject)
    })
    try {
      const client = (await Promise.race([connecting, refusal])) as Client
      const lease = new Lease(client, maxIdleLeaseMs, () => {
        leases.delete(lease)
        if (leases.size === 0) onAllReturned?.()
      })
      leases.add(lease)
      return lease
    } catch (error) {
      // Refused while waiting: a connection that comes nevertheless goes back.
      connecting.then((client) => client.release()).catch(() => {})
      throw toDatabaseError(error)
    } finally {
      waiting.delete(refuse!)
    }
  }

  async function executeSql(text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> {
    const lease = await acquire()
    try {
      const result: pg.QueryResult | pg.QueryResult[] = await lease.run(values.length > 0 ? { text, values } : { text })
      return { rows: [result].flat().flatMap(({ rows }) => rows) }
    } catch (error) {
      // Of several statements, the one that failed may have left a transaction open; where there is none, this does nothing.
      await lease.run({ text: 'rollback' }).catch(() => {})
      throw error
    } finally {
      lease.release()
    }
  }

  async function withClient<Result>(use: (client: Client) => Promise<Result>): Promise<Result> {
    const lease = await acquire()
    try {
      return await use(lease.client)
    } finally {
      lease.release()
    }
  }

  async function end(): Promise<void> {
    for (const refuse of waiting) refuse(closed())
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, END_GRACE_MS)
      onAllReturned = () => {
        clearTimeout(timer)
        resolve()
      }
      if (leases.size === 0) onAllReturned()
    })
    for (const lease of leases) lease.discard(closed())
    await pool.end()
  }

  return {
    // Kysely's type of `query` also takes cursors, which only a dialect with a cursor class would make.
    connect: async () => (await acquire()) as unknown as PostgresPoolClient,
    executeSql,
    withClient,
    end: () => (ended ??= end()),
  }
}

export const closed = () => new PoaError('DATABASE_CLOSED', 'The database has been closed')
const timedOut = (idleMs: number) =>
  new PoaError('TRANSACTION_TIMED_OUT', `The transaction made no query for ${idleMs} ms, so it was rolled back`)

/** `getTransactionStatus` is missing in @types/pg: 'I' outside of a transaction. */
type Client = pg.PoolClient & { getTransactionStatus(): 'I' | 'T' | 'E' | null }

/** A connection while somebody has it: what Kysely takes for pg's client. */
class Lease {
  readonly client: Client
  readonly #maxIdleMs: number
  readonly #onReturn: () => void
  #running = 0
  #idle: NodeJS.Timeout | undefined
  #isReturned = false
  #failure: unknown

  constructor(client: Client, maxIdleMs: number, onReturn: () => void) {
    this.client = client
    this.#maxIdleMs = maxIdleMs
    this.#onReturn = onReturn
    // A connection that breaks between two queries says so by an event, and an event without a listener would end the process.
    client.on('error', this.#onError)
    this.#watchIdle()
  }

  readonly #onError = (error: unknown) => {
    this.#failure ??= toDatabaseError(error)
  }

  /** As Kysely asks. */
  query(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    return this.run({ text, values: [...values], types: exactIntegers })
  }

  async run(query: pg.QueryConfig): Promise<pg.QueryResult> {
    if (this.#failure) throw this.#failure
    if (this.#isReturned) throw closed()
    clearTimeout(this.#idle)
    this.#running++
    try {
      return await this.client.query(query)
    } catch (error) {
      const translated = toDatabaseError(error)
      // A lost connection does not come back, and one whose answer came too late is out of step.
      if (translated instanceof PoaError && translated.code === 'DATABASE_UNREACHABLE') this.#failure ??= translated
      throw this.#failure ?? translated
    } finally {
      this.#running--
      if (this.#running === 0 && !this.#isReturned) this.#watchIdle()
    }
  }

  /** Back to the pool; to its end when the connection is lost or a transaction is still open. */
  release(): void {
    if (this.#isReturned) return
    this.#isReturned = true
    clearTimeout(this.#idle)
    this.client.off('error', this.#onError)
    this.client.release(this.#failure !== undefined || this.client.getTransactionStatus() !== 'I')
    this.#onReturn()
  }

  /** Ends the connection; whoever has the lease is told `why` by the query that is running, or by the next one. */
  discard(why: PoaError): void {
    this.#failure ??= why
    this.release()
  }

  #watchIdle(): void {
    this.#idle = setTimeout(() => this.discard(timedOut(this.#maxIdleMs)), this.#maxIdleMs).unref()
  }
}
