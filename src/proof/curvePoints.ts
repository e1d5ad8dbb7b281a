import { bn254 } from '@noble/curves/bn254'
import { InvalidInputError } from '../errors.ts'
import { FIELD_ORDER } from '../field.ts'

/**
 * Points of BN254 as snarkjs writes them in JSON: decimal strings, projective, with z = 1. Coordinates of G2 are pairs
 * (real, imaginary); infinity is x = 0, y = 1, z = 0.
 */
export type G1Json = readonly [string, string, string]
export type G2Json = readonly [readonly [string, string], readonly [string, string], readonly [string, string]]

const { Fp, Fp2 } = bn254.fields
export const G1Point = bn254.G1.ProjectivePoint
export const G2Point = bn254.G2.ProjectivePoint
export type G1Point = InstanceType<typeof G1Point>
export type G2Point = InstanceType<typeof G2Point>

/** q: the order of the field that coordinates live in. Larger than r: a coordinate need not be a field element of circuits. */
export const COORDINATE_FIELD_ORDER = Fp.ORDER

/**
 * Reads a decimal string without sign or leading zeros.
 * @throws InvalidInputError when it is anything else or not below `order`
 */
export function parseDecimal(field: string, value: unknown, order: bigint): bigint {
  const bound = `a decimal string of an integer in 0 .. ${order === FIELD_ORDER ? 'r' : 'q'}-1`
  // 78 digits hold 2^256: longer ones are refused before a number is made of them.
  if (typeof value !== 'string' || value.length > 78 || !/^(0|[1-9][0-9]*)$/.test(value)) {
    throw new InvalidInputError(field, bound, value)
  }
  const number = BigInt(value)
  if (number >= order) throw new InvalidInputError(field, bound, value)
  return number
}

/**
 * Decodes a point of G1. Whether it lies on the curve is not checked here.
 * @throws InvalidInputError unless the encoding is canonical
 */
export function parseG1(field: string, value: unknown): G1Point {
  const [x, y, z] = parseTuple(field, value, 3).map((coordinate, i) => parseCoordinate(`${field}[${i}]`, coordinate))
  if (z === 0n) return requireInfinity(field, value, x === 0n && y === 1n, G1Point.ZERO)
  if (z !== 1n) throw new InvalidInputError(`${field}[2]`, '1, or 0 for infinity', z)
  // Both groups have odd order, so no point has y = 0. (0, 0), which is infinity on the EVM, is among those refused.
  if (y === 0n) throw new InvalidInputError(`${field}[1]`, 'other than 0', y)
  return new G1Point(x!, y!, 1n)
}

/**
 * Decodes a point of the twist. Whether it lies on it, and in G2, is not checked here.
 * @throws InvalidInputError unless the encoding is canonical
 */
export function parseG2(field: string, value: unknown): G2Point {
  const [x, y, z] = parseTuple(field, value, 3).map((pair, i) => {
    const [real, imaginary] = parseTuple(`${field}[${i}]`, pair, 2).map((coordinate, j) =>
      parseCoordinate(`${field}[${i}][${j}]`, coordinate),
    )
    return Fp2.fromBigTuple([real!, imaginary!])
  })
  if (Fp2.is0(z!)) return requireInfinity(field, value, Fp2.is0(x!) && Fp2.eql(y!, Fp2.ONE), G2Point.ZERO)
  if (!Fp2.eql(z!, Fp2.ONE)) throw new InvalidInputError(`${field}[2]`, '[1, 0], or [0, 0] for infinity', z)
  if (Fp2.is0(y!)) throw new InvalidInputError(`${field}[1]`, 'other than [0, 0]', y)
  return new G2Point(x!, y!, Fp2.ONE)
}

export function isInfinity(point: G1Point | G2Point): boolean {
  return typeof point.pz === 'bigint' ? Fp.is0(point.pz) : Fp2.is0(point.pz)
}

/** y^2 = x^3 + 3. On G1 that is all: its cofactor is 1. */
export function isOnG1Curve({ px, py }: G1Point): boolean {
  return Fp.eql(Fp.sqr(py), Fp.add(Fp.mul(Fp.sqr(px), px), 3n))
}

/** 3 / (9 + i): the twist's constant. */
const TWIST_B = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]))

/** y^2 = x^3 + 3 / (9 + i). The twist has a large cofactor, so `isInG2` matters as well. */
export function isOnTwist({ px, py }: G2Point): boolean {
  return Fp2.eql(Fp2.sqr(py), Fp2.add(Fp2.mul(Fp2.sqr(px), px), TWIST_B))
}

/** Of order r; for a point of the twist. */
export function isInG2(point: G2Point): boolean {
  return point.isTorsionFree()
}

function parseCoordinate(field: string, value: unknown): bigint {
  return parseDecimal(field, value, COORDINATE_FIELD_ORDER)
}

export function parseTuple(field: string, value: unknown, length: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length !== length) throw new InvalidInputError(field, `a list of ${length}`, value)
  return value
}

function requireInfinity<Point>(field: string, value: unknown, canonical: boolean, infinity: Point): Point {
  if (!canonical) throw new InvalidInputError(field, 'a point in canonical form (infinity is 0, 1, 0)', value)
  return infinity
}
