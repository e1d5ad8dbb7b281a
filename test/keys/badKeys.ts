import type { VerificationKey } from '../../src/proof/Groth16.ts'
import {
  G1_GENERATOR,
  G1_INFINITY,
  G2_GENERATOR,
  G2_INFINITY,
  negateG2,
  pointOutsideG2,
  scaleG1,
} from '../proof/pointJson.ts'

/** A key that must be refused wherever it turns up. */
export type BadKey = {
  readonly name: string
  readonly change: (sound: VerificationKey) => VerificationKey
  /** Of the PoaError that export, load and `registerCircuit` refuse it with. */
  readonly code: string
  /** What the verifier registry refuses it with, were `registerCircuit` left out. */
  readonly revert: { readonly error: string; readonly args: readonly unknown[] }
}

/** The points of a key as the registry's errors number them: Bn254.KeyPoint. */
const [ALPHA, BETA, GAMMA, DELTA, IC] = [0, 1, 2, 3, 4]

/** What is wrong with each shows in its points, given a sound key for six public signals. */
export const badKeys: readonly BadKey[] = [
  {
    // Phase 2 as snarkjs begins it: gamma and delta are the generator until somebody contributes.
    name: 'no contribution',
    change: (key) => ({ ...key, vk_gamma_2: G2_GENERATOR, vk_delta_2: G2_GENERATOR }),
    code: 'VKEY_GAMMA_EQUALS_DELTA',
    revert: { error: 'KeyDeltaIsGamma', args: [false] },
  },
  {
    name: 'gamma = delta',
    change: (key) => ({ ...key, vk_delta_2: key.vk_gamma_2 }),
    code: 'VKEY_GAMMA_EQUALS_DELTA',
    revert: { error: 'KeyDeltaIsGamma', args: [false] },
  },
  {
    name: 'delta = G2 generator',
    change: (key) => ({ ...key, vk_delta_2: G2_GENERATOR }),
    code: 'VKEY_DELTA_IS_GENERATOR',
    revert: { error: 'KeyDeltaIsGenerator', args: [false] },
  },
  {
    name: 'delta = -gamma',
    change: (key) => ({ ...key, vk_delta_2: negateG2(key.vk_gamma_2) }),
    code: 'VKEY_DELTA_IS_MINUS_GAMMA',
    revert: { error: 'KeyDeltaIsGamma', args: [true] },
  },
  {
    name: 'alpha at infinity',
    change: (key) => ({ ...key, vk_alpha_1: G1_INFINITY }),
    code: 'VKEY_ALPHA_AT_INFINITY',
    revert: { error: 'PointAtInfinity', args: [ALPHA, 0n] },
  },
  {
    name: 'beta at infinity',
    change: (key) => ({ ...key, vk_beta_2: G2_INFINITY }),
    code: 'VKEY_BETA_AT_INFINITY',
    revert: { error: 'PointAtInfinity', args: [BETA, 0n] },
  },
  {
    name: 'gamma at infinity',
    change: (key) => ({ ...key, vk_gamma_2: G2_INFINITY }),
    code: 'VKEY_GAMMA_AT_INFINITY',
    revert: { error: 'PointAtInfinity', args: [GAMMA, 0n] },
  },
  {
    name: 'delta at infinity',
    change: (key) => ({ ...key, vk_delta_2: G2_INFINITY }),
    code: 'VKEY_DELTA_AT_INFINITY',
    revert: { error: 'PointAtInfinity', args: [DELTA, 0n] },
  },
  {
    name: 'off curve',
    change: (key) => ({ ...key, vk_alpha_1: ['1', '1', '1'] }),
    code: 'VKEY_POINT_OFF_CURVE',
    revert: { error: 'PointOffCurve', args: [ALPHA, 0n] },
  },
  {
    name: 'wrong subgroup',
    change: (key) => ({ ...key, vk_delta_2: pointOutsideG2() }),
    code: 'VKEY_POINT_OUTSIDE_SUBGROUP',
    revert: { error: 'PointOutsideSubgroup', args: [DELTA, 0n] },
  },
  {
    name: 'IC short',
    change: (key) => ({ ...key, nPublic: 5, IC: key.IC.slice(0, 6) }),
    code: 'VKEY_IC_LENGTH',
    revert: { error: 'KeyIcLengthMismatch', args: [6n, 7n] },
  },
  {
    name: 'IC long',
    change: (key) => ({ ...key, nPublic: 7, IC: [...key.IC, scaleG1(G1_GENERATOR, 5n)] }),
    code: 'VKEY_IC_LENGTH',
    revert: { error: 'KeyIcLengthMismatch', args: [8n, 7n] },
  },
  {
    name: 'IC zero',
    change: (key) => ({ ...key, IC: key.IC.with(3, G1_INFINITY) }),
    code: 'VKEY_IC_ZERO',
    revert: { error: 'PointAtInfinity', args: [IC, 3n] },
  },
  {
    name: 'IC repeated',
    change: (key) => ({ ...key, IC: key.IC.with(5, key.IC[2]!) }),
    code: 'VKEY_IC_REPEATED',
    revert: { error: 'KeyIcRepeated', args: [5n, 2n] },
  },
]
