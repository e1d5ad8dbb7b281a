import pg from 'pg'
import { PoaError, WITHHELD } from '../../src/errors.ts'

/** Of Node's network errors: there is no connection, and another try may find one. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // a Unix socket that is not there
])
/** SQLSTATE: the server is ending, starting or full, or has ended our session. Class 08 and 28 are meant too, and an unknown database. */
const UNREACHABLE_STATES = new Set(['57P01', '57P02', '57P03', '57P05', '53300', '25P03', '25P04', '3D000'])
const DISK_FULL_STATE = '53100'
/** Class 22: the data is wrong, and the message quotes it. */
const DATA_CLASS = '22'

/** What pg says of a connection without giving it a code. */
const CONNECTION_MESSAGE = /connection|timeout exceeded|timeout expired|read timeout|not queryable/i

/**
 * What is thrown in place of an error of the driver.
 * - a connection that is lost or cannot be made: PoaError DATABASE_UNREACHABLE, which a loop may meet by trying again
 * - no space: PoaError STORAGE_FULL
 * - whatever else the database refuses: pg's DatabaseError with `code` (SQLSTATE), `table`, `column` and `constraint`, but without detail and
 *   context, which quote rows and so may hold private data
 */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof PoaError) return error
  if (error instanceof pg.DatabaseError) {
    const state = error.code ?? ''
    if (UNREACHABLE_STATES.has(state) || state.startsWith('08') || state.startsWith('28'))
      return unreachable(error.message)
    if (state === DISK_FULL_STATE)
      return new PoaError('STORAGE_FULL', 'The database has no space left', { hint: 'free space on its disk' })
    return withoutData(error)
  }
  const { code, message } = firstOf(error)
  if ((code !== undefined && NETWORK_CODES.has(code)) || CONNECTION_MESSAGE.test(message)) return unreachable(message)
  return error
}

function unreachable(message: string): PoaError {
  return new PoaError('DATABASE_UNREACHABLE', `The database cannot be reached: ${message}`, {
    hint: 'check that the database runs and that its URL is right',
  })
}

/** A host with several addresses fails with one error for each. */
function firstOf(error: unknown): { code: string | undefined; message: string } {
  const first = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error
  const { code, message } = first as NodeJS.ErrnoException
  return { code, message: message || String(code) }
}

function withoutData(error: pg.DatabaseError): pg.DatabaseError {
  const isAboutData = error.code?.startsWith(DATA_CLASS)
  const message = isAboutData ? error.message.replace(/".*"/s, WITHHELD) : error.message
  const clean = new pg.DatabaseError(message, message.length, 'error')
  for (const field of ['severity', 'code', 'schema', 'table', 'column', 'constraint', 'dataType', 'routine'] as const)
    clean[field] = error[field]
  return clean
}
