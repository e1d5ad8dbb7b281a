import { type Kysely, sql } from 'kysely'
import { type Address, getAddress, type Hex } from 'viem'
import type { Deployment } from '../../src/chain/Deployment.ts'
import { type BatchContext, computeContext } from '../../src/statement/context.ts'
import type { NodeChain } from '../indexing/connectChain.ts'
import type { Tables } from '../store/tables.ts'
import { MIRRORED_TIME } from './readChainTime.ts'

/** Of the chain, what a context names. */
type ContextChain = Pick<NodeChain, 'chainId'> & { readonly deployment: Pick<Deployment, 'inferenceEscrow'> }

/** A sealed batch, with what the mirror knows of its context. */
export type OpenBatch = {
  readonly batch_id: bigint
  readonly batch_hash: string
  readonly settle_deadline: bigint
  readonly model_id: bigint
  readonly epoch_id: bigint
  readonly model_version: bigint
  readonly index_version: bigint
  readonly policy_id: bigint
  readonly key_hash: string
}

/** Sealed batches, by whomever. */
export function selectSealedBatches(kysely: Kysely<Tables>) {
  return kysely
    .selectFrom('batches as b')
    .innerJoin('epochs as e', (on) => on.onRef('e.model_id', '=', 'b.model_id').onRef('e.epoch_id', '=', 'b.epoch_id'))
    .innerJoin('circuits as c', 'c.circuit_id', 'e.circuit_id')
    .select([
      'b.batch_id',
      'b.batch_hash',
      'b.settle_deadline',
      'b.model_id',
      'b.epoch_id',
      'e.model_version',
      'e.index_version',
      'e.policy_id',
      'c.key_hash',
    ])
}

/** Sealed batches that are not settled and not past their deadline. Oldest first. */
export function selectOpenBatches(kysely: Kysely<Tables>) {
  return selectSealedBatches(kysely)
    .where('b.settle_deadline', '>=', MIRRORED_TIME)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('settlements as s').whereRef('s.batch_id', '=', 'b.batch_id'))),
    )
    .orderBy('b.batch_id')
}

/** What a proof of the batch by this prover must be bound to. */
export function contextOfBatch(batch: OpenBatch, { chainId, deployment }: ContextChain, prover: Address): BatchContext {
  return {
    chainId: BigInt(chainId),
    settlement: deployment.inferenceEscrow,
    batchId: batch.batch_id,
    circuitKeyHash: batch.key_hash as Hex,
    modelId: batch.model_id,
    modelVersion: batch.model_version,
    indexVersion: batch.index_version,
    policyId: batch.policy_id,
    epochId: batch.epoch_id,
    prover,
  }
}

/**
 * The contexts of the stored proofs that settle these batches as they stand on the chain now, by batch hash, oldest proof first. A reorganisation can give
 * the same batch another id: a proof for the former one is of no use.
 */
export async function readFittingProofs(
  kysely: Kysely<Tables>,
  chain: NodeChain,
  batches: readonly OpenBatch[],
): Promise<Map<string, bigint[]>> {
  const fitting = new Map<string, bigint[]>()
  if (batches.length === 0) return fitting
  const byHash = new Map(batches.map((batch) => [batch.batch_hash, batch]))
  const proofs = await kysely
    .selectFrom('proofs')
    .select(['context', 'batch_hash', sql<string>`claim->'context'->>'prover'`.as('prover')])
    .where('batch_hash', 'in', [...byHash.keys()])
    .orderBy('proved_at')
    .execute()
  for (const { context, batch_hash, prover } of proofs) {
    const expected = contextOfBatch(byHash.get(batch_hash)!, chain, getAddress(prover))
    if (computeContext(expected, batch_hash as Hex) !== context) continue
    fitting.set(batch_hash, [...(fitting.get(batch_hash) ?? []), context])
  }
  return fitting
}
