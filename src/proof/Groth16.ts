import type { G1Json, G2Json } from './curvePoints.ts'

/** A Groth16 verification key over BN254, in the JSON format of snarkjs. */
export type VerificationKey = {
  readonly protocol: 'groth16'
  readonly curve: 'bn128'
  readonly nPublic: number
  readonly vk_alpha_1: G1Json
  readonly vk_beta_2: G2Json
  readonly vk_gamma_2: G2Json
  readonly vk_delta_2: G2Json
  /** One point for the constant, then one for each public signal. */
  readonly IC: readonly G1Json[]
}

/** A Groth16 proof over BN254, in the JSON format of snarkjs. */
export type Groth16Proof = {
  readonly protocol: 'groth16'
  readonly curve: 'bn128'
  readonly pi_a: G1Json
  readonly pi_b: G2Json
  readonly pi_c: G1Json
}
