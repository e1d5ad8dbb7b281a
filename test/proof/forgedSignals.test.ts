/** A real proof of the shape `tiny`, shown for other public signals than its own: what the registry refuses in Solidity, off chain. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { terminate, verify } from '../../prover/proving/snarkjs.ts'
import { REPOSITORY_ROOT } from '../../scripts/circuits/compileCircuit.ts'
import { fixturePath } from '../../scripts/generate/generateFixture.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import { parseVerificationKey } from '../../src/proof/verificationKey.ts'
import {
  type ProofClaim,
  parseProof,
  parsePublicSignals,
  requireValidProof,
  verifyProof,
} from '../../src/proof/verifyProof.ts'

let proven: ProofClaim
beforeAll(async () => {
  const fixture = JSON.parse(await readFile(join(REPOSITORY_ROOT, fixturePath('tiny')), 'utf8'))
  proven = {
    verificationKey: parseVerificationKey(fixture.verificationKey),
    publicSignals: parsePublicSignals(fixture.publicSignals),
    proof: parseProof(fixture.proof),
  }
})
afterAll(terminate)

type Forgery = readonly [name: string, change: (signals: readonly bigint[]) => readonly bigint[], code: string]
const SIGNALS = ['digest', 'evaluation', 'weightsCommitment', 'indexCommitment', 'challenge', 'context'] as const

const forgeries: readonly Forgery[] = [
  ...SIGNALS.flatMap((name, i): Forgery[] => [
    [`${name} plus one`, (signals) => signals.with(i, signals[i]! + 1n), 'PROOF_INVALID'],
    [`${name} plus r`, (signals) => signals.with(i, signals[i]! + FIELD_ORDER), 'INVALID_INPUT'],
    [`${name} is 2^256 - 1`, (signals) => signals.with(i, 2n ** 256n - 1n), 'INVALID_INPUT'],
  ]),
  ['first and last swapped', ([first, ...rest]) => [rest[4]!, ...rest.slice(0, 4), first!], 'PROOF_INVALID'],
  ['reversed', (signals) => signals.toReversed(), 'PROOF_INVALID'],
  ['one missing', (signals) => signals.slice(0, 5), 'INVALID_INPUT'],
  ['one extra', (signals) => [...signals, 0n], 'INVALID_INPUT'],
]

test('default: the proof shows its own signals', async () => {
  expect(verifyProof(proven)).toBe(true)
  expect(await verify(proven.verificationKey, proven.publicSignals, proven.proof)).toBe(true)
})

test.each(forgeries)('error: %s', async (_name, change, code) => {
  const claim = { ...proven, publicSignals: change(proven.publicSignals) }
  expect(verifyProof(claim)).toBe(false)
  expect(() => requireValidProof(claim)).toThrow(expect.objectContaining({ code }))
  expect(await verify(claim.verificationKey, claim.publicSignals, claim.proof)).toBe(false)
})
