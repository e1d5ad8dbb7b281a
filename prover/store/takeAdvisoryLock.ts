import pg from 'pg'
import { toDatabaseError } from './databaseError.ts'
import { socketOf } from './socketOf.ts'

/** A lock that one holder has at a time, on every machine that shares the database. */
export type DatabaseLock = {
  /** Turns false when the connection that holds it breaks: whoever relied on it stops. */
  isHeld(): boolean
  release(): Promise<void>
}

/** How often the connection is asked for a sign of life, and how long that may take. */
const HEARTBEAT_MS = 5_000

/**
 * Takes a lock of PostgreSQL by its name, on a connection of its own: when that ends, PostgreSQL gives the lock to the next.
 * @returns undefined when somebody has it
 * @throws PoaError DATABASE_UNREACHABLE
 */
export async function takeAdvisoryLock(config: pg.ClientConfig, name: string): Promise<DatabaseLock | undefined> {
  const client = new pg.Client({ ...config, query_timeout: HEARTBEAT_MS })
  let isConnected = true
  let heartbeat: NodeJS.Timeout | undefined
  // Without a listener, the error of a broken connection would end the process.
  client.on('error', () => {
    isConnected = false
  })
  client.on('end', () => {
    isConnected = false
    clearInterval(heartbeat)
  })
  let isTaken: boolean
  try {
    await client.connect()
    const { rows } = await client.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as is_taken', [name])
    isTaken = rows[0].is_taken
  } catch (error) {
    await client.end()
    throw toDatabaseError(error)
  }
  if (!isTaken) {
    await client.end()
    return undefined
  }
  // A network that swallows everything breaks no connection; only silence tells.
  heartbeat = setInterval(() => {
    client.query('select 1').catch(() => socketOf(client).destroy())
  }, HEARTBEAT_MS)
  return {
    isHeld: () => isConnected,
    async release() {
      isConnected = false
      clearInterval(heartbeat)
      await client.end()
    },
  }
}
