import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PoaError } from '../../../src/errors.ts'
import { parseVerificationKey } from '../../../src/proof/verificationKey.ts'
import { parseProof, parsePublicSignals, verifyProof } from '../../../src/proof/verifyProof.ts'
import { verifyProofs } from '../../../src/proof/verifyProofs.ts'
import { REPOSITORY_ROOT } from '../../circuits/compileCircuit.ts'
import { fixturePath } from '../../generate/generateFixture.ts'

const TOGETHER = 128
const ALONE = 16

/** Milliseconds of processor time a proof. */
export type VerificationFigures = { readonly aloneMs: number; readonly together: number; readonly togetherMs: number }

/** What verifying one proof costs, alone and among others: the committed settlement of `tiny`, again and again, since no point is remembered. */
export async function measureVerification(): Promise<VerificationFigures> {
  const fixture = JSON.parse(await readFile(join(REPOSITORY_ROOT, fixturePath('tiny')), 'utf8'))
  const verificationKey = parseVerificationKey(fixture.verificationKey)
  const item = { publicSignals: parsePublicSignals(fixture.publicSignals), proof: parseProof(fixture.proof) }
  const alone = () => Array.from({ length: ALONE }, () => verifyProof({ verificationKey, ...item }))
  const together = () => verifyProofs(verificationKey, Array(TOGETHER).fill(item))
  alone() // warms up
  return { aloneMs: measure(alone), together: TOGETHER, togetherMs: measure(together) }
}

function measure(verify: () => readonly boolean[]): number {
  const before = process.cpuUsage()
  const verdicts = verify()
  if (verdicts.includes(false)) throw new PoaError('PROOF_INVALID', 'the committed proof does not verify')
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / verdicts.length
}
