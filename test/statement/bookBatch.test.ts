import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../scripts/randomBatch.ts'
import { bookBatch, earningWeiRoundedDown, type PolicyShares, poolOfFee } from '../../src/statement/bookBatch.ts'

const POLICY: PolicyShares = {
  contributorsBps: 5000,
  modelOwnerBps: 2000,
  stakersBps: 1500,
  proverBps: 500,
  treasuryBps: 1000,
}
const WEI = 2n ** 64n

describe('poolOfFee', () => {
  test('default: the share, rounded down', () => {
    expect(poolOfFee(1_000n, POLICY)).toBe(500n)
    expect(poolOfFee(3n, POLICY)).toBe(1n)
    expect(poolOfFee(1n, POLICY)).toBe(0n)
    expect(poolOfFee(2n ** 76n - 1n, { ...POLICY, contributorsBps: 9_500 })).toBe(71_779_970_539_618_607_248_178n)
  })
})

describe('earningWeiRoundedDown', () => {
  test('default: towards minus infinity', () => {
    expect([1n, 0n, -1n, WEI - 1n, WEI, -WEI, -WEI - 1n].map(earningWeiRoundedDown)).toEqual([
      0n,
      0n,
      -1n,
      0n,
      1n,
      -1n,
      -2n,
    ])
  })
})

describe('bookBatch', () => {
  test('default: shares rounded down, the rest to the treasury', () => {
    // 2001 wei: 400.2, 300.15 and 100.05; pools of 999 and 1 (fees 1999 and 2).
    expect(bookBatch(2_001n, 1_000n, [600n * WEI, -WEI / 2n, 0n], POLICY)).toEqual({
      poolsWei: 1_000n,
      modelOwnerWei: 400n,
      stakersWei: 300n,
      proverWei: 100n,
      treasuryWei: 201n,
      earningsWei: [600n, -1n, 0n],
    })
  })

  test('behavior: the parts sum to the fees, whatever they are', () => {
    const random = seededRandom(1)
    for (let i = 0; i < 500; i++) {
      const fees = Array.from({ length: random.integer(1, 9) }, () => random.bigBits(random.integer(1, 76)))
      const feesWei = fees.reduce((sum, fee) => sum + fee, 0n)
      const poolsWei = fees.reduce((sum, fee) => sum + poolOfFee(fee, POLICY), 0n)
      const booked = bookBatch(feesWei, poolsWei, [], POLICY)
      const { modelOwnerWei, stakersWei, proverWei, treasuryWei } = booked
      expect(poolsWei + modelOwnerWei + stakersWei + proverWei + treasuryWei).toBe(feesWei)
      expect(treasuryWei * 10_000n >= feesWei * BigInt(POLICY.treasuryBps)).toBe(true)
    }
  })

  test('behavior: earnings may use the pools up on both sides', () => {
    const { earningsWei } = bookBatch(20n, 10n, [10n * WEI, -10n * WEI], POLICY)
    expect(earningsWei).toEqual([10n, -10n])
    expect(bookBatch(20n, 10n, [0n, -20n * WEI], POLICY).earningsWei).toEqual([0n, -20n])
  })

  test('error: earnings beyond the pools', () => {
    expect(() => bookBatch(20n, 10n, [10n * WEI, 1n], POLICY)).toThrow(/positive by at most the pools in sum/)
    expect(() => bookBatch(20n, 10n, [10n * WEI, -10n * WEI - 1n], POLICY)).toThrow(/at most twice the pools/)
    expect(() => bookBatch(20n, 10n, [-20n * WEI - 1n], POLICY)).toThrow(/at most twice the pools/)
  })

  test('error: pools that the fees do not hold', () => {
    expect(() => bookBatch(20n, 13n, [], POLICY)).toThrow(/poolsWei must be what the shares leave/)
  })
})
