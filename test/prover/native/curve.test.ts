import { bn254 } from '@noble/curves/bn254'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadEngine, type NativeEngine, runnableBuilds } from '../../../prover/proving/native/loadEngine.ts'
import { FIELD_ORDER } from '../../../src/field.ts'
import { buildOnce } from './buildOnce.ts'
import { elementBytes, pseudoRandomElements } from './elements.ts'

buildOnce()

type G1Point = typeof bn254.G1.ProjectivePoint.BASE
type G2Point = typeof bn254.G2.ProjectivePoint.BASE

function coordinateBytes(coordinates: bigint[]): Uint8Array {
  return Buffer.concat(coordinates.map((value) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()))
}

/** Each group: the same tests run on both, with points given as multiples of the generator. */
const GROUPS = {
  G1: {
    bytes: (point: G1Point) => {
      if (point.equals(bn254.G1.ProjectivePoint.ZERO)) return new Uint8Array(64)
      const { x, y } = point.toAffine()
      return coordinateBytes([x, y])
    },
    multiple: (n: number) => {
      const { BASE, ZERO } = bn254.G1.ProjectivePoint
      return n === 0 ? ZERO : n > 0 ? BASE.multiply(BigInt(n)) : BASE.multiply(BigInt(-n)).negate()
    },
  },
  G2: {
    bytes: (point: G2Point) => {
      if (point.equals(bn254.G2.ProjectivePoint.ZERO)) return new Uint8Array(128)
      const { x, y } = point.toAffine()
      return coordinateBytes([x.c0, x.c1, y.c0, y.c1])
    },
    multiple: (n: number) => {
      const { BASE, ZERO } = bn254.G2.ProjectivePoint
      return n === 0 ? ZERO : n > 0 ? BASE.multiply(BigInt(n)) : BASE.multiply(BigInt(-n)).negate()
    },
  },
}

const known = new Map<string, Uint8Array>()

/** n times the generator, as bytes. */
function multiple(group: 'G1' | 'G2', n: number): Uint8Array {
  const key = `${group} ${n}`
  let bytes = known.get(key)
  if (!bytes) {
    bytes = group === 'G1' ? GROUPS.G1.bytes(GROUPS.G1.multiple(n)) : GROUPS.G2.bytes(GROUPS.G2.multiple(n))
    known.set(key, bytes)
  }
  return bytes
}

const multiples = (group: 'G1' | 'G2', numbers: number[]) => Buffer.concat(numbers.map((n) => multiple(group, n)))

/** Pairs of multiples: ordinary ones between P = Q, P = -Q and infinity left, right and on both sides. */
function mixedPairs(count: number): [number, number][] {
  const kinds: ((i: number) => [number, number])[] = [
    (i) => [i + 1, 2 * i + 3],
    (i) => [i + 1, i + 1],
    (i) => [i + 2, -(i + 2)],
    (i) => [0, i + 1],
    (i) => [-(i + 1), 0],
    () => [0, 0],
    (i) => [-(i + 1), -(i + 1)],
    (i) => [i + 1, -(i + 5)],
    () => [1, 1],
    (i) => [7, i + 11],
    (i) => [5 * i + 40, 3],
  ]
  return Array.from({ length: count }, (_, i) => kinds[i % kinds.length]!(i % 13))
}

describe.each(runnableBuilds())('affine additions of the %s build', (build) => {
  let engine: NativeEngine
  beforeAll(() => {
    engine = loadEngine(build)
  })

  describe.each(['G1', 'G2'] as const)('in %s', (group) => {
    const add = (pairs: [number, number][]) => engine.testing.addNeighbours(group, multiples(group, pairs.flat()))
    const sums = (pairs: [number, number][]) =>
      multiples(
        group,
        pairs.map(([a, b]) => a + b),
      )

    it('default: sums of ordinary points, in place', () => {
      const pairs = Array.from({ length: 100 }, (_, i): [number, number] => [(i % 17) + 1, (i % 11) + 20])
      expect(add(pairs)).toEqual(sums(pairs))
    })

    it('behavior: P + P, P - P and infinity on either side are exact, at every count up to four vectors and more', () => {
      for (let count = 0; count <= 45; count++) {
        const pairs = mixedPairs(count)
        expect(add(pairs), `${count} pairs`).toEqual(sums(pairs))
      }
    })

    it.each([
      ['P + P', 3, 3],
      ['P - P', 3, -3],
      ['infinity + P', 0, 4],
      ['P + infinity', 4, 0],
      ['infinity + infinity', 0, 0],
    ])('behavior: %s in every lane, and in one lane alone', (_name, left, right) => {
      const all = Array.from({ length: 19 }, (): [number, number] => [left, right])
      expect(add(all)).toEqual(sums(all))
      for (let place = 0; place < 19; place++) {
        const pairs = all.map((pair, i): [number, number] => (i === place ? pair : [i + 1, i + 30]))
        expect(add(pairs), `place ${place}`).toEqual(sums(pairs))
      }
    })

    it('behavior: points of a table with signs, the same ones several times', () => {
      const numbers = [0, 1, -1, 2, 5, 9, -9, 12, 30, 2]
      const table = multiples(group, numbers)
      for (const count of [0, 1, 7, 8, 9, 64, 205]) {
        const left = Uint32Array.from({ length: count }, (_, i) => (i * 7) % 20)
        const right = Uint32Array.from({ length: count }, (_, i) => (i * 11 + Math.floor(i / 20)) % 20)
        const value = (entry: number) => (entry & 1 ? -1 : 1) * numbers[entry >> 1]! || 0
        const wanted = Array.from(left, (entry, i) => value(entry) + value(right[i]!))
        expect(engine.testing.addSignedPairs(group, table, left, right), `${count} pairs`).toEqual(
          multiples(group, wanted),
        )
      }
    })
  })

  it('default: multiplies each point by a scalar of its own', () => {
    const cubeRoot = 0xb3c4d79d41a917585bfc41088d8daaa78b17ea66b99c90ddn
    const edges = [0n, 1n, 2n, 7n, 8n, 9n, cubeRoot, cubeRoot ** 2n % FIELD_ORDER, FIELD_ORDER / 2n]
    for (const bit of [63n, 126n, 127n, 128n, 253n]) edges.push(2n ** bit - 1n, 2n ** bit, 2n ** bit + 1n)
    // The two halves of these are the largest.
    edges.push(147946756881789319010696353538189108491n, (9931322734385697763n * cubeRoot) % FIELD_ORDER)
    const scalars = [...edges, ...edges.map((scalar) => (FIELD_ORDER - scalar) % FIELD_ORDER)]
    scalars.push(...pseudoRandomElements(40, 5n, FIELD_ORDER))
    const { BASE } = bn254.G1.ProjectivePoint
    const wanted = scalars.flatMap((scalar) => {
      const product = scalar === 0n ? bn254.G1.ProjectivePoint.ZERO : BASE.multiply(scalar)
      return [product, product.negate(), bn254.G1.ProjectivePoint.ZERO].map(GROUPS.G1.bytes)
    })
    const numbers = scalars.flatMap(() => [1, -1, 0])
    const each = elementBytes(scalars.flatMap((scalar) => [scalar, scalar, scalar]))
    // Once, and often enough for a second block.
    for (const count of [1, 5, numbers.length])
      expect(
        engine.testing.multiplyEach(multiples('G1', numbers).subarray(0, 64 * count), each.subarray(0, 32 * count)),
      ).toEqual(Buffer.concat(wanted.slice(0, count)))
    expect(engine.testing.multiplyEach(multiples('G1', [...numbers, ...numbers]), Buffer.concat([each, each]))).toEqual(
      Buffer.concat([...wanted, ...wanted]),
    )
  })

  it('error: an index outside the table is refused', () => {
    expect(() => engine.testing.addSignedPairs('G1', multiple('G1', 1), Uint32Array.of(2), Uint32Array.of(0))).toThrow(
      expect.objectContaining({ code: 'ARGUMENT_INVALID' }),
    )
  })

  it('error: a coordinate that is not below the modulus is refused', () => {
    const point = new Uint8Array(128).fill(255)
    expect(() => engine.testing.addNeighbours('G1', point)).toThrow(
      expect.objectContaining({ code: 'ELEMENT_TOO_LARGE' }),
    )
  })
})
