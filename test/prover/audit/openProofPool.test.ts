import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { openProofPool, type ProofPool } from '../../../prover/audit/openProofPool.ts'
import { REPOSITORY_ROOT } from '../../../scripts/circuits/compileCircuit.ts'
import { fixturePath } from '../../../scripts/generate/generateFixture.ts'
import type { ProofItem } from '../../../src/audit/VerifyProofs.ts'
import type { VerificationKey } from '../../../src/proof/Groth16.ts'
import { parseVerificationKey } from '../../../src/proof/verificationKey.ts'
import { parseProof, parsePublicSignals } from '../../../src/proof/verifyProof.ts'
import { rerandomise } from '../../proof/pointJson.ts'

let verificationKey: VerificationKey
let valid: ProofItem
let invalid: ProofItem
let pool: ProofPool | undefined

beforeAll(async () => {
  const fixture = JSON.parse(await readFile(join(REPOSITORY_ROOT, fixturePath('tiny')), 'utf8'))
  verificationKey = parseVerificationKey(fixture.verificationKey)
  valid = { publicSignals: parsePublicSignals(fixture.publicSignals), proof: parseProof(fixture.proof) }
  invalid = { ...valid, publicSignals: valid.publicSignals.toReversed() }
})
afterEach(() => pool?.close())

test('default: verdicts in the order of the proofs, whichever thread gives them', async () => {
  pool = openProofPool(2)
  const items = Array.from({ length: 7 }, (_, i) => ({
    ...valid,
    proof: rerandomise(valid.proof, verificationKey, BigInt(i + 2), 9n),
  }))
  expect(await pool.verifyProofs(verificationKey, items.with(1, invalid).with(6, invalid))).toEqual([
    true,
    false,
    true,
    true,
    true,
    true,
    false,
  ])
})

test('behavior: takes several lists at a time, empty ones too', async () => {
  pool = openProofPool(1)
  const lists = [[valid], [], [invalid, valid], [invalid]]
  const verdicts = await Promise.all(lists.map((items) => pool!.verifyProofs(verificationKey, items)))
  expect(verdicts).toEqual([[true], [], [false, true], [false]])
})

test('error: an unsound key, after which the pool goes on', async () => {
  pool = openProofPool(1)
  const unsound = { ...verificationKey, vk_delta_2: verificationKey.vk_gamma_2 }
  await expect(pool.verifyProofs(unsound, [valid])).rejects.toThrow(
    expect.objectContaining({ code: 'VKEY_GAMMA_EQUALS_DELTA' }),
  )
  expect(await pool.verifyProofs(verificationKey, [valid])).toEqual([true])
})

test('error: closed while something is under way', async () => {
  pool = openProofPool(1)
  const running = pool.verifyProofs(verificationKey, [valid])
  const waiting = pool.verifyProofs(verificationKey, [valid])
  await pool.close()
  const failed = expect.objectContaining({ code: 'PROOF_POOL_FAILED' })
  await expect(running).rejects.toThrow(failed)
  await expect(waiting).rejects.toThrow(failed)
  await expect(pool.verifyProofs(verificationKey, [valid])).rejects.toThrow(failed)
})

test('error: no threads', () => {
  expect(() => openProofPool(0)).toThrow('threads must be a positive integer, got 0')
})
