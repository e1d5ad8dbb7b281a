import type { Groth16Proof } from '../src/proof/verificationKey.ts'
import type { Statement, TraceBatch } from '../src/statement/buildStatement.ts'
import { claimOf, type SettlementClaim } from '../src/statement/settlementClaim.ts'
import type { Artifacts } from './artifacts.ts'
import type { ProvingBackend, ProvingStage } from './ProvingBackend.ts'
import { prepareInput } from './prepareInput.ts'
import { verifyOwnProof } from './verifyOwnProof.ts'

/** A batch that can be settled, and what its prover alone knows of it. */
export type ProvenBatch = {
  readonly claim: SettlementClaim
  readonly proof: Groth16Proof
  /** Private: holds scores and commitments' openings. */
  readonly statement: Statement
  readonly seconds: { readonly witness: number; readonly prove: number }
}

/**
 * The pipeline up to submission: prepare, witness, prove, verify own proof.
 * @param backend must use the same artifacts
 * @throws InvalidInputError for a batch that cannot be proved; PoaError from the stages
 */
export async function proveBatch(
  batch: TraceBatch,
  artifacts: Artifacts,
  backend: ProvingBackend,
  onStage?: (stage: ProvingStage) => void,
): Promise<ProvenBatch> {
  const { statement, input } = prepareInput(batch)
  const raw = await backend.prove(input, onStage)
  verifyOwnProof(statement, raw, artifacts.verificationKey)
  return { claim: claimOf(batch.shape, batch.context, statement), proof: raw.proof, statement, seconds: raw.seconds }
}
