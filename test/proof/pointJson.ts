import { bn254 } from '@noble/curves/bn254'
import { invert } from '../../scripts/keys/evaluateQap.ts'
import { toField } from '../../src/field.ts'
import { type G1Json, G1Point, type G2Json, G2Point, parseG1, parseG2 } from '../../src/proof/curvePoints.ts'
import type { Groth16Proof, VerificationKey } from '../../src/proof/Groth16.ts'

/** Points as JSON, to build keys and proofs that no honest party would. */
export const g1Json = (point: G1Point): G1Json => {
  const { x, y } = point.toAffine()
  return [String(x), String(y), '1']
}

export const g2Json = (point: G2Point): G2Json => {
  const { x, y } = point.toAffine()
  return [
    [String(x.c0), String(x.c1)],
    [String(y.c0), String(y.c1)],
    ['1', '0'],
  ]
}

export const negateG1 = (json: G1Json): G1Json => g1Json(parseG1('point', json).negate())
export const negateG2 = (json: G2Json): G2Json => g2Json(parseG2('point', json).negate())
export const scaleG1 = (json: G1Json, factor: bigint): G1Json => g1Json(parseG1('point', json).multiply(factor))
export const scaleG2 = (json: G2Json, factor: bigint): G2Json => g2Json(parseG2('point', json).multiply(factor))

/**
 * Another valid proof of the same statement, from public values alone: (A / u, u B + u v delta, C + v A). It cannot be told from a fresh proof.
 * J. Groth, M. Maller, eprint 2017/540.
 */
export function rerandomise(proof: Groth16Proof, key: VerificationKey, u: bigint, v: bigint): Groth16Proof {
  const [a, c] = [parseG1('A', proof.pi_a), parseG1('C', proof.pi_c)]
  const [b, delta] = [parseG2('B', proof.pi_b), parseG2('delta', key.vk_delta_2)]
  return {
    ...proof,
    pi_a: g1Json(a.multiply(invert(u))),
    pi_b: g2Json(b.multiply(u).add(delta.multiply(toField(u * v)))),
    pi_c: g1Json(c.add(a.multiply(v))),
  }
}

export const G1_GENERATOR = g1Json(G1Point.BASE)
export const G2_GENERATOR = g2Json(G2Point.BASE)
export const G1_INFINITY: G1Json = ['0', '1', '0']
export const G2_INFINITY: G2Json = [
  ['0', '0'],
  ['1', '0'],
  ['0', '0'],
]

/** A point of the twist that is not in G2: the first x = 1, 2, ... that has a y. The twist's cofactor has 254 bits. */
export function pointOutsideG2(): G2Json {
  const { Fp2 } = bn254.fields
  const b = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]))
  for (let i = 1n; ; i++) {
    const x = Fp2.fromBigTuple([i, 0n])
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)
    try {
      const y = Fp2.sqrt(square)
      if (Fp2.eql(Fp2.sqr(y), square)) return g2Json(new G2Point(x, y, Fp2.ONE))
    } catch {
      // No square root: try the next x.
    }
  }
}
