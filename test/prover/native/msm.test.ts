import { bn254 } from '@noble/curves/bn254'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadEngine, type NativeEngine, runnableBuilds } from '../../../prover/proving/native/loadEngine.ts'
import { FIELD_ORDER as r } from '../../../src/field.ts'
import { buildOnce } from './buildOnce.ts'
import { elementBytes, pseudoRandomElements } from './elements.ts'

buildOnce()

type Group = 'G1' | 'G2'
const SEED = 0x6d736dn
const MOST_POINTS = 2000

/** A point's coordinates; none stand for infinity. */
function pointBytes(group: Group, coordinates: bigint[]): Uint8Array {
  return coordinates.length === 0 ? new Uint8Array(group === 'G1' ? 64 : 128) : elementBytes(coordinates)
}

/** n times the generator. */
function multiple(group: Group, n: bigint): Uint8Array {
  if (n === 0n) return pointBytes(group, [])
  if (group === 'G1') {
    const { x, y } = bn254.G1.ProjectivePoint.BASE.multiply(n).toAffine()
    return pointBytes(group, [x, y])
  }
  const { x, y } = bn254.G2.ProjectivePoint.BASE.multiply(n).toAffine()
  return pointBytes(group, [x.c0, x.c1, y.c0, y.c1])
}

const multiples: Record<Group, Uint8Array[]> = { G1: [], G2: [] }

/** 0, 1, .. times the generator: the one at infinity is the first. */
function knownPoints(group: Group): Uint8Array[] {
  const known = multiples[group]
  for (let n = known.length; n <= MOST_POINTS; n++) known.push(multiple(group, BigInt(n)))
  return known
}

/** Points are given as multiples of the generator: the expected sum is one multiplication by noble/curves. */
type Term = { scalar: bigint; point: number }

function points(group: Group, terms: Term[]): Uint8Array {
  const known = knownPoints(group)
  return Buffer.concat(terms.map(({ point }) => (point < 0 ? multiple(group, r + BigInt(point)) : known[point]!)))
}

function expectedSum(group: Group, terms: Term[]): Uint8Array {
  return multiple(group, ((terms.reduce((sum, { scalar, point }) => sum + scalar * BigInt(point), 0n) % r) + r) % r)
}

const SCALARS: Record<string, (count: number) => bigint[]> = {
  'full scalars': (count) => pseudoRandomElements(count, SEED, r),
  zeros: (count) => new Array<bigint>(count).fill(0n),
  ones: (count) => new Array<bigint>(count).fill(1n),
  'minus ones': (count) => new Array<bigint>(count).fill(r - 1n),
  'r / 2 and its neighbours': (count) => Array.from({ length: count }, (_, i) => (r - 1n) / 2n + BigInt(i % 3) - 1n),
  bits: (count) => pseudoRandomElements(count, SEED, 2n),
  'one full scalar': (count) => new Array<bigint>(count).fill(pseudoRandomElements(1, SEED, r)[0]!),
  'powers of two and their neighbours': (count) =>
    Array.from({ length: count }, (_, i) => ((((1n << BigInt((i * 7) % 254)) + BigInt((i % 3) - 1)) % r) + r) % r),
  'scalars of all lengths': (count) =>
    pseudoRandomElements(count, SEED, r).map((scalar, i) => {
      const short = scalar >> BigInt((i * 11) % 255)
      return i % 2 === 0 || short === 0n ? short : r - short
    }),
}

describe.each(runnableBuilds())('multi-scalar multiplication of the %s build', (build) => {
  let engine: NativeEngine
  beforeAll(() => {
    engine = loadEngine(build)
  })

  describe.each(['G1', 'G2'] as const)('in %s', (group) => {
    const expectSum = (terms: Term[], threads: number) => {
      const scalars = elementBytes(terms.map(({ scalar }) => scalar))
      const sums = Buffer.from(engine.testing.multiScalarMultiply(group, points(group, terms), scalars, threads))
      const expected = Buffer.from(expectedSum(group, terms)).toString('hex')
      // With points at infinity as operands, and with a bitmap that leaves them out.
      expect(sums.toString('hex')).toBe(expected + expected)
    }

    describe.each(Object.entries(SCALARS))('with %s', (_, scalarsOf) => {
      it.each([0, 1, 2, 7, 8, 9, 100, MOST_POINTS])('default: the sum of %i terms is that of noble/curves', (count) => {
        const terms = scalarsOf(count).map((scalar, i) => ({ scalar, point: i + 1 }))
        for (const threads of [1, 2, 3]) expectSum(terms, threads)
      })
    })

    it('behavior: repeated points, points with their opposites and points at infinity are summed exactly', () => {
      const kinds = [5, 5, -5, 0, 1, -1, 7, 7, 0]
      for (const [name, scalarsOf] of Object.entries(SCALARS)) {
        const terms = scalarsOf(300).map((scalar, i) => ({ scalar, point: kinds[i % kinds.length]! }))
        expect(terms.length, name).toBe(300)
        expectSum(terms, 2)
      }
    })

    it('behavior: only points at infinity sum to infinity', () => {
      expectSum(
        SCALARS['full scalars']!(50).map((scalar) => ({ scalar, point: 0 })),
        1,
      )
    })

    it('error: a scalar that is not below r, and fewer points than scalars, are refused', () => {
      const point = multiple(group, 1n)
      expect(() => engine.testing.multiScalarMultiply(group, point, elementBytes([r]), 1)).toThrow(
        expect.objectContaining({ code: 'SCALAR_TOO_LARGE' }),
      )
      expect(() => engine.testing.multiScalarMultiply(group, point, elementBytes([1n, 2n]), 1)).toThrow(
        expect.objectContaining({ code: 'ARGUMENT_INVALID' }),
      )
    })
  })
})
