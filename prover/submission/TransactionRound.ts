import type { Selectable } from 'kysely'
import type { Logger } from 'pino'
import type { LocalAccount } from 'viem'
import type { NodeChain } from '../indexing/connectChain.ts'
import type { OnStep } from '../steps.ts'
import type { DatabaseLock, NodeDatabase } from '../store/openDatabase.ts'
import type { Tables } from '../store/tables.ts'

/** What one round of `runTransactions` works with. */
export type TransactionRound = {
  readonly db: NodeDatabase
  readonly chain: NodeChain
  readonly wallet: LocalAccount
  /** Of `acquireSubmitter` for the wallet's address. */
  readonly submitter: DatabaseLock
  /** Blocks, its own included, after which a transaction counts as final. */
  readonly confirmations: number
  readonly bumpAfterMs: number
  readonly maxFeePerGasWei: bigint
  readonly onStep: OnStep
  readonly logger: Logger
}

/** A transaction that has a nonce, and its attempts, oldest first. */
export type SentTransaction = Selectable<Tables['transactions']> & {
  readonly gas_limit: bigint
  readonly nonce: bigint
  readonly attempts: readonly Selectable<Tables['transaction_attempts']>[]
}

/** The chain's end and an account's place in it, read before anything that is decided by them. */
export type ChainHead = { readonly blockNumber: bigint; readonly minedNonce: bigint }
