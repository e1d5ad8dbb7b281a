import { afterAll, beforeAll, expect, test } from 'vitest'
import { FixedBasePool } from '../../scripts/keys/FixedBasePool.ts'
import { fieldBytes } from '../../scripts/keys/writeZkey.ts'
import { FIELD_ORDER, toField } from '../../src/field.ts'
import { G1Point, G2Point, COORDINATE_FIELD_ORDER as q } from '../../src/proof/curvePoints.ts'

let pool: FixedBasePool
beforeAll(async () => {
  pool = await FixedBasePool.start(2)
})
afterAll(() => pool.terminate())

// Zero, the ends of the range, digits at the edge of a window, carries through all windows, and the sign of each digit.
const scalars = [
  ...[0n, 1n, 2n, FIELD_ORDER - 1n, FIELD_ORDER - 2n, 1n << 253n, (1n << 253n) - 1n],
  ...[10n, 11n, 12n].flatMap((bits) => [(1n << bits) - 1n, 1n << bits, (1n << bits) + 1n]),
  ...Array.from({ length: 8 }, (_, i) => toField(0x9e3779b97f4a7c15f39cc0605cedc834n ** BigInt(i + 2))),
]
// More than two chunks, so that both threads and a short last chunk take part.
const repeated = Array.from({ length: 1100 }, (_, i) => scalars[i % scalars.length]!)
const bytes = Buffer.concat(repeated.map(fieldBytes))

/** Coordinates are x * 2^256 mod q, little endian; infinity is all zero. */
const montgomery = (coordinate: bigint) => fieldBytes((coordinate << 256n) % q)
const times = <Point extends { add(other: Point): Point; double(): Point }>(
  point: Point,
  zero: Point,
  scalar: bigint,
) => {
  let sum = zero
  for (let left = scalar, power = point; left > 0n; left >>= 1n, power = power.double()) {
    if (left & 1n) sum = sum.add(power)
  }
  return sum
}

test('default: agrees with another library in G1', async () => {
  const points = await pool.multiply('g1', bytes)
  const expected = scalars.map((scalar) => {
    const { x, y } = times(G1Point.BASE, G1Point.ZERO, scalar).toAffine()
    return scalar === 0n ? Buffer.alloc(64) : Buffer.concat([montgomery(x), montgomery(y)])
  })
  expect(Buffer.compare(points, Buffer.concat(repeated.map((_, i) => expected[i % expected.length]!)))).toBe(0)
})

test('behavior: agrees with another library in G2', async () => {
  const points = await pool.multiply('g2', bytes)
  const expected = scalars.map((scalar) => {
    const { x, y } = times(G2Point.BASE, G2Point.ZERO, scalar).toAffine()
    return scalar === 0n ? Buffer.alloc(128) : Buffer.concat([x.c0, x.c1, y.c0, y.c1].map(montgomery))
  })
  expect(Buffer.compare(points, Buffer.concat(repeated.map((_, i) => expected[i % expected.length]!)))).toBe(0)
})

test('behavior: calls queue up, and nothing is nothing', async () => {
  const [none, one] = await Promise.all([pool.multiply('g1', new Uint8Array(0)), pool.multiply('g1', fieldBytes(1n))])
  expect(none).toHaveLength(0)
  expect(Buffer.from(one.subarray(0, 32))).toEqual(Buffer.from(montgomery(1n)))
})
