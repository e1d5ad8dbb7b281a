import { InvalidInputError } from '../errors.ts'
import { EARNING_FRACTION_BITS } from './attributeTrace.ts'

/** A policy's shares of a fee in basis points, 10,000 together, as PolicyRegistry.policyOf returns them. */
export type PolicyShares = {
  readonly contributorsBps: number
  readonly modelOwnerBps: number
  readonly stakersBps: number
  readonly proverBps: number
  readonly treasuryBps: number
}

/** What the ledger makes of a settled batch, in whole wei. The pools and the four shares sum to the batch's fees. */
export type BookedBatch = {
  readonly poolsWei: bigint
  readonly modelOwnerWei: bigint
  readonly stakersWei: bigint
  readonly proverWei: bigint
  readonly treasuryWei: bigint
  /** What is added to the epoch's balance of each slot, K signed integers. */
  readonly earningsWei: readonly bigint[]
}

/** Basis points of all shares together. */
export const WHOLE_BPS = 10_000n

/** The contributors' pool of a fee, rounded down; what rounding leaves goes to the treasury. */
export function poolOfFee(feeWei: bigint, { contributorsBps }: PolicyShares): bigint {
  return shareRoundedDown(feeWei, contributorsBps)
}

/** An earning (2^-64 wei) in whole wei, rounded towards minus infinity. */
export function earningWeiRoundedDown(earning: bigint): bigint {
  return earning >> EARNING_FRACTION_BITS
}

/**
 * Books a settled batch as EpochLedger.bookBatch does: each fixed share of its fees is rounded down, and the treasury takes what is left beyond the
 * pools.
 * @param feesWei sum of the fees of the batch
 * @param poolsWei sum of its pools, each the `poolOfFee` of its fee
 * @param earnings K signed integers in 2^-64 wei
 * @throws InvalidInputError when the earnings exceed the pools (`requireEarningsWithinPools`), or pools and shares the fees
 */
export function bookBatch(
  feesWei: bigint,
  poolsWei: bigint,
  earnings: readonly bigint[],
  policy: PolicyShares,
): BookedBatch {
  const modelOwnerWei = shareRoundedDown(feesWei, policy.modelOwnerBps)
  const stakersWei = shareRoundedDown(feesWei, policy.stakersBps)
  const proverWei = shareRoundedDown(feesWei, policy.proverBps)
  const treasuryWei = feesWei - poolsWei - modelOwnerWei - stakersWei - proverWei
  if (treasuryWei < 0n) throw new InvalidInputError('poolsWei', 'what the shares leave of the fees at most', poolsWei)
  requireEarningsWithinPools(earnings, poolsWei)
  return {
    poolsWei,
    modelOwnerWei,
    stakersWei,
    proverWei,
    treasuryWei,
    earningsWei: earnings.map(earningWeiRoundedDown),
  }
}

/**
 * The ledger's own bounds, which it checks beside the proof: an honest batch keeps them, so a circuit that is wrong stays contained to its own
 * batch.
 * @param earnings signed, in 2^-64 wei
 * @throws InvalidInputError when the positive earnings exceed the pools, or all in magnitude twice the pools
 */
export function requireEarningsWithinPools(earnings: readonly bigint[], poolsWei: bigint): void {
  const limit = poolsWei << EARNING_FRACTION_BITS
  const positive = earnings.reduce((sum, earning) => (earning > 0n ? sum + earning : sum), 0n)
  const negative = earnings.reduce((sum, earning) => (earning < 0n ? sum - earning : sum), 0n)
  if (positive > limit)
    throw new InvalidInputError('earnings', `positive by at most the pools in sum (${limit})`, positive)
  if (positive + negative > 2n * limit) {
    throw new InvalidInputError('earnings', `at most twice the pools in magnitude (${2n * limit})`, positive + negative)
  }
}

function shareRoundedDown(feeWei: bigint, bps: number): bigint {
  return (feeWei * BigInt(bps)) / WHOLE_BPS
}
