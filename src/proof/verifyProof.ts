import { bn254 } from '@noble/curves/bn254'
import { InvalidInputError, PoaError } from '../errors.ts'
import { FIELD_ORDER, requireFieldElement } from '../field.ts'
import {
  type G1Point,
  type G2Point,
  isInfinity,
  isInG2,
  isOnG1Curve,
  isOnTwist,
  parseDecimal,
  parseG1,
  parseG2,
} from './curvePoints.ts'
import type { Groth16Proof, VerificationKey } from './Groth16.ts'
import { requireGroth16, requireSoundVerificationKey } from './verificationKey.ts'

/** A statement with its proof, and the key of the circuit that it is about. */
export type ProofClaim = {
  readonly verificationKey: VerificationKey
  /** In circom's order: outputs, then public inputs. Each in 0 .. r-1. */
  readonly publicSignals: readonly bigint[]
  readonly proof: Groth16Proof
}

/**
 * Whether a Groth16 proof shows its public signals. Shares no code with snarkjs, starts no threads, runs in a browser.
 *
 * Stricter than snarkjs: exactly nPublic signals, each below r; every coordinate below q; points on the curve, in the subgroup and
 * finite. It cannot tell two proofs of one statement apart: from (A, B, C) anyone can make (-A, -B, C), which verifies as
 * well. So a proof's bytes identify nothing, and nothing may be keyed on them.
 *
 * @returns false for anything that is wrong with the proof or the signals, which come from strangers
 * @throws PoaError VKEY_... or InvalidInputError when the key is unsound or malformed: that is the caller's own mistake
 */
export function verifyProof({ verificationKey, publicSignals, proof }: ProofClaim): boolean {
  return findFault(verificationKey, publicSignals, proof) === undefined
}

/**
 * Like `verifyProof`, but says what is wrong.
 * @throws InvalidInputError for a malformed proof or signal; PoaError PROOF_MALFORMED, PROOF_POINT_INVALID, PROOF_INVALID or VKEY_...
 */
export function requireValidProof({ verificationKey, publicSignals, proof }: ProofClaim): void {
  const fault = findFault(verificationKey, publicSignals, proof)
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

type ProofPoints = { readonly a: G1Point; readonly b: G2Point; readonly c: G1Point }

function decodeProof(proof: Groth16Proof): ProofPoints {
  return {
    a: parseG1('proof.pi_a', proof.pi_a),
    b: parseG2('proof.pi_b', proof.pi_b),
    c: parseG1('proof.pi_c', proof.pi_c),
  }
}

function findFault(
  verificationKey: VerificationKey,
  publicSignals: readonly bigint[],
  proof: Groth16Proof,
): PoaError | undefined {
  const { alpha, beta, gamma, delta, ic } = requireSoundVerificationKey(verificationKey, verificationKey.nPublic)
  let points: ProofPoints
  try {
    if (publicSignals.length !== verificationKey.nPublic) {
      throw new InvalidInputError('publicSignals.length', String(verificationKey.nPublic), publicSignals.length)
    }
    for (const [i, signal] of publicSignals.entries()) requireFieldElement(`publicSignals[${i}]`, signal)
    points = decodeProof(proof)
    requireProofPoints(points)
  } catch (fault) {
    if (fault instanceof PoaError) return fault
    // Not even an object, or nested too deep: whatever is wrong with a stranger's proof, the answer is no.
    return new PoaError('PROOF_MALFORMED', 'the proof or its signals cannot be read', { cause: fault })
  }
  // Groth16 (eprint 2016/260, section 3.2): e(A, B) = e(alpha, beta) e(vk_x, gamma) e(C, delta), vk_x = IC_0 + sum signal_i IC_(i+1).
  const publicPoint = publicSignals.reduce((sum, signal, i) => sum.add(ic[i + 1]!.multiplyUnsafe(signal)), ic[0]!)
  const pairs = [
    { g1: points.a.negate(), g2: points.b },
    { g1: alpha, g2: beta },
    { g1: publicPoint, g2: gamma },
    { g1: points.c, g2: delta },
  ]
  // The library refuses infinity in a pairing, whose value is one. Only vk_x can get there.
  const { Fp12 } = bn254.fields
  const product = bn254.pairingBatch(pairs.filter(({ g1 }) => !isInfinity(g1)))
  return Fp12.eql(product, Fp12.ONE)
    ? undefined
    : new PoaError('PROOF_INVALID', 'The proof does not show these public signals')
}

/** @throws PoaError PROOF_POINT_INVALID */
function requireProofPoints({ a, b, c }: ProofPoints): void {
  const refuse = (name: string, fault: string): never => {
    throw new PoaError('PROOF_POINT_INVALID', `proof.${name} is ${fault}`)
  }
  for (const [name, point] of [['pi_a', a] as const, ['pi_c', c] as const]) {
    // An honest proof is blinded: it hits infinity with probability 2^-254.
    if (isInfinity(point)) refuse(name, 'the point at infinity')
    if (!isOnG1Curve(point)) refuse(name, 'not on the curve')
  }
  if (isInfinity(b)) refuse('pi_b', 'the point at infinity')
  if (!isOnTwist(b)) refuse('pi_b', 'not on the twisted curve')
  if (!isInG2(b)) refuse('pi_b', 'not of order r')
}
