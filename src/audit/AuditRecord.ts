import type { Address, Hex } from 'viem'
import type { Deployment } from '../chain/Deployment.ts'
import type { ContractName } from '../chain/decodeContractEvent.ts'

/** What the first line of a bundle says of its form. A change that an older verifier would misread gets another number. */
export const BUNDLE_FORMAT = 'poa-audit/1'

/** A block by number (safe integer), hash and time (Unix seconds). */
export type BlockMark = { readonly number: number; readonly hash: Hex; readonly timestamp: number }

/*
 * Evidence as plain JSON, one line of a bundle each: numbers are safe integers, everything wider stays the hex that the chain answered, so that
 * whoever replays it decodes for themselves.
 */

/** First: what is audited, and up to which block. */
export type HeaderRecord = {
  readonly type: 'header'
  readonly format: typeof BUNDLE_FORMAT
  readonly chainId: number
  /** The block that everything is judged at. */
  readonly block: BlockMark
  /** The first block that was searched for events. */
  readonly fromBlock: number
  readonly deployment: Deployment
}

/** The code at an address: of the five contracts, and of each verifier directly after its registration. */
export type CodeRecord = { readonly type: 'code'; readonly address: Address; readonly code: Hex }

/** One log of the five contracts, undecoded. */
export type EventRecord = {
  readonly type: 'event'
  readonly block: BlockMark
  readonly logIndex: number
  readonly transaction: Hex
  readonly contract: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
}

/**
 * What no event holds: earnings in full, proof, verification key. Before the events of its transaction; several of one transaction stand in the order
 * of the events that they caused.
 */
export type CallRecord = {
  readonly type: 'call'
  readonly function: 'settle' | 'register'
  readonly transaction: Hex
  /** How it was found: as the transaction's own input, in the node's trace of it (a smart account, a multicall), or inside the input. */
  readonly from: 'transaction' | 'input' | 'trace'
  /** The calldata, selector included; null when it could not be had, for the reason given. */
  readonly data: Hex | null
  readonly reason: string | null
}

/**
 * What a contract answers at the pinned block: calldata and return data, undecoded; null when it reverts. What can change no more stands after the
 * events of the transaction that made it final (a settled batch and its requests, a closed epoch, a refunded request), so that nobody has to keep
 * it; the rest follows the last event.
 */
export type StateRecord = {
  readonly type: 'state'
  readonly contract: Address
  readonly data: Hex
  readonly result: Hex | null
}

/** The coins that a contract holds at the pinned block; wei, decimal. */
export type BalanceRecord = { readonly type: 'balance'; readonly contract: Address; readonly wei: string }

/** A disclosed batch, the JSON of its `trace-batch.json`. Before the events of the transaction that settled it. */
export type TracesRecord = { readonly type: 'traces'; readonly batchId: string; readonly traceBatch: unknown }

/**
 * What the auditor holds the chain against, so that a bundle is judged alike wherever it is read: the compiled code of one of the five contracts, code
 * that was generated for a verifier, and the key that artifacts have for a circuit of this size.
 */
export type ReferenceRecord =
  | {
      readonly type: 'reference'
      readonly kind: 'contract-code'
      readonly contract: ContractName
      /** As compiled: zeros where the address of another contract is written when it is deployed. */
      readonly code: Hex
      /** Which address goes where, in bytes from the beginning; each takes a word. */
      readonly immutables: readonly { readonly contract: ContractName; readonly at: number }[]
    }
  | { readonly type: 'reference'; readonly kind: 'verifier-code'; readonly code: Hex }
  | {
      readonly type: 'reference'
      readonly kind: 'circuit-key'
      readonly name: string
      readonly traces: number
      readonly contributors: number
      readonly keyHash: Hex
    }

/** What replaying judges. A bundle's own last line, the footer, is not among them: `readBundle` consumes it. */
export type AuditRecord =
  | HeaderRecord
  | CodeRecord
  | EventRecord
  | CallRecord
  | StateRecord
  | BalanceRecord
  | TracesRecord
  | ReferenceRecord
