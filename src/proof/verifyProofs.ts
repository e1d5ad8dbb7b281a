import type { Hex } from 'viem'
import { PoaError } from '../errors.ts'
import { FIELD_ORDER } from '../field.ts'
import { G1Point } from './curvePoints.ts'
import { drawCoefficients } from './drawCoefficients.ts'
import type { VerificationKey } from './Groth16.ts'
import { isPairingProductOne } from './isPairingProductOne.ts'
import { type ProofPoints, requireProofPoints } from './proofPoints.ts'
import { hashVerificationKey, requireSoundVerificationKey, type VerificationKeyPoints } from './verificationKey.ts'
import type { ProofClaim } from './verifyProof.ts'

/**
 * Which of many proofs under one key show their public signals. Each verdict is that of `verifyProof`, with the same strictness, at a fifth of its
 * cost.
 *
 * All equations e(A_i, B_i) = e(alpha, beta) e(X_i, gamma) e(C_i, delta) are raised to coefficients z_i in 1 .. 2^128 and multiplied into one:
 * N + 3 Miller loops, one final exponentiation. When it fails, the list is halved until the invalid ones stand alone.
 *
 * Soundness: every point is checked to be of the prime order r, so an equation that fails is off by an element of order r, and given the other
 * coefficients at most one of the 2^128 values of its own hides it. The coefficients are hashes of the key and of all signals and proofs: the same
 * on every run, and whoever wrote the proofs can only try. After Q tries, each a new list of proofs, some list that holds an invalid one is taken
 * for valid with probability Q / 2^128 at most. A proof that stands alone is judged exactly, since no coefficient is a multiple of r: nothing valid
 * is ever called invalid.
 *
 * Takes about 40 KB of memory a proof; about 100 at a time gain nearly all there is to gain.
 *
 * @returns a verdict for each, in order; false for anything that is wrong with a proof or its signals
 * @throws PoaError VKEY_... or InvalidInputError when the key is unsound or malformed: that is the caller's own mistake
 */
export function verifyProofs(
  verificationKey: VerificationKey,
  claims: readonly Omit<ProofClaim, 'verificationKey'>[],
): boolean[] {
  const key = { points: requireSoundVerificationKey(verificationKey, verificationKey.nPublic), verificationKey }
  const verdicts = claims.map(() => false)
  const wellFormed: Equation[] = []
  for (const [place, { publicSignals, proof }] of claims.entries()) {
    try {
      const points = requireProofPoints({ publicSignals, proof }, verificationKey.nPublic)
      wellFormed.push({ place, publicSignals, points })
    } catch (fault) {
      if (!(fault instanceof PoaError)) throw fault
    }
  }
  const keyHash = hashVerificationKey(verificationKey)
  for (const { place } of selectValid(key.points, keyHash, wellFormed, false)) verdicts[place] = true
  return verdicts
}

/** A proof whose form is right. */
type Equation = {
  /** Where it stands in the list. */
  readonly place: number
  readonly publicSignals: readonly bigint[]
  readonly points: ProofPoints
}

/** @param hasInvalid whether that is known already: the list is then halved at once */
function selectValid(
  key: VerificationKeyPoints,
  keyHash: Hex,
  equations: readonly Equation[],
  hasInvalid: boolean,
): readonly Equation[] {
  if (equations.length === 0) return []
  // One that stands alone is judged for itself in any case.
  if (equations.length === 1 || !hasInvalid) {
    if (doAllHold(key, keyHash, equations)) return equations
    if (equations.length === 1) return []
  }
  const [first, second] = [equations.slice(0, equations.length >> 1), equations.slice(equations.length >> 1)]
  const validFirst = selectValid(key, keyHash, first, false)
  // Where nothing is wrong with the first half, something is with the second.
  const validSecond = selectValid(key, keyHash, second, validFirst.length === first.length)
  return [...validFirst, ...validSecond]
}

function doAllHold(
  { alpha, beta, gamma, delta, ic }: VerificationKeyPoints,
  keyHash: Hex,
  equations: readonly Equation[],
): boolean {
  const coefficients = drawCoefficients(keyHash, equations)
  // sum_i z_i X_i = (sum_i z_i) IC_0 + sum_j (sum_i z_i signal_ij) IC_(j+1): as many multiplications as a single proof needs.
  const weights = ic.map((_, j) =>
    equations.reduce(
      (sum, { publicSignals }, i) => (sum + coefficients[i]! * (j === 0 ? 1n : publicSignals[j - 1]!)) % FIELD_ORDER,
      0n,
    ),
  )
  return isPairingProductOne([
    ...equations.map(({ points: { a, b } }, i) => ({ g1: a.negate().multiplyUnsafe(coefficients[i]!), g2: b })),
    { g1: alpha.multiplyUnsafe(weights[0]!), g2: beta },
    { g1: G1Point.msm(ic as G1Point[], weights), g2: gamma },
    {
      g1: G1Point.msm(
        equations.map(({ points }) => points.c),
        coefficients,
      ),
      g2: delta,
    },
  ])
}
