import type { Address } from 'viem'
import type { Policy } from '../../deployContracts.ts'
import type { SeededRandom } from '../../randomBatch.ts'
import { extremeBits, partition, randomAddress } from './extremes.ts'

const LARGEST_PAID_OUT_BPS = 9_500
const WHOLE_BPS = 10_000

/** A policy that the registry takes: any shares, the ends more often. */
export function drawPolicy(random: SeededRandom): Policy {
  const paidOut = random.pick([LARGEST_PAID_OUT_BPS, random.integer(0, LARGEST_PAID_OUT_BPS)])
  const parts = partition(random, BigInt(paidOut), 4).map(Number)
  const [contributorsBps, modelOwnerBps, stakersBps, proverBps] = parts as [number, number, number, number]
  const treasury = randomAddress(random)
  return {
    contributorsBps,
    modelOwnerBps,
    stakersBps,
    proverBps,
    treasuryBps: WHOLE_BPS - paidOut,
    treasury,
    stakers: random.pick([treasury, randomAddress(random)]),
    epochLength: random.pick([600, 3_600, 90 * 86_400]),
    sealWindow: random.pick([60, 3_600]),
    settleWindow: random.pick([600, 7_200]),
  }
}

/** An index's payout addresses: some of a few, in any order, so that debts meet them again in other slots. */
export function drawContributors(random: SeededRandom, accounts: readonly Address[], slots: number): Address[] {
  const order = accounts.map((account) => ({ account, at: random.bigBits(32) })).sort((a, b) => (a.at < b.at ? -1 : 1))
  const count = random.integer(1, Math.min(slots, accounts.length))
  return order.slice(0, count).map(({ account }) => account)
}

/**
 * Earnings of a batch with these pools, by slot: within both bounds, often up to them, of one sign, or a hair beside whole wei.
 * @param slots K, above 0
 */
export function drawEarnings(random: SeededRandom, poolsWei: bigint, slots: number): bigint[] {
  const limit = poolsWei << 64n
  const part = (whole: bigint) =>
    random.pick([
      0n,
      whole,
      whole,
      (whole * random.bigBits(32)) >> 32n,
      whole === 0n ? 0n : extremeBits(random, 64) % whole,
    ])
  const positive = part(limit)
  const negative = part(2n * limit - positive)
  const isNegative = Array.from({ length: slots }, () => random.integer(0, 1) === 0)
  const [gains, losses] = [false, true].map((sign) => {
    const own = isNegative.filter((negativeSlot) => negativeSlot === sign).length
    const parts = own === 0 ? [] : partition(random, sign ? negative : positive, own)
    // Towards whole wei and one part of 2^64 to its side; never up.
    return parts.map((value) => (random.integer(0, 1) === 0 ? value : nearWholeWei(random, value)))
  })
  return isNegative.map((sign) => (sign ? -losses!.pop()! : gains!.pop()!))
}

/** Earnings that one of the ledger's two bounds refuses, by as little as 2^-64 wei. */
export function drawExcessiveEarnings(random: SeededRandom, poolsWei: bigint, slots: number): bigint[] {
  const limit = poolsWei << 64n
  const excess = random.pick([1n, 2n ** 64n, limit + 1n])
  const isPositive = random.integer(0, 1) === 0
  if (isPositive || slots === 1) {
    const sum = isPositive ? limit + excess : -(2n * limit + excess)
    return partition(random, isPositive ? sum : -sum, slots).map((value) => (isPositive ? value : -value))
  }
  const gain = random.pick([0n, limit])
  const losses = partition(random, 2n * limit - gain + excess, slots - 1).map((value) => -value)
  return [gain, ...losses]
}

function nearWholeWei(random: SeededRandom, value: bigint): bigint {
  const whole = (value >> 64n) << 64n
  return random.pick([whole, whole === 0n ? 0n : whole - 1n, whole + 1n <= value ? whole + 1n : whole])
}
