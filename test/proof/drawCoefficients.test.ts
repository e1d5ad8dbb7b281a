import { bn254 } from '@noble/curves/bn254'
import { keccak256, toBytes } from 'viem'
import { expect, test } from 'vitest'
import { G1Point, G2Point } from '../../src/proof/curvePoints.ts'
import { drawCoefficients } from '../../src/proof/drawCoefficients.ts'

const { Fp2 } = bn254.fields
const KEY_HASH = keccak256(toBytes('a key'))

/** Two statements as the ten words each that are hashed; whether the points are on a curve is not asked here. */
const WORDS = Array.from({ length: 2 }, (_, i) => Array.from({ length: 10 }, (_, j) => BigInt(100 * i + j + 1)))

const equationsOf = (words: readonly (readonly bigint[])[]) =>
  words.map(([s0, s1, ax, ay, bx0, bx1, by0, by1, cx, cy]) => ({
    publicSignals: [s0!, s1!],
    points: {
      a: new G1Point(ax!, ay!, 1n),
      b: new G2Point(Fp2.fromBigTuple([bx0!, bx1!]), Fp2.fromBigTuple([by0!, by1!]), Fp2.ONE),
      c: new G1Point(cx!, cy!, 1n),
    },
  }))

test('default: one for each, all different, of 128 bits, the same every time', () => {
  const coefficients = drawCoefficients(KEY_HASH, equationsOf(WORDS))
  expect(new Set(coefficients).size).toBe(2)
  for (const coefficient of coefficients) {
    expect(coefficient).toBeGreaterThan(1n << 100n)
    expect(coefficient).toBeLessThanOrEqual(1n << 128n)
  }
  expect(drawCoefficients(KEY_HASH, equationsOf(WORDS))).toEqual(coefficients)
  expect(drawCoefficients(KEY_HASH, [])).toEqual([])
})

test('behavior: every word of every proof, its place and the key change all of them', () => {
  const seen = new Set(drawCoefficients(KEY_HASH, equationsOf(WORDS)))
  const others = WORDS.flatMap((words, i) =>
    words.map((word, j) => drawCoefficients(KEY_HASH, equationsOf(WORDS.with(i, words.with(j, word + 50n))))),
  )
  others.push(drawCoefficients(KEY_HASH, equationsOf(WORDS.toReversed())))
  others.push(drawCoefficients(keccak256(toBytes('another key')), equationsOf(WORDS)))
  others.push(drawCoefficients(KEY_HASH, equationsOf(WORDS.slice(0, 1))))
  for (const coefficients of others) {
    for (const coefficient of coefficients) {
      expect(seen.has(coefficient)).toBe(false)
      seen.add(coefficient)
    }
  }
  expect(seen.size).toBe(2 + 22 * 2 + 1)
})
