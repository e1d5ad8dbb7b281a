import { afterAll, beforeAll, expect, test } from 'vitest'
import { terminate, verify } from '../../prover/proving/snarkjs.ts'
import { invert } from '../../scripts/keys/evaluateQap.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import { COORDINATE_FIELD_ORDER, parseG1 } from '../../src/proof/curvePoints.ts'
import type { Groth16Proof } from '../../src/proof/Groth16.ts'
import { parseProof, parsePublicSignals, requireValidProof, verifyProof } from '../../src/proof/verifyProof.ts'
import {
  G1_GENERATOR,
  G1_INFINITY,
  G2_GENERATOR,
  G2_INFINITY,
  g1Json,
  negateG1,
  negateG2,
  pointOutsideG2,
  rerandomise,
  scaleG1,
  scaleG2,
} from './pointJson.ts'
import { type ProvenCube, proveCube } from './provenCube.ts'

let proven: ProvenCube
let other: ProvenCube

beforeAll(async () => {
  proven = await proveCube('verifyProof')
  other = await proveCube('verifyProof', 'other')
})
afterAll(terminate)

test('default: agrees with snarkjs', async () => {
  const { verificationKey, publicSignals, proof } = proven
  expect(verifyProof(proven)).toBe(true)
  expect(() => requireValidProof(proven)).not.toThrow()
  expect(await verify(verificationKey, publicSignals, proof)).toBe(true)
})

test('behavior: JSON comes back as it was', () => {
  expect(parseProof(JSON.parse(JSON.stringify(proven.proof)))).toEqual(proven.proof)
  expect(parsePublicSignals(['91', '3'])).toEqual(proven.publicSignals)
})

test('behavior: a proof is malleable, so its bytes identify nothing', async () => {
  // e(-A, -B) = e(A, B). And with any u: e(A / u, u B) = e(A, B). Every point can be
  // blinded anew. Anyone can make these from a public proof. Groth16 has no
  // defence against it and needs none, as long as nothing is keyed on proof bytes.
  const { pi_a, pi_b } = proven.proof
  const twins = [
    { ...proven.proof, pi_a: negateG1(pi_a), pi_b: negateG2(pi_b) },
    { ...proven.proof, pi_a: scaleG1(pi_a, invert(3n)), pi_b: scaleG2(pi_b, 3n) },
    rerandomise(proven.proof, proven.verificationKey, 12345n, 67890n),
  ]
  for (const proof of twins) {
    expect(verifyProof({ ...proven, proof })).toBe(true)
    expect(await verify(proven.verificationKey, proven.publicSignals, proof)).toBe(true)
  }
})

type Change = (proof: Groth16Proof) => Groth16Proof
const plusOne = (text: string) => String((BigInt(text) + 1n) % COORDINATE_FIELD_ORDER)
const plusQ = (text: string) => String(BigInt(text) + COORDINATE_FIELD_ORDER)
const withG1Coordinate = (point: 'pi_a' | 'pi_c', i: 0 | 1, change: (text: string) => string): Change => {
  return (proof) => ({ ...proof, [point]: proof[point].map((text, j) => (j === i ? change(text) : text)) })
}
const withG2Coordinate = (i: 0 | 1, j: 0 | 1, change: (text: string) => string): Change => {
  return (proof) => ({
    ...proof,
    pi_b: proof.pi_b.map((pair, k) =>
      pair.map((text, l) => (k === i && l === j ? change(text) : text)),
    ) as unknown as Groth16Proof['pi_b'],
  })
}
const coordinates: [string, (change: (text: string) => string) => Change][] = [
  ['pi_a x', (change) => withG1Coordinate('pi_a', 0, change)],
  ['pi_a y', (change) => withG1Coordinate('pi_a', 1, change)],
  ['pi_b x real', (change) => withG2Coordinate(0, 0, change)],
  ['pi_b x imaginary', (change) => withG2Coordinate(0, 1, change)],
  ['pi_b y real', (change) => withG2Coordinate(1, 0, change)],
  ['pi_b y imaginary', (change) => withG2Coordinate(1, 1, change)],
  ['pi_c x', (change) => withG1Coordinate('pi_c', 0, change)],
  ['pi_c y', (change) => withG1Coordinate('pi_c', 1, change)],
]

const forgedProofs: Record<string, [Change, string]> = {
  random: [
    (proof) => ({
      ...proof,
      pi_a: scaleG1(G1_GENERATOR, 12345n),
      pi_b: scaleG2(G2_GENERATOR, 67890n),
      pi_c: scaleG1(G1_GENERATOR, 13579n),
    }),
    'PROOF_INVALID',
  ],
  'A and C swapped': [(proof) => ({ ...proof, pi_a: proof.pi_c, pi_c: proof.pi_a }), 'PROOF_INVALID'],
  'A negated': [(proof) => ({ ...proof, pi_a: negateG1(proof.pi_a) }), 'PROOF_INVALID'],
  'B negated': [(proof) => ({ ...proof, pi_b: negateG2(proof.pi_b) }), 'PROOF_INVALID'],
  'C negated': [(proof) => ({ ...proof, pi_c: negateG1(proof.pi_c) }), 'PROOF_INVALID'],
  'all negated': [
    ({ pi_a, pi_b, pi_c, ...rest }) => ({ ...rest, pi_a: negateG1(pi_a), pi_b: negateG2(pi_b), pi_c: negateG1(pi_c) }),
    'PROOF_INVALID',
  ],
  'A doubled': [(proof) => ({ ...proof, pi_a: scaleG1(proof.pi_a, 2n) }), 'PROOF_INVALID'],
  'C shifted by the generator': [
    (proof) => ({ ...proof, pi_c: g1Json(parseG1('C', proof.pi_c).add(parseG1('G', G1_GENERATOR))) }),
    'PROOF_INVALID',
  ],
  'proof of another key': [() => other.proof, 'PROOF_INVALID'],
  'A at infinity': [(proof) => ({ ...proof, pi_a: G1_INFINITY }), 'PROOF_POINT_INVALID'],
  'B at infinity': [(proof) => ({ ...proof, pi_b: G2_INFINITY }), 'PROOF_POINT_INVALID'],
  'C at infinity': [(proof) => ({ ...proof, pi_c: G1_INFINITY }), 'PROOF_POINT_INVALID'],
  // The encoding of infinity on the EVM.
  'A at (0, 0)': [(proof) => ({ ...proof, pi_a: ['0', '0', '1'] }), 'INVALID_INPUT'],
  'B outside the subgroup': [(proof) => ({ ...proof, pi_b: pointOutsideG2() }), 'PROOF_POINT_INVALID'],
  'B in the order of the EVM': [
    ({ pi_b: [[a, b], [c, d], z], ...proof }) => ({ ...proof, pi_b: [[b, a], [d, c], z] }),
    'PROOF_POINT_INVALID',
  ],
  ...Object.fromEntries(coordinates.map(([name, at]) => [`${name} plus one`, [at(plusOne), 'PROOF_POINT_INVALID']])),
  ...Object.fromEntries(coordinates.map(([name, at]) => [`${name} plus q`, [at(plusQ), 'INVALID_INPUT']])),
  'A truncated': [(proof) => ({ ...proof, pi_a: proof.pi_a.slice(0, 2) as never }), 'INVALID_INPUT'],
  'A over-long': [(proof) => ({ ...proof, pi_a: [...proof.pi_a, '1'] as never }), 'INVALID_INPUT'],
  'A with another z': [(proof) => ({ ...proof, pi_a: proof.pi_a.with(2, '2') as never }), 'INVALID_INPUT'],
}

test.each(Object.entries(forgedProofs))('error: %s', (_name, [change, code]) => {
  const claim = { ...proven, proof: change(proven.proof) }
  expect(verifyProof(claim)).toBe(false)
  expect(() => requireValidProof(claim)).toThrow(expect.objectContaining({ code }))
})

const r = FIELD_ORDER
const forgedSignals: Record<string, [(signals: readonly bigint[]) => readonly bigint[], string]> = {
  'first plus one': [([a, b]) => [a! + 1n, b!], 'PROOF_INVALID'],
  'second plus one': [([a, b]) => [a!, b! + 1n], 'PROOF_INVALID'],
  swapped: [([a, b]) => [b!, a!], 'PROOF_INVALID'],
  'all zero': [() => [0n, 0n], 'PROOF_INVALID'],
  'first plus r': [([a, b]) => [a! + r, b!], 'INVALID_INPUT'],
  'second plus r': [([a, b]) => [a!, b! + r], 'INVALID_INPUT'],
  'first minus r': [([a, b]) => [a! - r, b!], 'INVALID_INPUT'],
  'all ones': [([, b]) => [2n ** 256n - 1n, b!], 'INVALID_INPUT'],
  missing: [([a]) => [a!], 'INVALID_INPUT'],
  none: [() => [], 'INVALID_INPUT'],
  extra: [(signals) => [...signals, 0n], 'INVALID_INPUT'],
}

test.each(Object.entries(forgedSignals))('error: public signals, %s', async (_name, [change, code]) => {
  const claim = { ...proven, publicSignals: change(proven.publicSignals) }
  expect(verifyProof(claim)).toBe(false)
  expect(() => requireValidProof(claim)).toThrow(expect.objectContaining({ code }))
  expect(await verify(claim.verificationKey, claim.publicSignals, claim.proof)).toBe(false)
})

test('error: the key of another set-up', () => {
  expect(verifyProof({ ...proven, verificationKey: other.verificationKey })).toBe(false)
})

test('error: an unsound key is the mistake of the caller, not a false proof', () => {
  const unsound = { ...proven.verificationKey, vk_delta_2: proven.verificationKey.vk_gamma_2 }
  expect(() => verifyProof({ ...proven, verificationKey: unsound })).toThrow('gamma equals delta')
})

test('error: malformed JSON', () => {
  expect(() => parsePublicSignals({})).toThrow('publicSignals must be a list of decimal strings, got {}')
  expect(() => parsePublicSignals(['91', 3])).toThrow(
    'publicSignals[1] must be a decimal string of an integer in 0 .. r-1, got 3',
  )
  expect(() => parsePublicSignals([`${r}`])).toThrow('publicSignals[0] must be a decimal string')
  expect(() => parseProof({ ...proven.proof, extra: 1 })).toThrow('proof must be without a field extra')
  expect(() => parseProof({ ...proven.proof, curve: 'bn254' })).toThrow('proof.curve must be "bn128", got "bn254"')
})
