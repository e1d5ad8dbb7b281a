import { type Kysely, sql } from 'kysely'
import type { ProofView } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'
import type { ApiContext } from '../ApiContext.ts'
import { readSettledProof } from './readSettledProof.ts'

/**
 * The proof of a batch: of a settled one the proof that settled it, whoever made it, otherwise this node's newest.
 * @returns undefined when this node has none, and can read none from the chain
 * @throws as readSettledProof
 */
export async function readProof(
  { db: { kysely }, ...context }: Pick<ApiContext, 'db' | 'chain' | 'circuits'>,
  batchId: bigint,
): Promise<ProofView | undefined> {
  return (await readOwnProof(kysely, batchId)) ?? (await readSettledProof(kysely, context, batchId))
}

async function readOwnProof(kysely: Kysely<Tables>, batchId: bigint): Promise<ProofView | undefined> {
  const row = await kysely
    .selectFrom('proofs as p')
    .innerJoin('batches as b', 'b.batch_hash', 'p.batch_hash')
    .leftJoin('settlements as s', 's.batch_id', 'b.batch_id')
    .select(['p.context', 'p.claim', 'p.proof'])
    .where('b.batch_id', '=', batchId)
    // Its digest tells a proof from every other one: it is salted.
    .where(
      sql<boolean>`(s.batch_id is null or p.claim ->> 'digest' = s.digest::text
        and lower(p.claim -> 'context' ->> 'prover') = lower(s.prover))`,
    )
    .orderBy('p.proved_at', 'desc')
    .executeTakeFirst()
  return row && { context: `${row.context}`, claim: row.claim, proof: row.proof }
}
