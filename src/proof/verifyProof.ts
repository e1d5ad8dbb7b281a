import { InvalidInputError, PoaError } from '../errors.ts'
import { FIELD_ORDER } from '../field.ts'
import { parseDecimal } from './curvePoints.ts'
import type { Groth16Proof, VerificationKey } from './Groth16.ts'
import { isPairingProductOne } from './isPairingProductOne.ts'
import { decodeProof, type ProofPoints, requireProofPoints } from './proofPoints.ts'
import { requireGroth16, requireSoundVerificationKey } from './verificationKey.ts'

/** A statement with its proof, and the key of the circuit that it is about. */
export type ProofClaim = {
  readonly verificationKey: VerificationKey
  /** In circom's order: outputs, then public inputs. Each in 0 .. r-1. */
  readonly publicSignals: readonly bigint[]
  readonly proof: Groth16Proof
}

/**
 * Whether a Groth16 proof shows its public signals; for many at once there is `verifyProofs`. Shares no code with snarkjs, starts no threads, runs
 * in a browser.
 *
 * Stricter than snarkjs: exactly nPublic signals, each below r; every coordinate below q; points on the curve, in the subgroup and
 * finite. It cannot tell two proofs of one statement apart: from (A, B, C) anyone can make (-A, -B, C), which verifies as
 * well. So a proof's bytes identify nothing, and nothing may be keyed on them.
 *
 * @returns false for anything that is wrong with the proof or the signals, which come from strangers
 * @throws PoaError VKEY_... or InvalidInputError when the key is unsound or malformed: that is the caller's own mistake
 */
export function verifyProof(claim: ProofClaim): boolean {
  return findFault(claim) === undefined
}

/**
 * Like `verifyProof`, but says what is wrong.
 * @throws InvalidInputError for a malformed proof or signal; PoaError PROOF_MALFORMED, PROOF_POINT_INVALID, PROOF_INVALID or VKEY_...
 */
export function requireValidProof(claim: ProofClaim): void {
  const fault = findFault(claim)
  if (fault !== undefined) throw fault
}

/**
 * Reads a proof from JSON. Checks the form only.
 * @throws InvalidInputError
 */
export function parseProof(json: unknown): Groth16Proof {
  const proof = requireGroth16('proof', json, ['protocol', 'curve', 'pi_a', 'pi_b', 'pi_c']) as Groth16Proof
  decodeProof(proof)
  return proof
}

/**
 * Reads public signals from JSON: a list of decimal strings.
 * @throws InvalidInputError
 */
export function parsePublicSignals(json: unknown): bigint[] {
  if (!Array.isArray(json)) throw new InvalidInputError('publicSignals', 'a list of decimal strings', json)
  return json.map((signal, i) => parseDecimal(`publicSignals[${i}]`, signal, FIELD_ORDER))
}

function findFault({ verificationKey, publicSignals, proof }: ProofClaim): PoaError | undefined {
  const { alpha, beta, gamma, delta, ic } = requireSoundVerificationKey(verificationKey, verificationKey.nPublic)
  let points: ProofPoints
  try {
    points = requireProofPoints({ publicSignals, proof }, verificationKey.nPublic)
  } catch (fault) {
    return fault as PoaError
  }
  // Groth16 (eprint 2016/260, section 3.2): e(A, B) = e(alpha, beta) e(vk_x, gamma) e(C, delta), vk_x = IC_0 + sum signal_i IC_(i+1).
  const publicPoint = publicSignals.reduce((sum, signal, i) => sum.add(ic[i + 1]!.multiplyUnsafe(signal)), ic[0]!)
  return isPairingProductOne([
    { g1: points.a.negate(), g2: points.b },
    { g1: alpha, g2: beta },
    { g1: publicPoint, g2: gamma },
    { g1: points.c, g2: delta },
  ])
    ? undefined
    : new PoaError('PROOF_INVALID', 'The proof does not show these public signals')
}
