import type { Kysely } from 'kysely'
import type { Hex } from 'viem'
import type { ProofView } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'

/** The newest proof of a batch. */
export async function readProof(
  kysely: Kysely<Tables>,
  of: { readonly batchId: bigint } | { readonly traceId: Hex },
): Promise<ProofView | undefined> {
  const proofs = kysely
    .selectFrom('proofs as p')
    .select(['p.context', 'p.claim', 'p.proof'])
    .orderBy('p.proved_at', 'desc')
  const row =
    'batchId' in of
      ? await proofs
          .innerJoin('batches as b', 'b.batch_hash', 'p.batch_hash')
          .where('b.batch_id', '=', of.batchId)
          .executeTakeFirst()
      : await proofs
          .innerJoin('trace_statuses as s', 's.batch_hash', 'p.batch_hash')
          .where('s.trace_id', '=', of.traceId)
          .executeTakeFirst()
  return row && { context: `${row.context}`, claim: row.claim, proof: row.proof }
}
