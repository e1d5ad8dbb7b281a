import type { Address, Hex } from 'viem'
import { InvalidInputError } from '../../../src/errors.ts'
import type { BookedBatch } from '../../../src/statement/bookBatch.ts'
import type { Debts, NettedEpoch } from '../../../src/statement/netEpoch.ts'
import type { Policy } from '../../deployContracts.ts'
import type { Refusal } from './askContracts.ts'
import type { Reference } from './reference.ts'

/** What a payment that opens an epoch pins. */
export type Versions = { modelVersion: bigint; indexVersion: bigint; circuitId: Hex }

/** An epoch as the ledger knows it, and its batches. */
export type EpochBooks = Versions & {
  readonly epochId: bigint
  readonly policyId: bigint
  readonly endsAt: bigint
  outstanding: bigint
  readonly batches: BookedBatch[]
}

/** The books of one model. */
export type ModelBooks = {
  readonly modelId: bigint
  readonly owner: Address
  /** Current ones, pinned by the next epoch. */
  versions: Versions
  /** Whether the current head has an index: no epoch is opened without. */
  hasIndex: boolean
  /** Payout addresses by version of the index. */
  readonly contributors: Map<bigint, readonly Address[]>
  /** Epoch n stands at n - 1. */
  readonly epochs: EpochBooks[]
  closedEpochs: number
  debts: Debts
}

/** A batch to be booked. */
export type Booking = {
  readonly feesWei: bigint
  readonly poolsWei: bigint
  readonly earnings: readonly bigint[]
  readonly count: number
  readonly prover: Address
}

/**
 * EpochLedger in TypeScript: which epoch a payment enters, and every balance. The numbers come from the reference; what is here is bookkeeping.
 */
export class LedgerModel {
  readonly #reference: Reference
  /** Policy n stands at n - 1. */
  readonly policies: Policy[] = []
  readonly claimable = new Map<Address, bigint>()

  constructor(reference: Reference) {
    this.#reference = reference
  }

  policyOf({ policyId }: { policyId: bigint }): Policy {
    return this.policies[Number(policyId) - 1]!
  }

  /** Counts a payment in. `isNew` when it opened the epoch. */
  admit(model: ModelBooks, now: bigint): { epoch: EpochBooks; isNew: boolean } | Refusal {
    const { modelId, versions, hasIndex } = model
    const policyId = BigInt(this.policies.length)
    const current = model.epochs.at(-1)
    if (current !== undefined && now < current.endsAt && current.policyId === policyId) {
      current.outstanding++
      return { epoch: current, isNew: false }
    }
    if (!hasIndex) return { error: 'ModelVersionHasNoIndex', args: [modelId, versions.modelVersion] }
    const endsAt = now + BigInt(this.policies.at(-1)!.epochLength)
    const epochId = BigInt(model.epochs.length + 1)
    const epoch = { ...versions, epochId, policyId, endsAt, outstanding: 1n, batches: [] }
    model.epochs.push(epoch)
    return { epoch, isNew: true }
  }

  /** Counts a request out and gives its payer the fee back. */
  release(epoch: EpochBooks, payer: Address, feeWei: bigint): void {
    epoch.outstanding--
    this.credit(payer, feeWei)
  }

  /** Books a settled batch; nothing changes when it is refused. */
  book(model: ModelBooks, epoch: EpochBooks, booking: Booking): BookedBatch | Refusal {
    const { feesWei, poolsWei, earnings, count, prover } = booking
    const policy = this.policyOf(epoch)
    let booked: BookedBatch
    try {
      booked = this.#reference.bookBatch(feesWei, poolsWei, earnings, policy)
      // Throws when a balance would not fit; nobody is netted.
      const probe = { indexVersion: 0n, contributors: [], batches: [...epoch.batches, booked] }
      this.#reference.netEpoch(probe, new Map())
    } catch (error) {
      return refusalOf(error, poolsWei)
    }
    epoch.batches.push(booked)
    epoch.outstanding -= BigInt(count)
    this.credit(model.owner, booked.modelOwnerWei)
    this.credit(policy.stakers, booked.stakersWei)
    this.credit(prover, booked.proverWei)
    this.credit(policy.treasury, booked.treasuryWei)
    return booked
  }

  close(model: ModelBooks, epochId: bigint, now: bigint): NettedEpoch | Refusal {
    const { modelId } = model
    const epoch = model.epochs[Number(epochId) - 1]
    const next = BigInt(model.closedEpochs) + 1n
    if (epoch === undefined) return { error: 'UnknownEpoch', args: [modelId, epochId] }
    if (epochId < next) return { error: 'EpochAlreadyClosed', args: [modelId, epochId] }
    if (epochId > next) return { error: 'EarlierEpochNotClosed', args: [modelId, epochId, next] }
    if (epoch === model.epochs.at(-1) && now < epoch.endsAt) {
      return { error: 'EpochNotEnded', args: [modelId, epochId, epoch.endsAt] }
    }
    if (epoch.outstanding > 0n) {
      return { error: 'EpochHasOutstandingRequests', args: [modelId, epochId, epoch.outstanding] }
    }
    const contributors = model.contributors.get(epoch.indexVersion)!
    const netted = this.#reference.netEpoch({ ...epoch, contributors }, model.debts)
    model.closedEpochs++
    model.debts = netted.debts
    for (const { contributor, paidWei } of netted.accounts) this.credit(contributor, paidWei)
    this.credit(this.policyOf(epoch).treasury, netted.treasuryWei)
    return netted
  }

  withdraw(account: Address): { amountWei: bigint } | Refusal {
    const amountWei = this.claimable.get(account) ?? 0n
    if (amountWei === 0n) return { error: 'NothingToWithdraw', args: [account] }
    this.claimable.set(account, 0n)
    return { amountWei }
  }

  credit(account: Address, amountWei: bigint): void {
    this.claimable.set(account, (this.claimable.get(account) ?? 0n) + amountWei)
  }
}

export function isRefusal(result: object): result is Refusal {
  return 'error' in result
}

/** The ledger's error for an error of bookBatch or netEpoch. */
function refusalOf(error: unknown, poolsWei: bigint): Refusal {
  if (!(error instanceof InvalidInputError)) throw error
  const { field, bound, value } = error
  const limit = poolsWei << 64n
  if (field === 'poolsWei') return { error: 'Panic', args: [0x11n] } // checked subtraction
  if (field.startsWith('batches[')) return { error: 'BalanceOutOfRange', args: [value] }
  if (bound.startsWith('positive')) return { error: 'PositiveEarningsExceedPools', args: [value, limit] }
  return { error: 'AbsoluteEarningsExceedPools', args: [value, 2n * limit] }
}
