import { describe, expect, test } from 'vitest'
import { leaveOneOut, spearman } from '../../../scripts/demo/leaveOneOut.ts'
import { trainHead } from '../../../src/model/trainHead.ts'
import { makeSamples } from '../../model/sampleFixture.ts'

const samples = makeSamples(40, 3, 5)
const contributors = samples.labels.map((_label, i) => i % 3)
const queries = makeSamples(7, 3, 5, 9).features.map((features, i) => ({ features, label: i % 3 }))
const parameters = { ...samples, contributors, contributorCount: 4, classes: 3, weightDecay: 0.01, queries }

describe('leaveOneOut', () => {
  test('default', () => {
    const retrained: number[] = []
    const result = leaveOneOut({ ...parameters, onRetrained: (slot) => retrained.push(slot) })
    expect(retrained).toEqual([0, 1, 2, 3])
    expect(result.drops.map((row) => row.length)).toEqual([7, 7, 7, 7])

    const margin = (weights: number[][], { features, label }: (typeof queries)[number]) => {
      const logits = weights.map((row) => row.reduce((z, w, j) => z + (w * features[j]!) / 127, 0))
      const others = logits.filter((_z, k) => k !== label).reduce((sum, z) => sum + Math.exp(z), 0)
      return logits[label]! - Math.log(others)
    }
    const full = trainHead({ ...samples, classes: 3, weightDecay: 0.01 }).weights
    for (let slot = 0; slot < 3; slot++) {
      const kept = contributors.flatMap((owner, i) => (owner === slot ? [] : [i]))
      const without = trainHead({
        features: kept.map((i) => samples.features[i]!),
        labels: kept.map((i) => samples.labels[i]!),
        classes: 3,
        weightDecay: 0.01,
        sampleCount: 40,
      }).weights
      queries.forEach((query, q) => {
        expect(result.drops[slot]![q]).toBeCloseTo(margin(full, query) - margin(without, query), 7)
      })
      expect(result.totals[slot]).toBeCloseTo(
        result.drops[slot]!.reduce((a, b) => a + b),
        12,
      )
    }
  })

  test('behavior: a slot without samples is worth nothing', () => {
    const { drops, totals } = leaveOneOut(parameters)
    expect(drops[3]).toEqual(queries.map(() => 0))
    expect(totals[3]).toBe(0)
  })

  test('error: a query or a slot out of range', () => {
    expect(() => leaveOneOut({ ...parameters, contributors: [0] })).toThrow(
      'contributors must be a list of 40 integers',
    )
    expect(() => leaveOneOut({ ...parameters, contributorCount: 2 })).toThrow(
      'contributors[2] must be an integer in [0, 1]',
    )
    expect(() => leaveOneOut({ ...parameters, queries: [{ features: [127], label: 0 }] })).toThrow(
      'queries[0].features must be an array of 5 features',
    )
    expect(() => leaveOneOut({ ...parameters, queries: [{ ...queries[0]!, label: 3 }] })).toThrow(
      'queries[0].label must be an integer in [0, 2], got 3',
    )
  })
})

describe('spearman', () => {
  test('default', () => {
    expect(spearman([1, 2, 3, 4], [10, 20, 30, 40])).toBe(1)
    expect(spearman([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1)
    // 1 - 6 sum d^2 / (n (n^2 - 1)) without ties: d = 0, 1, 1, 0.
    expect(spearman([1, 2, 3, 4], [1, 3, 2, 4])).toBeCloseTo(0.8, 12)
  })

  test('behavior: ties take their mid-rank', () => {
    // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 * 5).
    expect(spearman([1, 2, 2, 9], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(22.5), 12)
    expect(spearman([5, 5, 1], [7, 7, 2])).toBeCloseTo(1, 12)
  })

  test('behavior: only ranks matter', () => {
    const a = [3, -1, 4, 1, -5, 9]
    const b = [2, 7, 1, 8, 2, 8]
    expect(
      spearman(
        a.map((v) => v ** 3),
        b,
      ),
    ).toBeCloseTo(spearman(a, b), 12)
  })

  test('error: lengths, too few, all equal, not finite', () => {
    expect(() => spearman([1, 2], [1])).toThrow('b must be a list of 2 values like a')
    expect(() => spearman([1], [1])).toThrow('a must be a list of at least two values')
    expect(() => spearman([1, 1], [1, 2])).toThrow('a must be a list of values that are not all equal')
    expect(() => spearman([1, 2], [2, 2])).toThrow('b must be a list of values that are not all equal')
    expect(() => spearman([1, Number.NaN], [2, 3])).toThrow('a[1] must be a finite number')
  })
})
