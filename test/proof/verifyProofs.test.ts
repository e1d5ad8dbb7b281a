import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { calculateWitness, prove, terminate } from '../../prover/proving/snarkjs.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import type { G1Json } from '../../src/proof/curvePoints.ts'
import { parseG1 } from '../../src/proof/curvePoints.ts'
import { isPairingProductOne } from '../../src/proof/isPairingProductOne.ts'
import { decodeProof } from '../../src/proof/proofPoints.ts'
import { decodeVerificationKey } from '../../src/proof/verificationKey.ts'
import { type ProofClaim, verifyProof } from '../../src/proof/verifyProof.ts'
import { verifyProofs } from '../../src/proof/verifyProofs.ts'
import { G1_GENERATOR, G1_INFINITY, g1Json, negateG1, negateG2, pointOutsideG2, rerandomise } from './pointJson.ts'
import { type ProvenCube, proveCube } from './provenCube.ts'

type Claim = Omit<ProofClaim, 'verificationKey'>

let proven: ProvenCube
/** Valid proofs of statements that differ. */
let valid: Claim[]

beforeAll(async () => {
  proven = await proveCube('verifyProofs')
  valid = [{ publicSignals: proven.publicSignals, proof: proven.proof }]
  for (const input of [
    { scale: '1', x: '2', y: '3' },
    { scale: '7', x: '-4', y: '11' },
    { scale: '0', x: '2', y: '5' },
  ]) {
    valid.push(await prove(proven.zkeyPath, await calculateWitness(proven.wasmPath, input)))
  }
})
afterAll(terminate)

const verify = (claims: readonly Claim[]) => verifyProofs(proven.verificationKey, claims)
const verifyEach = (claims: readonly Claim[]) =>
  claims.map((claim) => verifyProof({ ...claim, verificationKey: proven.verificationKey }))
const shifted = (point: G1Json, by: G1Json): G1Json => g1Json(parseG1('point', point).add(parseG1('by', by)))

test('default: accepts valid proofs, one or many', () => {
  expect(verify(valid)).toEqual([true, true, true, true])
  expect(verify([valid[0]!])).toEqual([true])
  expect(verify([])).toEqual([])
})

test('behavior: accepts the same proof several times, and other proofs of the same statement', () => {
  const [first] = valid
  const twin = { ...first!, proof: rerandomise(first!.proof, proven.verificationKey, 5n, 6n) }
  expect(verify([first!, first!, twin, first!])).toEqual([true, true, true, true])
})

test('error: names the invalid ones and only them', () => {
  const [a, b, c, d] = valid
  expect(verify([a!, { ...b!, publicSignals: c!.publicSignals }, c!, d!, a!])).toEqual([true, false, true, true, true])
  expect(verify([{ ...b!, publicSignals: c!.publicSignals }])).toEqual([false])
  const allWrong = valid.map(({ proof }, i) => ({ proof, publicSignals: valid[(i + 1) % valid.length]!.publicSignals }))
  expect(verify(allWrong)).toEqual([false, false, false, false])
})

test('error: proofs or signals that were swapped between two statements', () => {
  const [a, b, c] = valid
  expect(verify([{ ...a!, proof: b!.proof }, { ...b!, proof: a!.proof }, c!])).toEqual([false, false, true])
})

test('error: two errors that cancel each other', () => {
  const [a, b, c] = valid
  const forged = [
    { ...a!, proof: { ...a!.proof, pi_c: shifted(a!.proof.pi_c, G1_GENERATOR) } },
    { ...b!, proof: { ...b!.proof, pi_c: shifted(b!.proof.pi_c, negateG1(G1_GENERATOR)) } },
  ]
  // Multiplied as they are, without coefficients, the equations of the two hold.
  expect(isPairingProductOne(forged.flatMap(equationOf))).toBe(true)
  expect(isPairingProductOne(equationOf(forged[0]!))).toBe(false)
  expect(verify([...forged, c!])).toEqual([false, false, true])
})

test('error: an error that is there twice, with opposite signs, in one statement', () => {
  const [a] = valid
  const up = { ...a!, proof: { ...a!.proof, pi_c: shifted(a!.proof.pi_c, G1_GENERATOR) } }
  const down = { ...a!, proof: { ...a!.proof, pi_c: shifted(a!.proof.pi_c, negateG1(G1_GENERATOR)) } }
  expect(verify([up, down, up, down])).toEqual([false, false, false, false])
})

test('error: signals whose errors cancel each other', () => {
  const [a, b] = valid
  const add = ({ publicSignals: [first, second], proof }: Claim, value: bigint) => ({
    proof,
    publicSignals: [(first! + value + FIELD_ORDER) % FIELD_ORDER, second!],
  })
  expect(verify([add(a!, 1n), add(b!, -1n)])).toEqual([false, false])
})

/** Ways to spoil a proof, and some that leave it valid. */
const changes: Record<string, (claim: Claim) => unknown> = {
  nothing: (claim) => claim,
  'twin by signs': ({ proof, ...rest }) => ({
    ...rest,
    proof: { ...proof, pi_a: negateG1(proof.pi_a), pi_b: negateG2(proof.pi_b) },
  }),
  'twin by blinding': ({ proof, ...rest }) => ({ ...rest, proof: rerandomise(proof, proven.verificationKey, 3n, 4n) }),
  'A negated': ({ proof, ...rest }) => ({ ...rest, proof: { ...proof, pi_a: negateG1(proof.pi_a) } }),
  'C shifted': ({ proof, ...rest }) => ({ ...rest, proof: { ...proof, pi_c: shifted(proof.pi_c, G1_GENERATOR) } }),
  'A at infinity': ({ proof, ...rest }) => ({ ...rest, proof: { ...proof, pi_a: G1_INFINITY } }),
  'A and C at infinity': ({ proof, ...rest }) => ({
    ...rest,
    proof: { ...proof, pi_a: G1_INFINITY, pi_c: G1_INFINITY },
  }),
  'A off the curve': ({ proof, ...rest }) => ({ ...rest, proof: { ...proof, pi_a: ['1', '1', '1'] } }),
  'B outside the subgroup': ({ proof, ...rest }) => ({ ...rest, proof: { ...proof, pi_b: pointOutsideG2() } }),
  'A truncated': ({ proof, ...rest }) => ({ ...rest, proof: { ...proof, pi_a: proof.pi_a.slice(0, 2) } }),
  'no proof': ({ publicSignals }) => ({ publicSignals, proof: null }),
  'signal plus one': ({ proof, publicSignals: [a, b] }) => ({ proof, publicSignals: [a! + 1n, b!] }),
  'signal plus r': ({ proof, publicSignals: [a, b] }) => ({ proof, publicSignals: [a! + FIELD_ORDER, b!] }),
  'signal missing': ({ proof, publicSignals: [a] }) => ({ proof, publicSignals: [a!] }),
  'signals swapped': ({ proof, publicSignals: [a, b] }) => ({ proof, publicSignals: [b!, a!] }),
}

test('error: each change alone, among valid proofs', () => {
  for (const [name, change] of Object.entries(changes)) {
    const changed = change(valid[1]!) as Claim
    const [verdict] = verifyEach([changed])
    expect(verdict, name).toBe(name === 'nothing' || name.startsWith('twin'))
    expect(verify([valid[0]!, changed, valid[2]!]), name).toEqual([true, verdict, true])
  }
})

test('behavior: the verdicts are those of verifyProof, whatever is mixed', () => {
  const claim = fc
    .tuple(fc.nat({ max: 3 }), fc.constantFrom(...Object.keys(changes)))
    .map(([place, name]) => changes[name]!(valid[place]!) as Claim)
  fc.assert(
    fc.property(fc.array(claim, { maxLength: 9 }), (claims) => {
      expect(verify(claims)).toEqual(verifyEach(claims))
    }),
    { numRuns: 15 },
  )
})

test('error: an unsound key is the mistake of the caller, not a false proof', () => {
  const unsound = { ...proven.verificationKey, vk_delta_2: proven.verificationKey.vk_gamma_2 }
  expect(() => verifyProofs(unsound, valid)).toThrow('gamma equals delta')
})

/** The factors whose product is one when a proof is valid. */
function equationOf({ publicSignals, proof }: Claim) {
  const { alpha, beta, gamma, delta, ic } = decodeVerificationKey(proven.verificationKey)
  const { a, b, c } = decodeProof(proof)
  const publicPoint = publicSignals.reduce((sum, signal, i) => sum.add(ic[i + 1]!.multiplyUnsafe(signal)), ic[0]!)
  return [
    { g1: a.negate(), g2: b },
    { g1: alpha, g2: beta },
    { g1: publicPoint, g2: gamma },
    { g1: c, g2: delta },
  ]
}
