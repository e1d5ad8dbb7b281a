import { getAddress, pad, toHex } from 'viem'
import { attributeTrace, computeLogits, predictLabel } from '../../../src/statement/attributeTrace.ts'
import { type BookedBatch, bookBatch, poolOfFee } from '../../../src/statement/bookBatch.ts'
import { type Debts, netEpoch } from '../../../src/statement/netEpoch.ts'
import { DEFAULT_SHARES } from '../../deployContracts.ts'
import type { Setting } from './buildSettings.ts'

/** One paid inference. */
export type PaidQuery = { readonly features: readonly number[]; readonly feeWei: bigint }

/** An epoch: its queries in the order in which they are sealed, batch by batch. */
export type Epoch = {
  readonly queries: readonly PaidQuery[]
  /** Whether the owner registered the index anew before it, as it was. */
  readonly hasNewIndex: boolean
  /** Whether the owner does so again before each further query, too: the epoch keeps the index that its first payment pinned. */
  readonly hasIndexBeforeEachQuery?: boolean
}

/** Who got what over some epochs, in wei. The six sum to the fees. */
export type Settlement = {
  readonly feesWei: bigint
  /** By slot. */
  readonly paidWei: readonly bigint[]
  readonly modelOwnerWei: bigint
  readonly stakersWei: bigint
  readonly proverWei: bigint
  /** With what the epochs left over. */
  readonly treasuryWei: bigint
  /** By slot, after the last epoch. */
  readonly debtsWei: readonly bigint[]
}

/** Settles epochs by the references of circuit and ledger, to the wei, with the default policy. */
export function settleExactly({ shape, head, index }: Setting, epochs: readonly Epoch[]): Settlement {
  const contributors = index.scales.map((_, slot) => getAddress(pad(toHex(slot + 1), { size: 20 })))
  const paidWei = contributors.map(() => 0n)
  const sums = { feesWei: 0n, modelOwnerWei: 0n, stakersWei: 0n, proverWei: 0n, treasuryWei: 0n }
  let debts: Debts = new Map()
  let indexVersion = 1n
  for (const { queries, hasNewIndex } of epochs) {
    if (hasNewIndex) indexVersion++
    const batches: BookedBatch[] = []
    for (let start = 0; start < queries.length; start += shape.traces) {
      const batch = queries.slice(start, start + shape.traces)
      const pools = batch.map(({ feeWei }) => poolOfFee(feeWei, DEFAULT_SHARES))
      const attributions = batch.map(({ features }, i) =>
        attributeTrace(head, index, features, predictLabel(computeLogits(head, features)), pools[i]!),
      )
      const earnings = index.scales.map((_, c) => attributions.reduce((sum, { earnings }) => sum + earnings[c]!, 0n))
      const feesWei = sumOf(batch.map(({ feeWei }) => feeWei))
      const booked = bookBatch(feesWei, sumOf(pools), earnings, DEFAULT_SHARES)
      batches.push(booked)
      sums.feesWei += feesWei
      for (const share of ['modelOwnerWei', 'stakersWei', 'proverWei', 'treasuryWei'] as const)
        sums[share] += booked[share]
    }
    const netted = netEpoch({ indexVersion, contributors, batches }, debts)
    for (const [slot, account] of netted.accounts.entries()) paidWei[slot]! += account.paidWei
    sums.treasuryWei += netted.treasuryWei
    debts = netted.debts
  }
  return { ...sums, paidWei, debtsWei: contributors.map((contributor) => debts.get(contributor)?.amountWei ?? 0n) }
}

export function sumOf(values: readonly bigint[]): bigint {
  return values.reduce((sum, value) => sum + value, 0n)
}

/** A ratio of wei. Rounding is monotone: a part of at most half is at most 0.5. */
export function ratioOf(partWei: bigint, wholeWei: bigint): number {
  return Number(partWei) / Number(wholeWei)
}
