import { beforeAll, describe, expect, it } from 'vitest'
import { loadEngine, type NativeEngine, runnableBuilds } from '../../../prover/proving/native/loadEngine.ts'
import { rootOfUnity } from '../../../scripts/keys/evaluateQap.ts'
import { FIELD_ORDER as r } from '../../../src/field.ts'
import { buildOnce } from './buildOnce.ts'
import { elementBytes, pseudoRandomElements, readElements } from './elements.ts'

buildOnce()

const SEED = 0x6e7474n

function reverseBits(index: number, power: number): number {
  let reversed = 0
  for (let bit = 0; bit < power; bit++) reversed |= ((index >> bit) & 1) << (power - 1 - bit)
  return reversed
}

const inBitReversedOrder = <T>(values: T[]): T[] =>
  values.map((_, i) => values[reverseBits(i, Math.log2(values.length))]!)

/** The polynomial's values at shift * w^i, by Horner's rule. */
function evaluate(coefficients: bigint[], shift = 1n): bigint[] {
  const root = rootOfUnity(Math.log2(coefficients.length))
  let point = shift
  return coefficients.map(() => {
    const value = coefficients.reduceRight((sum, coefficient) => (sum * point + coefficient) % r, 0n)
    point = (point * root) % r
    return value
  })
}

const SMALL_POWERS = [0, 1, 2, 3, 4, 5, 6, 7, 8]

describe.each(runnableBuilds())('number-theoretic transforms of the %s build', (build) => {
  let engine: NativeEngine
  beforeAll(() => {
    engine = loadEngine(build)
  })
  const transform = (operation: 'forward' | 'inverse' | 'oddCoset', values: bigint[], threads = 1) =>
    readElements(engine.testing.transform(operation, elementBytes(values), threads))

  it.each(SMALL_POWERS)("default: 2^%i coefficients become the polynomial's values, in bit-reversed order", (power) => {
    const coefficients = pseudoRandomElements(2 ** power, SEED, r)
    expect(transform('forward', coefficients)).toEqual(inBitReversedOrder(evaluate(coefficients)))
  })

  it.each(SMALL_POWERS)('default: values on a domain of 2^%i become values on the odd coset', (power) => {
    const coefficients = pseudoRandomElements(2 ** power, SEED, r)
    expect(transform('oddCoset', evaluate(coefficients))).toEqual(evaluate(coefficients, rootOfUnity(power + 1)))
  })

  it.each([9, 12, 13, 15, 16])(
    'behavior: there and back, 2^%i elements are what they were, on 1, 2 and 3 threads',
    (power) => {
      const bytes = elementBytes(pseudoRandomElements(2 ** power, SEED, r))
      const forward = engine.testing.transform('forward', bytes, 1)
      const onCoset = engine.testing.transform('oddCoset', bytes, 1)
      expect(Buffer.compare(forward, bytes)).not.toBe(0)
      for (const threads of [1, 2, 3]) {
        expect(Buffer.compare(engine.testing.transform('forward', bytes, threads), forward)).toBe(0)
        expect(Buffer.compare(engine.testing.transform('inverse', forward, threads), bytes)).toBe(0)
        expect(Buffer.compare(engine.testing.transform('oddCoset', bytes, threads), onCoset)).toBe(0)
      }
    },
  )

  it('behavior: the largest and the smallest elements are transformed like any others', () => {
    const coefficients = Array.from({ length: 128 }, (_, i) => [r - 1n, 0n, 1n, r - 2n][i % 4]!)
    expect(transform('forward', coefficients)).toEqual(inBitReversedOrder(evaluate(coefficients)))
    expect(transform('forward', new Array<bigint>(64).fill(r - 1n))).toEqual([
      r - 64n,
      ...new Array<bigint>(63).fill(0n),
    ])
  })

  it('error: a number of elements that is no power of two, or an element that is not below r, is refused', () => {
    const refused = (values: bigint[]) => () => transform('forward', values)
    expect(refused([])).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }))
    expect(refused([1n, 2n, 3n])).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }))
    expect(refused([r])).toThrow(expect.objectContaining({ code: 'ELEMENT_TOO_LARGE' }))
  })
})
