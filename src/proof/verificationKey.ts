import { encodeAbiParameters, type Hex, keccak256, parseAbiParameters, slice } from 'viem'
import { InvalidInputError, PoaError } from '../errors.ts'
import { type G1Point, G2Point, isInfinity, isInG2, isOnG1Curve, isOnTwist, parseG1, parseG2 } from './curvePoints.ts'
import { toEvmVerificationKey } from './evmProof.ts'
import type { VerificationKey } from './Groth16.ts'

/** The points of a verification key, decoded. */
export type VerificationKeyPoints = {
  readonly alpha: G1Point
  readonly beta: G2Point
  readonly gamma: G2Point
  readonly delta: G2Point
  readonly ic: readonly G1Point[]
}

/**
 * Checks the form of a verification key: fields, lengths, canonical numbers. Says nothing of whether it can be trusted:
 * that is `requireSoundVerificationKey`. `vk_alphabeta_12`, a precomputed pairing, is left out: every verifier computes it.
 * @throws InvalidInputError
 */
export function parseVerificationKey(json: unknown): VerificationKey {
  const fields = ['protocol', 'curve', 'nPublic', 'vk_alpha_1', 'vk_beta_2', 'vk_gamma_2', 'vk_delta_2', 'IC'] as const
  const key = requireGroth16('verificationKey', json, [...fields, 'vk_alphabeta_12'])
  if (!Number.isSafeInteger(key.nPublic) || (key.nPublic as number) < 0) {
    throw new InvalidInputError('verificationKey.nPublic', 'a non-negative integer', key.nPublic)
  }
  if (!Array.isArray(key.IC)) throw new InvalidInputError('verificationKey.IC', 'a list of points', key.IC)
  const { vk_alphabeta_12: _, ...rest } = key
  const parsed = rest as VerificationKey
  decodeVerificationKey(parsed)
  return parsed
}

/**
 * Decodes the points of a key without checking them.
 * @throws InvalidInputError
 */
export function decodeVerificationKey(key: VerificationKey): VerificationKeyPoints {
  return {
    alpha: parseG1('verificationKey.vk_alpha_1', key.vk_alpha_1),
    beta: parseG2('verificationKey.vk_beta_2', key.vk_beta_2),
    gamma: parseG2('verificationKey.vk_gamma_2', key.vk_gamma_2),
    delta: parseG2('verificationKey.vk_delta_2', key.vk_delta_2),
    ic: key.IC.map((point, i) => parseG1(`verificationKey.IC[${i}]`, point)),
  }
}

/**
 * Refuses keys under which statements can be forged by anyone, whatever their circuit. A key that passes can still come
 * from a dishonest ceremony or belong to another circuit: hashes guard against that.
 *
 * - Off the curve, or on the twist outside G2: the pairing equation means nothing.
 * - alpha, beta, gamma or delta at infinity: a term of e(A,B) = e(alpha,beta) e(vk_x,gamma) e(C,delta) is gone.
 * - gamma = delta: (alpha, beta, -vk_x) proves anything, for C cancels vk_x. gamma = -delta likewise with vk_x. snarkjs gives
 *   gamma = delta = generator to a key without contribution, and its `zkey verify` accepts that.
 * - beta = plus or minus gamma or delta: the public terms cancel each other, as in (A, B, C) = (vk_x, gamma, -alpha) for beta = delta.
 * - delta = plus or minus the generator: phase 2 has not happened, delta's secret is 1.
 * - a zero IC: the signal is not bound. Two equal or opposite ones: what is added to one signal can be taken from the other.
 *
 * @param publicCount how many public signals the circuit has
 * @throws PoaError VKEY_IC_LENGTH, VKEY_ALPHA_AT_INFINITY, VKEY_BETA_AT_INFINITY, VKEY_GAMMA_AT_INFINITY, VKEY_DELTA_AT_INFINITY,
 * VKEY_IC_ZERO, VKEY_POINT_OFF_CURVE, VKEY_POINT_OUTSIDE_SUBGROUP, VKEY_GAMMA_EQUALS_DELTA, VKEY_DELTA_IS_MINUS_GAMMA,
 * VKEY_BETA_EQUALS_GAMMA, VKEY_BETA_EQUALS_DELTA, VKEY_DELTA_IS_GENERATOR or VKEY_IC_REPEATED; InvalidInputError for a malformed key
 * @returns the decoded points
 */
export function requireSoundVerificationKey(key: VerificationKey, publicCount: number): VerificationKeyPoints {
  const points = decodeVerificationKey(key)
  const { alpha, beta, gamma, delta, ic } = points
  if (ic.length !== publicCount + 1 || key.nPublic !== publicCount) {
    const found = `nPublic ${key.nPublic} and ${ic.length} points in IC`
    throw unsound(
      'IC_LENGTH',
      `${publicCount} public signals need ${publicCount + 1} points in IC; the key has ${found}`,
    )
  }
  for (const [name, point] of Object.entries({ alpha, beta, gamma, delta })) {
    if (isInfinity(point)) throw unsound(`${name.toUpperCase()}_AT_INFINITY`, `${name} is the point at infinity`)
  }
  const zero = ic.findIndex(isInfinity)
  if (zero >= 0) throw unsound('IC_ZERO', `IC[${zero}] is the point at infinity`)
  for (const [name, point] of [['alpha', alpha] as const, ...ic.map((point, i) => [`IC[${i}]`, point] as const)]) {
    if (!isOnG1Curve(point)) throw unsound('POINT_OFF_CURVE', `${name} is not on the curve`)
  }
  for (const [name, point] of Object.entries({ beta, gamma, delta })) {
    if (!isOnTwist(point)) throw unsound('POINT_OFF_CURVE', `${name} is not on the twisted curve`)
    if (!isInG2(point)) throw unsound('POINT_OUTSIDE_SUBGROUP', `${name} is not of order r`)
  }
  if (gamma.equals(delta)) throw unsound('GAMMA_EQUALS_DELTA', 'gamma equals delta: anyone can forge proofs')
  if (gamma.equals(delta.negate())) throw unsound('DELTA_IS_MINUS_GAMMA', 'delta is -gamma: anyone can forge proofs')
  for (const [name, point] of [['GAMMA', gamma] as const, ['DELTA', delta] as const]) {
    if (beta.equals(point) || beta.equals(point.negate())) {
      throw unsound(`BETA_EQUALS_${name}`, `beta is ${name.toLowerCase()} up to sign: anyone can forge proofs`)
    }
  }
  if (delta.equals(G2Point.BASE) || delta.equals(G2Point.BASE.negate())) {
    throw unsound('DELTA_IS_GENERATOR', 'delta is the generator of G2 up to sign: nobody contributed to phase 2')
  }
  // Opposite points share x.
  const seen = new Map<bigint, number>()
  for (const [i, { px }] of ic.entries()) {
    const other = seen.get(px)
    if (other !== undefined) throw unsound('IC_REPEATED', `IC[${other}] and IC[${i}] are equal up to sign`)
    seen.set(px, i)
  }
  return points
}

/** Chain ids of anvil, hardhat and ganache: the only chains on which keys with a published secret do no harm. */
export const LOCAL_CHAIN_IDS: readonly number[] = [31337, 1337]

/**
 * Whether a key may come from a ceremony: snarkjs' phase 2 always leaves gamma at the generator of G2, our DEV set-up never does. Anyone can forge
 * proofs under DEV keys.
 */
export function isCeremonyKey(key: VerificationKey): boolean {
  return decodeVerificationKey(key).gamma.equals(G2Point.BASE)
}

/** @throws PoaError DEV_KEYS_ON_PUBLIC_CHAIN when a DEV key is to guard more than play money */
export function requireKeyForChain(key: VerificationKey, chainId: number | bigint): void {
  if (LOCAL_CHAIN_IDS.some((local) => BigInt(local) === BigInt(chainId)) || isCeremonyKey(key)) return
  throw new PoaError(
    'DEV_KEYS_ON_PUBLIC_CHAIN',
    `DEV keys must not be used on chain ${chainId}: anyone can forge proofs`,
    {
      hint: 'Make keys that nobody knows the secret of: npm run keys -- production --help',
    },
  )
}

/**
 * circuitKeyHash: keccak256(abi.encode(uint256[2] alpha, uint256[2][2] beta, uint256[2][2] gamma, uint256[2][2] delta,
 * uint256[2][] ic)), coordinates of G2 in the order of the EVM. It names the circuit and its set-up on chain.
 * @throws InvalidInputError when a point is malformed or at infinity
 */
export function hashVerificationKey(key: VerificationKey): Hex {
  const { alpha, beta, gamma, delta, ic } = toEvmVerificationKey(key)
  return keccak256(encodeAbiParameters(KEY_PARAMETERS, [alpha, beta, gamma, delta, ic]))
}

const KEY_PARAMETERS = parseAbiParameters([
  'uint256[2] alpha, uint256[2][2] beta, uint256[2][2] gamma, uint256[2][2] delta, uint256[2][] ic',
])

/** The first 4 bytes of circuitKeyHash: what a verifier is registered under. */
export function circuitIdOf(circuitKeyHash: Hex): Hex {
  return slice(circuitKeyHash, 0, 4)
}

/**
 * Checks that a value is a Groth16 object over BN254 with exactly the given fields; the last may be absent.
 * @throws InvalidInputError
 */
export function requireGroth16(name: string, json: unknown, fields: readonly string[]): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new InvalidInputError(name, 'an object', json)
  const object = json as Record<string, unknown>
  const unknown = Object.keys(object).find((field) => !fields.includes(field))
  if (unknown !== undefined) throw new InvalidInputError(name, `without a field ${unknown}`, Object.keys(object))
  if (object.protocol !== 'groth16') throw new InvalidInputError(`${name}.protocol`, '"groth16"', object.protocol)
  if (object.curve !== 'bn128') throw new InvalidInputError(`${name}.curve`, '"bn128"', object.curve)
  return object
}

function unsound(code: string, message: string): PoaError {
  return new PoaError(`VKEY_${code}`, `Unsound verification key: ${message}`, {
    hint: 'Never use or register this key.',
  })
}
