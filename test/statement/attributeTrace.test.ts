import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attributeTrace, computeLogits, predictLabel, WEIGHT_TABLE } from '../../src/statement/attributeTrace.ts'
import type { Head } from '../../src/statement/model.ts'

const WEI = 1n << 64n
const abs = (value: bigint) => (value < 0n ? -value : value)
const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)
const integers = (lowest: number, highest: number, length: number) =>
  fc.array(fc.integer({ min: lowest, max: highest }), { minLength: length, maxLength: length })

/** Small models, with weights as small as trained ones in half of the cases: competitors then come close. */
const inference = fc
  .record({
    contributors: fc.integer({ min: 1, max: 6 }),
    classes: fc.integer({ min: 2, max: 5 }),
    features: fc.integer({ min: 1, max: 8 }),
    weightBound: fc.constantFrom(20, 32767),
  })
  .chain(({ contributors, classes, features, weightBound }) => {
    const matrix = (bound: number) =>
      fc.array(integers(-bound, bound, features), { minLength: classes, maxLength: classes })
    return fc.record({
      head: matrix(weightBound),
      vectors: fc.array(matrix(127), { minLength: contributors, maxLength: contributors }),
      scales: integers(0, 65535, contributors),
      features: integers(-127, 127, features - 1).map((values) => [...values, 127]),
      poolWei: fc.oneof(fc.constantFrom(0n, 1n, 2n ** 96n - 1n), fc.bigInt({ min: 0n, max: 2n ** 96n - 1n })),
    })
  })

type Inference = typeof inference extends fc.Arbitrary<infer Value> ? Value : never
const attribute = ({ head, vectors, scales, features, poolWei }: Inference, label?: number) =>
  attributeTrace(head, { vectors, scales }, features, label ?? predictLabel(computeLogits(head, features)), poolWei)

const check = (property: (inference: Inference) => void) =>
  fc.assert(fc.property(inference, property), { numRuns: 300, seed: 1 })

describe('WEIGHT_TABLE', () => {
  test('default: 256 bytes that fall from 255 to 0', () => {
    expect(WEIGHT_TABLE).toHaveLength(256)
    expect(WEIGHT_TABLE.slice(0, 4)).toEqual([255, 247, 240, 232])
    // One logit away: 255 / e.
    expect(WEIGHT_TABLE[32]).toBe(94)
    // 255 exp(-i/32) falls below one half after i = 199.
    expect([WEIGHT_TABLE[199], WEIGHT_TABLE[200], WEIGHT_TABLE[255]]).toEqual([1, 0, 0])
    for (const [i, weight] of WEIGHT_TABLE.entries()) {
      expect(weight).toBe(Math.round(255 * Math.exp(-i / 32)))
      if (i > 0) expect(weight).toBeLessThanOrEqual(WEIGHT_TABLE[i - 1]!)
    }
  })
})

describe('attributeTrace', () => {
  test('default: a case computed by hand', () => {
    const head: Head = [
      [10, 2],
      [10, 1],
      [-10, 0],
    ]
    // h = (3, 127): z = (284, 157, -30); the runner-up is class 1, class 2 lies 187 >> 7 = 1 step below it.
    const vectors = [
      [
        [1, 0],
        [0, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 1],
        [0, 0],
      ],
    ]
    const { logits, delta, rawScores, scores, total, rate, earnings } = attributeTrace(
      head,
      { vectors, scales: [2, 65535] },
      [3, 127],
      0,
      1000n,
    )
    expect(logits).toEqual([284, 157, -30])
    expect(delta).toEqual([255 + 247, -255, -247])
    expect(rawScores).toEqual([502 * 3, -255 * 127])
    expect(scores).toEqual([2n * 1506n, 65535n * -32385n])
    expect(total).toBe(65535n * 32385n)
    expect(rate).toBe((1000n * WEI) / (65535n * 32385n))
    expect(earnings).toEqual(scores.map((score) => score * rate))
  })

  test('behavior: T is the larger mass, (sum|s| + |sum s|) / 2, and an integer', () =>
    check((inference) => {
      const { scores, total } = attribute(inference)
      const doubled = sum(scores.map(abs)) + abs(sum(scores))
      expect(doubled % 2n).toBe(0n)
      expect(total).toBe(doubled / 2n)
    }))

  test('behavior: positive earnings sum to at most the pool, and so do negative ones', () =>
    check((inference) => {
      const { earnings } = attribute(inference)
      const limit = inference.poolWei * WEI
      expect(sum(earnings.filter((earning) => earning > 0n)) <= limit).toBe(true)
      expect(-sum(earnings.filter((earning) => earning < 0n)) <= limit).toBe(true)
    }))

  test('behavior: the larger side gets the pool but for less than one rate step', () =>
    check((inference) => {
      const { total, rate } = attribute(inference)
      const left = inference.poolWei * WEI - rate * total
      expect(total === 0n ? rate === 0n : left >= 0n && left < total).toBe(true)
    }))

  test('behavior: delta sums to 0, is not negative at the label and not positive elsewhere', () =>
    check((inference) => {
      const label = predictLabel(computeLogits(inference.head, inference.features))
      const { delta } = attribute(inference)
      expect(delta.reduce((total, value) => total + value, 0)).toBe(0)
      expect(delta[label]).toBeGreaterThanOrEqual(255)
      expect(delta.every((value, k) => k === label || value <= 0)).toBe(true)
    }))

  test('behavior: an earning is its score times one rate for all', () =>
    check((inference) => {
      const { rawScores, scores, rate, earnings } = attribute(inference)
      expect(scores).toEqual(rawScores.map((score, c) => BigInt(score) * BigInt(inference.scales[c]!)))
      expect(earnings).toEqual(scores.map((score) => score * rate))
      expect(rawScores.every(Number.isSafeInteger)).toBe(true)
    }))

  test('behavior: T = 0 pays nobody, whatever the pool', () =>
    check((inference) => {
      const { total, rate, earnings } = attribute({ ...inference, scales: inference.scales.map(() => 0) })
      expect([total, rate]).toEqual([0n, 0n])
      expect(earnings).toEqual(inference.scales.map(() => 0n))
    }))

  test('behavior: a pool of 0 pays nobody', () =>
    check((inference) => {
      expect(attribute({ ...inference, poolWei: 0n }).earnings).toEqual(inference.scales.map(() => 0n))
    }))

  test('behavior: permuting contributors permutes earnings and changes nothing else', () =>
    check((inference) => {
      const order = inference.scales.map((_, c) => c).toReversed()
      const { vectors, scales } = inference
      const permuted = attribute({
        ...inference,
        vectors: order.map((c) => vectors[c]!),
        scales: order.map((c) => scales[c]!),
      })
      const plain = attribute(inference)
      expect(permuted.earnings).toEqual(order.map((c) => plain.earnings[c]!))
      expect([permuted.total, permuted.rate]).toEqual([plain.total, plain.rate])
    }))

  test('behavior: negating every vector negates every earning', () =>
    check((inference) => {
      const vectors = inference.vectors.map((vector) => vector.map((row) => row.map((value) => -value)))
      expect(attribute({ ...inference, vectors }).earnings).toEqual(attribute(inference).earnings.map((e) => -e))
    }))

  test('behavior: doubling every scale changes no score against another, and no earning by more than a rate step', () =>
    check((inference) => {
      const scales = inference.scales.map((scale) => scale >> 1)
      const plain = attribute({ ...inference, scales })
      const doubled = attribute({ ...inference, scales: scales.map((scale) => 2 * scale) })
      expect(doubled.total).toBe(2n * plain.total)
      for (const [c, earning] of doubled.earnings.entries()) {
        expect(abs(earning - plain.earnings[c]!) <= abs(plain.scores[c]!)).toBe(true)
      }
    }))

  test('behavior: earnings grow with the pool: e(p) + e(q) misses e(p + q) by at most one score', () =>
    check((inference) => {
      const poolWei = inference.poolWei >> 1n
      const half = attribute({ ...inference, poolWei })
      const whole = attribute({ ...inference, poolWei: 2n * poolWei })
      for (const [c, earning] of whole.earnings.entries()) {
        expect(abs(earning - 2n * half.earnings[c]!) <= abs(half.scores[c]!)).toBe(true)
      }
    }))

  test('behavior: what a contributor earns has the sign of its score', () =>
    check((inference) => {
      const { scores, earnings, rate } = attribute(inference)
      for (const [c, earning] of earnings.entries()) {
        const sign = (value: bigint) => (value > 0n ? 1 : value < 0n ? -1 : 0)
        expect(sign(earning)).toBe(rate === 0n ? 0 : sign(scores[c]!))
      }
    }))

  test('behavior: a step of the table is 128 of a logit unit of 4096', () => {
    // h = (1, 127), so that the third class lies exactly `gap` below the runner-up.
    const weightAt = (gap: number) => {
      const index = {
        vectors: [
          [
            ...[
              [0, 0],
              [0, 0],
              [0, 0],
            ],
          ],
        ],
        scales: [1],
      }
      return -attributeTrace(
        [
          [0, 3],
          [0, 2],
          [-gap, 2],
        ],
        index,
        [1, 127],
        0,
        1n,
      ).delta[2]!
    }
    expect([0, 127, 128, 255, 256, 4095, 4096].map(weightAt)).toEqual([255, 255, 247, 247, 240, 97, 94])
  })

  test('behavior: a competitor 255 steps and more behind has no weight', () => {
    const head: Head = [[300], [299], [299 - 258]]
    // z = 127 w: the third lies 127 * 258 = 32766 = 255 * 128 + 126 below the runner-up.
    const far = attributeTrace(head, { vectors: [[[1], [1], [1]]], scales: [1] }, [127], 0, 1n)
    // -0 + 0 is 0.
    expect(far.delta.map((value) => value + 0)).toEqual([255, -255, 0])
    const further = attributeTrace([[300], [299], [-32767]], { vectors: [[[1], [1], [1]]], scales: [1] }, [127], 0, 1n)
    expect(further.delta.map((value) => value + 0)).toEqual([255, -255, 0])
  })

  test('behavior: on a tie the first label is predicted, and each tied one has the full weight against the other', () => {
    const head: Head = [[1], [5], [5]]
    expect(predictLabel(computeLogits(head, [127]))).toBe(1)
    const index = { vectors: [[[0], [1], [0]]], scales: [1] }
    const first = attributeTrace(head, index, [127], 1, 10n)
    const second = attributeTrace(head, index, [127], 2, 10n)
    expect([first.delta[1]! > 0, first.delta[2]]).toEqual([true, -255])
    expect([second.delta[2]! > 0, second.delta[1]]).toEqual([true, -255])
    expect([first.earnings[0]! > 0n, second.earnings[0]! < 0n]).toEqual([true, true])
  })
})
