import { InvalidInputError } from '../errors.ts'
import { COORDINATE_FIELD_ORDER, type G1Json, type G2Json, isInfinity, parseG1, parseG2 } from './curvePoints.ts'
import type { Groth16Proof, VerificationKey } from './Groth16.ts'

/**
 * The one place that knows the order of coordinates on the EVM: the pairing precompile (EIP-197) takes the imaginary part of
 * a G2 coordinate first, snarkjs writes the real part first. A G1 point is (x, y) in both.
 */

export type EvmG1 = readonly [bigint, bigint]
export type EvmG2 = readonly [EvmG1, EvmG1]

/** A proof as the verifier contracts take it. */
export type EvmProof = { readonly a: EvmG1; readonly b: EvmG2; readonly c: EvmG1 }

/** A verification key as the verifier registry takes it. */
export type EvmVerificationKey = {
  readonly alpha: EvmG1
  readonly beta: EvmG2
  readonly gamma: EvmG2
  readonly delta: EvmG2
  readonly ic: readonly EvmG1[]
}

/**
 * A verification key as contracts take it.
 * @throws InvalidInputError when a point is malformed or at infinity
 */
export function toEvmVerificationKey(key: VerificationKey): EvmVerificationKey {
  return {
    alpha: toEvmG1('verificationKey.vk_alpha_1', key.vk_alpha_1),
    beta: toEvmG2('verificationKey.vk_beta_2', key.vk_beta_2),
    gamma: toEvmG2('verificationKey.vk_gamma_2', key.vk_gamma_2),
    delta: toEvmG2('verificationKey.vk_delta_2', key.vk_delta_2),
    ic: key.IC.map((point, i) => toEvmG1(`verificationKey.IC[${i}]`, point)),
  }
}

/**
 * A proof as contracts take it.
 * @throws InvalidInputError when a point is malformed or at infinity
 */
export function toEvmProof(proof: Groth16Proof): EvmProof {
  return {
    a: toEvmG1('proof.pi_a', proof.pi_a),
    b: toEvmG2('proof.pi_b', proof.pi_b),
    c: toEvmG1('proof.pi_c', proof.pi_c),
  }
}

/**
 * A verification key from calldata, as snarkjs writes it: the inverse of `toEvmVerificationKey`.
 * @throws InvalidInputError when a coordinate is not in 0 .. q-1
 */
export function fromEvmVerificationKey({ alpha, beta, gamma, delta, ic }: EvmVerificationKey): VerificationKey {
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: ic.length - 1,
    vk_alpha_1: fromEvmG1('alpha', alpha),
    vk_beta_2: fromEvmG2('beta', beta),
    vk_gamma_2: fromEvmG2('gamma', gamma),
    vk_delta_2: fromEvmG2('delta', delta),
    IC: ic.map((point, i) => fromEvmG1(`ic[${i}]`, point)),
  }
}

/**
 * A proof from calldata, as snarkjs writes it: the inverse of `toEvmProof`.
 * @throws InvalidInputError when a coordinate is not in 0 .. q-1
 */
export function fromEvmProof({ a, b, c }: EvmProof): Groth16Proof {
  return {
    pi_a: fromEvmG1('a', a),
    pi_b: fromEvmG2('b', b),
    pi_c: fromEvmG1('c', c),
    protocol: 'groth16',
    curve: 'bn128',
  }
}

/** @throws InvalidInputError when the point is malformed or at infinity */
export function toEvmG1(field: string, point: G1Json): EvmG1 {
  const { px, py } = requireFinite(field, parseG1(field, point))
  return [px, py]
}

/** @throws InvalidInputError when the point is malformed or at infinity */
export function toEvmG2(field: string, point: G2Json): EvmG2 {
  const { px, py } = requireFinite(field, parseG2(field, point))
  return [
    [px.c1, px.c0],
    [py.c1, py.c0],
  ]
}

function fromEvmG1(field: string, [x, y]: EvmG1): G1Json {
  return [coordinate(`${field}[0]`, x), coordinate(`${field}[1]`, y), '1']
}

function fromEvmG2(field: string, [x, y]: EvmG2): G2Json {
  const real = 1
  const imaginary = 0
  return [
    [coordinate(`${field}[0][1]`, x[real]), coordinate(`${field}[0][0]`, x[imaginary])],
    [coordinate(`${field}[1][1]`, y[real]), coordinate(`${field}[1][0]`, y[imaginary])],
    ['1', '0'],
  ]
}

function coordinate(field: string, value: bigint): string {
  if (value < 0n || value >= COORDINATE_FIELD_ORDER) throw new InvalidInputError(field, 'in 0 .. q-1', value)
  return value.toString()
}

function requireFinite<Point extends Parameters<typeof isInfinity>[0]>(field: string, point: Point): Point {
  if (isInfinity(point)) throw new InvalidInputError(field, 'a point other than infinity', 'infinity')
  return point
}
