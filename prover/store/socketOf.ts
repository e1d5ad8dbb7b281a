import type { Duplex } from 'node:stream'
import type { ClientBase } from 'pg'

/** The stream below a connection, which pg keeps to itself. */
export function socketOf(client: ClientBase): Duplex {
  return (client as unknown as { connection: { stream: Duplex } }).connection.stream
}
