import { beforeAll, describe, expect, test } from 'vitest'
import { SHAPE_NAMES, type Shape, shapeNamed, widthsOf } from '../../src/shape.ts'
import { openSource, toInput } from './openCircuit.ts'

const shape = (contributors: number, classes: number, features: number): Shape => ({
  name: `${contributors}, ${classes}, ${features}`,
  traces: 1,
  contributors,
  classes,
  features,
})

const SHAPES: readonly Shape[] = [
  ...SHAPE_NAMES.map(shapeNamed),
  shape(1, 2, 2),
  shape(32, 10, 64),
  // Where a width changes: at powers of two and one beyond.
  shape(1, 2, 64),
  shape(1, 2, 65),
  shape(1, 2, 128),
  shape(1, 3, 2),
  shape(2, 3, 3),
  shape(65_537, 2, 2),
  shape(65_538, 2, 2),
  shape(4_096, 1_000, 1_024),
  shape(1_000_000, 100, 768),
  // Where a factor one larger or one smaller changes a width, however absurd the shape.
  shape(1, 3, 257),
  shape(16_777_474, 2, 2),
]

/** Computed by the compiler, as in AttributionBatch. */
const widthsOfCircuits = new Map<Shape, { logitBits: number; scoreBits: number; totalBits: number }>()
beforeAll(async () => {
  const lines = SHAPES.map(
    ({ contributors: K, classes: C, features: H }, i) =>
      `widths[${i}] <== [logitBitsOf(${H}) * one, scoreBitsOf(${C}, ${H}) * one, totalBitsOf(${K}, ${C}, ${H}) * one];`,
  )
  const source = `pragma circom 2.2.3;
include "batch/Widths.circom";
template WidthsOfShapes() {
    signal input one;
    signal output widths[${SHAPES.length}][3];
    ${lines.join('\n    ')}
}
`
  const circuit = await openSource('WidthsOfShapes', source, ['one'])
  const values = (await circuit.expectPass(toInput({ one: 1 }))).values.slice(1)
  for (const [i, shape] of SHAPES.entries()) {
    const [logitBits, scoreBits, totalBits] = values.slice(3 * i, 3 * i + 3).map(Number) as [number, number, number]
    widthsOfCircuits.set(shape, { logitBits, scoreBits, totalBits })
  }
})

describe('Widths', () => {
  test.each(SHAPES)('default: circom and TypeScript agree on $name', (shape) => {
    expect(widthsOfCircuits.get(shape)).toEqual(widthsOf(shape))
  })

  test('behavior: a width of n bits takes 2^n values', async () => {
    const values = [1, 2, 3, 4, 5, 2 ** 24, 2 ** 24 + 1]
    const source = `pragma circom 2.2.3;
include "batch/Widths.circom";
template BitsOfValues() {
    signal input one;
    signal output bits[${values.length}];
    bits <== [${values.map((value) => `bitsFor(${value}) * one`).join(', ')}];
}
`
    const witness = await (await openSource('BitsOfValues', source, ['one'])).expectPass(toInput({ one: 1 }))
    expect(witness.values.slice(1, 1 + values.length)).toEqual([0n, 1n, 2n, 2n, 3n, 24n, 25n])
  })

  test.each(SHAPES)('behavior: the widths of $name hold the largest values, and one bit less does not', (shape) => {
    const { logitBits, scoreBits, totalBits } = widthsOf(shape)
    const [K, C, H] = [shape.contributors, shape.classes, shape.features].map(BigInt) as [bigint, bigint, bigint]
    // Ranges as proved: weights and vector entries down to -32768 and -128, features too but for the bias.
    const largestLogit = 32_768n * (128n * (H - 1n) + 127n)
    const largestDistance = 2n * largestLogit
    expect(largestDistance).toBeLessThan(2n ** BigInt(logitBits))
    expect(largestLogit).toBeLessThan(2n ** BigInt(logitBits - 1))
    expect(2n ** 23n * H).toBeGreaterThan(2n ** BigInt(logitBits - 1))

    const largestScore = 510n * (C - 1n) * 128n * (128n * (H - 1n) + 127n)
    expect(largestScore).toBeLessThan(2n ** BigInt(scoreBits))
    expect(510n * (C - 1n) * 2n ** 14n * H).toBeGreaterThanOrEqual(2n ** BigInt(scoreBits - 1))

    const largestTotal = K * 65_535n * (2n ** BigInt(scoreBits) - 1n)
    expect(largestTotal).toBeLessThan(2n ** BigInt(totalBits))
    expect(largestTotal).toBeGreaterThanOrEqual(2n ** BigInt(totalBits - 1))
  })

  test.each(SHAPE_NAMES.map(shapeNamed))('behavior: the compile-time bounds of $name hold', (shape) => {
    const { logitBits, totalBits } = widthsOf(shape)
    expect(logitBits).toBeGreaterThanOrEqual(16)
    expect(160 + totalBits).toBeLessThanOrEqual(252)
    // A raw score of -2^scoreBits is in the range as proved, one below the bound of the products. Even then no total overflows.
    const { scoreBits } = widthsOf(shape)
    expect(BigInt(shape.contributors) * 65_535n * 2n ** BigInt(scoreBits)).toBeLessThan(2n ** BigInt(totalBits))
  })
})
