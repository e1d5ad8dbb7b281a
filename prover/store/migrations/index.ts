import type { Migration } from 'kysely'
import * as node from './0001-node.ts'
import * as explorer from './0002-explorer.ts'

/** In the order in which they run. Each is applied once and never changed afterwards. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = { '0001-node': node, '0002-explorer': explorer }
