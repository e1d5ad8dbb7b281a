import { sql } from 'kysely'
import type { NodeChain } from '../indexing/connectChain.ts'

/** Deadlines of the contracts are compared with the time of the block that a transaction lands in: at the earliest the pending one. Unix seconds. */
export async function readChainTime({ client }: NodeChain): Promise<bigint> {
  // Some nodes have no pending block.
  const pending = await client.getBlock({ blockTag: 'pending' }).catch(() => undefined)
  return (pending ?? (await client.getBlock())).timestamp
}

/** How far the mirror's time has come; the chain's is this or later. */
export const MIRRORED_TIME = sql<bigint>`coalesce((select timestamp from blocks order by number desc limit 1), 0)`
