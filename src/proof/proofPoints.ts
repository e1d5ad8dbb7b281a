import { InvalidInputError, PoaError } from '../errors.ts'
import { requireFieldElement } from '../field.ts'
import {
  type G1Point,
  type G2Point,
  isInfinity,
  isInG2,
  isOnG1Curve,
  isOnTwist,
  parseG1,
  parseG2,
} from './curvePoints.ts'
import type { Groth16Proof } from './Groth16.ts'

/** The points of a proof, decoded. */
export type ProofPoints = { readonly a: G1Point; readonly b: G2Point; readonly c: G1Point }

/**
 * Decodes the points of a proof without checking them.
 * @throws InvalidInputError
 */
export function decodeProof(proof: Groth16Proof): ProofPoints {
  return {
    a: parseG1('proof.pi_a', proof.pi_a),
    b: parseG2('proof.pi_b', proof.pi_b),
    c: parseG1('proof.pi_c', proof.pi_c),
  }
}

/**
 * All that is asked of a proof and its signals before the pairing equation: exactly `publicCount` signals, each below r; every coordinate below q;
 * points on the curve, in the subgroup and finite.
 * @throws InvalidInputError for a malformed proof or signal; PoaError PROOF_MALFORMED or PROOF_POINT_INVALID. Nothing else, whatever a stranger
 * hands in.
 */
export function requireProofPoints(
  { publicSignals, proof }: { readonly publicSignals: readonly bigint[]; readonly proof: Groth16Proof },
  publicCount: number,
): ProofPoints {
  try {
    if (publicSignals.length !== publicCount) {
      throw new InvalidInputError('publicSignals.length', String(publicCount), publicSignals.length)
    }
    for (const [i, signal] of publicSignals.entries()) requireFieldElement(`publicSignals[${i}]`, signal)
    const points = decodeProof(proof)
    requireOnCurve(points)
    return points
  } catch (fault) {
    if (fault instanceof PoaError) throw fault
    // Not even an object, or nested too deep: whatever is wrong with a stranger's proof, the answer is no.
    throw new PoaError('PROOF_MALFORMED', 'the proof or its signals cannot be read', { cause: fault })
  }
}

function requireOnCurve({ a, b, c }: ProofPoints): void {
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
