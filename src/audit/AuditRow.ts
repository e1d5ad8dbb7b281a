import type { Address, Hex } from 'viem'
import type { InfluenceIndex } from '../statement/model.ts'
import type { Finding, Place } from './Finding.ts'

/*
 * Facts that the replay established, one row each, in the order in which they became final. Money is wei; times are Unix seconds; ids are bigint.
 */

/** A request as it went into a batch, or was refunded, or waits. */
export type RequestFacts = {
  readonly requestId: bigint
  readonly payer: Address
  readonly feeWei: bigint
  readonly poolWei: bigint
  readonly paidAt: number
}

/** A batch: when it is settled, when the last of its requests is refunded, or at the pinned block when neither happened. */
export type BatchRow = {
  readonly kind: 'batch'
  readonly batchId: bigint
  readonly modelId: bigint
  readonly epochId: bigint
  readonly modelVersion: bigint
  readonly indexVersion: bigint
  readonly policyId: bigint
  readonly circuitId: Hex
  /** In the sealed order. Of a batch that is not settled those that were refunded are left out: they have rows of their own. */
  readonly requests: readonly RequestFacts[]
  /** Fees and pools as sealed: those that were refunded included. */
  readonly feesWei: bigint
  readonly poolsWei: bigint
  readonly sealedAt: number
  readonly settleDeadline: number
  readonly sealed: Place
  readonly owner: Address
  /** The model's operator when the batch was sealed. */
  readonly operator: Address
  /** Whether nobody could settle it any more before its deadline, because its circuit was retired. */
  readonly isCircuitRetired: boolean
  /** null while it is not settled. */
  readonly settlement: BatchSettlement | null
}

export type BatchSettlement = {
  readonly settledAt: number
  readonly place: Place
  readonly prover: Address
  /** Whether its proof was verified: false also when its calldata could not be had. */
  readonly isProofValid: boolean
  /** By slot, in 2^-64 wei, as claimed in the calldata; empty when that could not be had. */
  readonly earnings: readonly bigint[]
  /** By slot, as booked. */
  readonly earningsWei: readonly bigint[]
  /** Payout addresses of the index by slot; slots beyond them are unassigned. */
  readonly contributors: readonly Address[]
  readonly modelOwnerWei: bigint
  readonly stakersWei: bigint
  readonly proverWei: bigint
  readonly treasuryWei: bigint
}

/** A request that was refunded, or that is neither in a batch nor refunded at the pinned block. */
export type RequestRow = RequestFacts & {
  readonly kind: 'request'
  readonly modelId: bigint
  readonly epochId: bigint
  /** The model's operator at its seal deadline, or, in a batch, when that was sealed. */
  readonly operator: Address
  /** The batch that was sealed with it and not settled in time. */
  readonly batchId: bigint | null
  /** Until when it had to be sealed, or, in a batch, settled. */
  readonly deadline: number
  /** Whether nobody could do so any more before that, because its circuit was retired. */
  readonly isCircuitRetired: boolean
  readonly refundedAt: number | null
  readonly place: Place
}

/** One contributor's account for an epoch: paidWei - carriedWei = openingWei + bookedWei. */
export type EpochAccount = {
  readonly contributor: Address
  readonly slot: number
  /** The debt as the epoch before left it, and where it came from; null when there was none. */
  readonly debt: { readonly amountWei: bigint; readonly indexVersion: bigint; readonly epochId: bigint } | null
  /** What of that debt opened this epoch: all of it under the same index, a quarter under another. Never positive. */
  readonly openingWei: bigint
  readonly bookedWei: bigint
  readonly paidWei: bigint
  readonly carriedWei: bigint
}

/** An epoch: when it is closed, or at the pinned block when it is not (then `closing` is null and `accounts` say what is booked so far). */
export type EpochRow = {
  readonly kind: 'epoch'
  readonly modelId: bigint
  readonly epochId: bigint
  readonly modelVersion: bigint
  readonly indexVersion: bigint
  readonly policyId: bigint
  readonly circuitId: Hex
  readonly openedAt: number
  readonly endsAt: number
  /** Whether no later epoch of the model was opened. */
  readonly isCurrent: boolean
  /** Whether it is the next to be closed; until it is, the epochs before it may leave debts. */
  readonly isNext: boolean
  readonly requests: number
  readonly settledRequests: number
  readonly refundedRequests: number
  readonly batches: number
  readonly poolsWei: bigint
  readonly accounts: readonly EpochAccount[]
  readonly closing: {
    readonly closedAt: number
    readonly place: Place
    readonly paidWei: bigint
    readonly treasuryWei: bigint
  } | null
}

/** An account that was credited or stood in an index, at the pinned block: the credits by cause sum to withdrawn + claimable. */
export type AccountRow = {
  readonly kind: 'account'
  readonly account: Address
  readonly earnedWei: bigint
  readonly refundedWei: bigint
  readonly modelOwnerWei: bigint
  readonly stakersWei: bigint
  readonly proverWei: bigint
  readonly treasuryWei: bigint
  readonly withdrawnWei: bigint
  readonly claimableWei: bigint
}

/** What an account owes a model at the pinned block. */
export type DebtRow = {
  readonly kind: 'debt'
  readonly modelId: bigint
  readonly account: Address
  readonly amountWei: bigint
  readonly indexVersion: bigint
  /** The epoch that left it. */
  readonly epochId: bigint
}

/** An influence index, when it is registered. */
export type IndexRow = {
  readonly kind: 'index'
  readonly modelId: bigint
  readonly indexVersion: bigint
  readonly modelVersion: bigint
  readonly indexCommitment: bigint
  readonly contributors: readonly Address[]
  readonly place: Place
}

/** An index that a disclosed batch shows; comes with each such batch. */
export type DisclosedIndexRow = {
  readonly kind: 'disclosed-index'
  readonly modelId: bigint
  readonly indexVersion: bigint
  readonly contributors: readonly Address[]
  readonly index: InfluenceIndex
}

/** One inference of a disclosed batch, recomputed. Comes before its batch's row. */
export type InferenceRow = {
  readonly kind: 'inference'
  readonly modelId: bigint
  readonly epochId: bigint
  readonly indexVersion: bigint
  readonly batchId: bigint
  /** In the batch, from 0. */
  readonly position: number
  readonly requestId: bigint
  readonly label: number
  readonly poolWei: bigint
  /** T: the larger of the positive and the negative mass of its scores. */
  readonly total: bigint
  /** floor(pool * 2^64 / T), or 0 when T is 0. */
  readonly rate: bigint
  /** By slot. */
  readonly scores: readonly bigint[]
  /** By slot, in 2^-64 wei: score times rate. */
  readonly earnings: readonly bigint[]
  readonly contributors: readonly Address[]
}

export type AuditRow =
  | IndexRow
  | InferenceRow
  | DisclosedIndexRow
  | BatchRow
  | RequestRow
  | EpochRow
  | AccountRow
  | DebtRow

/** Takes what an audit establishes as it comes: nothing that it does not keep is kept for it. Each call is awaited. */
export type AuditSink = {
  readonly row?: (row: AuditRow) => void | Promise<void>
  readonly finding?: (finding: Finding) => void | Promise<void>
}
