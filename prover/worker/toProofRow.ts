import type { Insertable } from 'kysely'
import { computeContext, hashBatch } from '../../src/statement/context.ts'
import { settlementClaimToJson } from '../../src/statement/settlementClaim.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import type { ProvenBatch } from '../proving/proveBatch.ts'
import type { Tables } from '../store/tables.ts'

/** A proof as the database keeps it. */
export function toProofRow(
  { claim, proof, statement, seconds }: ProvenBatch,
  worker: string,
): Insertable<Tables['proofs']> {
  const batchHash = hashBatch(statement.sealed)
  return {
    context: computeContext(claim.context, batchHash),
    batch_hash: batchHash,
    claim: toJson(settlementClaimToJson(claim)),
    proof: toJson(proof),
    worker,
    witness_seconds: seconds.witness,
    prove_seconds: seconds.prove,
  }
}
