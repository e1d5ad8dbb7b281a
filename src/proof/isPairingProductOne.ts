import { bn254 } from '@noble/curves/bn254'
import { G1Point as G1, type G1Point, type G2Point, isInfinity } from './curvePoints.ts'

/** One factor e(g1, g2). */
export type Pairing = { readonly g1: G1Point; readonly g2: G2Point }

/**
 * Whether a product of pairings is one: one Miller loop for all, then one final exponentiation. A factor whose `g1` is infinity is one.
 *
 * Checks no point: each g1 must be on the curve, each g2 in G2 and not infinity. The lines of a g2 are computed once for each point object (about
 * 30 KB, freed with it), so points that are used again, such as those of a key, cost less the second time.
 */
export function isPairingProductOne(pairings: readonly Pairing[]): boolean {
  const { Fp12 } = bn254.fields
  const finite = pairings.filter(({ g1 }) => !isInfinity(g1))
  // One inversion for all of them.
  const affine = G1.normalizeZ(finite.map(({ g1 }) => g1))
  const factors = finite.map(
    ({ g2 }, i) => [bn254.utils.calcPairingPrecomputes(g2), affine[i]!.px, affine[i]!.py] as Factor,
  )
  return Fp12.eql(Fp12.finalExponentiate(bn254.millerLoopBatch(factors)), Fp12.ONE)
}

type Factor = Parameters<typeof bn254.millerLoopBatch>[0][number]
