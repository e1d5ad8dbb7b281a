/** What the differential part rests on. The comparisons themselves, and faults planted for them, run in `npm run assurance -- differential`. */
import { describe, expect, test } from 'vitest'
import { drawEarnings, drawExcessiveEarnings, drawPolicy } from '../../../scripts/assurance/differential/drawBooks.ts'
import { partition } from '../../../scripts/assurance/differential/extremes.ts'
import { describeMismatch, firstDifference } from '../../../scripts/assurance/differential/Mismatch.ts'
import { TABLE_STEPS, tableStepBatch } from '../../../scripts/extremeBatches.ts'
import { seededRandom } from '../../../scripts/randomBatch.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { requireEarningsWithinPools } from '../../../src/statement/bookBatch.ts'
import { buildStatement } from '../../../src/statement/buildStatement.ts'

const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)

describe('firstDifference', () => {
  test('default: the path to the first place that differs', () => {
    expect(firstDifference('x', { a: [1n, { b: '2' }] }, { a: [1n, { b: '3' }] })).toEqual({
      field: 'x.a[1].b',
      left: '2',
      right: '3',
    })
    expect(firstDifference('x', { a: [1n, undefined] }, { a: [1n, undefined] })).toBeUndefined()
  })

  test('behavior: lengths, kinds and absent entries differ', () => {
    expect(firstDifference('x', [1], [1, 2])).toEqual({ field: 'x[1]', left: undefined, right: 2 })
    expect(firstDifference('x', { a: 1 }, {})).toEqual({ field: 'x.a', left: 1, right: undefined })
    expect(firstDifference('x', [], {})).toMatchObject({ field: 'x' })
    expect(firstDifference('x', 1n, 1)).toMatchObject({ field: 'x' })
    expect(firstDifference('x', null, {})).toMatchObject({ field: 'x' })
  })

  test('behavior: a mismatch names comparison, seed, field and both values', () => {
    const difference = { field: 'x[3]', left: 5n, right: 6n }
    expect(describeMismatch({ comparison: 'A and B', seed: 7, difference })).toBe(
      'A and B, seed 7: x[3] is 5 in TypeScript and 6 elsewhere',
    )
  })
})

describe('what is drawn', () => {
  test('default: parts sum to the whole, and some take all of it', () => {
    let extremes = 0
    for (let seed = 0; seed < 200; seed++) {
      const parts = partition(seededRandom(seed), 1_000n, 1 + (seed % 5))
      expect(sum(parts)).toBe(1_000n)
      expect(parts.every((part) => part >= 0n)).toBe(true)
      if (parts.length > 2 && parts.includes(1_000n)) extremes++
    }
    expect(extremes).toBeGreaterThan(5)
  })

  test('default: earnings within the bounds of the ledger, which they reach, and earnings beyond them', () => {
    const reached = { positive: 0, absolute: 0, negative: 0 }
    for (let seed = 0; seed < 500; seed++) {
      const random = seededRandom(seed)
      const poolsWei = random.pick([0n, 1n, 10n ** 18n, 2n ** 84n])
      const limit = poolsWei << 64n
      const earnings = drawEarnings(random, poolsWei, random.integer(1, 9))
      requireEarningsWithinPools(earnings, poolsWei)
      const gains = sum(earnings.filter((earning) => earning > 0n))
      const losses = -sum(earnings.filter((earning) => earning < 0n))
      if (poolsWei > 0n && gains === limit) reached.positive++
      if (poolsWei > 0n && gains + losses === 2n * limit) reached.absolute++
      if (losses > 0n && gains === 0n) reached.negative++
      const excessive = drawExcessiveEarnings(random, poolsWei, random.integer(1, 9))
      expect(() => requireEarningsWithinPools(excessive, poolsWei)).toThrow(/earnings must be/)
    }
    expect(Math.min(...Object.values(reached))).toBeGreaterThan(20)
  })

  test('default: policies whose shares sum to the whole and pay out 9,500 at most', () => {
    for (let seed = 0; seed < 200; seed++) {
      const policy = drawPolicy(seededRandom(seed))
      const paidOut = policy.contributorsBps + policy.modelOwnerBps + policy.stakersBps + policy.proverBps
      expect(paidOut + policy.treasuryBps).toBe(10_000)
      expect(paidOut).toBeLessThanOrEqual(9_500)
    }
  })

  test('default: batches around the end of each step of the weight table, with totals of 0, of 1 and large ones', () => {
    const totals = new Set<bigint>()
    for (let step = 0; step < TABLE_STEPS; step++) {
      const batch = tableStepBatch(shapeNamed('tiny'), seededRandom(step), step)
      for (const [b, { logits, total }] of buildStatement(batch).attributions.entries()) {
        const { label } = batch.traces[b]!
        const runnerUp = Math.max(...logits.filter((_, k) => k !== label))
        expect(runnerUp - Math.min(...logits)).toBe(128 * (step + 1) - 2 + (b % 4))
        totals.add(total)
      }
    }
    expect(totals.has(0n) && totals.has(1n)).toBe(true)
    expect([...totals].some((total) => total > 2n ** 24n)).toBe(true)
  })
})
