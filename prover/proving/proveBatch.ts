import { PoaError } from '../../src/errors.ts'
import type { Groth16Proof } from '../../src/proof/Groth16.ts'
import { requireKeyForChain } from '../../src/proof/verificationKey.ts'
import type { Statement, TraceBatch } from '../../src/statement/buildStatement.ts'
import { claimOf, type SettlementClaim } from '../../src/statement/settlementClaim.ts'
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
 * @throws InvalidInputError for a batch that cannot be proved; PoaError DEV_KEYS_ON_PUBLIC_CHAIN, BATCH_FOR_OTHER_CIRCUIT, or from the stages
 */
export async function proveBatch(
  batch: TraceBatch,
  artifacts: Artifacts,
  backend: ProvingBackend,
  onStage?: (stage: ProvingStage) => void,
  signal?: AbortSignal,
): Promise<ProvenBatch> {
  requireMatchingArtifacts(batch, artifacts)
  const { statement, input } = prepareInput(batch)
  const raw = await backend.prove(input, onStage, signal)
  verifyOwnProof(statement, raw, artifacts.verificationKey)
  return { claim: claimOf(batch.shape, batch.context, statement), proof: raw.proof, statement, seconds: raw.seconds }
}

/** A proof with other keys than those that the chain pinned at payment could never settle. */
function requireMatchingArtifacts({ shape, context }: TraceBatch, { manifest, verificationKey }: Artifacts): void {
  requireKeyForChain(verificationKey, context.chainId)
  if (shape.name !== manifest.shape) {
    throw new PoaError(
      'BATCH_FOR_OTHER_CIRCUIT',
      `the batch has the shape ${shape.name}, the keys are for ${manifest.shape}`,
    )
  }
  if (context.circuitKeyHash !== manifest.circuitKeyHash) {
    throw new PoaError(
      'BATCH_FOR_OTHER_CIRCUIT',
      `the batch is bound to the key ${context.circuitKeyHash}, the keys here hash to ${manifest.circuitKeyHash}`,
    )
  }
}
