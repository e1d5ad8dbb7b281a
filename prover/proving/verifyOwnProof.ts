import { PoaError } from '../../src/errors.ts'
import type { VerificationKey } from '../../src/proof/Groth16.ts'
import { verifyProof } from '../../src/proof/verifyProof.ts'
import { listPublicSignals, type Statement } from '../../src/statement/buildStatement.ts'
import type { RawProof } from './ProvingBackend.ts'

/**
 * Fourth stage: nothing is released before it says what it should and verifies, by code that shares nothing with the prover.
 * @throws PoaError PROOF_OF_OTHER_STATEMENT or OWN_PROOF_INVALID
 */
export function verifyOwnProof(
  statement: Statement,
  { proof, publicSignals }: RawProof,
  verificationKey: VerificationKey,
): void {
  const expected = listPublicSignals(statement.publicSignals)
  if (publicSignals.length !== expected.length || expected.some((signal, i) => signal !== publicSignals[i])) {
    throw new PoaError('PROOF_OF_OTHER_STATEMENT', 'the circuit computed other public signals than the reference', {
      hint: 'Circuit and TypeScript disagree: the artifacts may come from other sources. Run `npm run keys`.',
    })
  }
  if (!verifyProof({ verificationKey, publicSignals, proof })) {
    throw new PoaError('OWN_PROOF_INVALID', 'the proof that was just made does not verify')
  }
}
