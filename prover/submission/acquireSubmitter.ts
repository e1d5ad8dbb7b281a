import type { Address } from 'viem'
import { PoaError } from '../../src/errors.ts'
import type { DatabaseLock, NodeDatabase } from '../store/openDatabase.ts'

/**
 * The right to sign as one account: two processes that both choose nonces would undo each other's transactions.
 * @returns undefined while another process has it; ask again later, it ends with that process or its connection
 */
export function acquireSubmitter(db: NodeDatabase, address: Address): Promise<DatabaseLock | undefined> {
  return db.tryLock(`submitter ${address.toLowerCase()}`)
}

/** @throws PoaError SUBMITTER_LOST when the connection that held the right is gone */
export function requireSubmitter(submitter: DatabaseLock, address: Address): void {
  if (submitter.isHeld()) return
  throw new PoaError('SUBMITTER_LOST', `this process is no longer the submitter of ${address}`, {
    hint: 'The database ended the connection that held the lock; another process may have taken over.',
  })
}
