import type { Kysely } from 'kysely'
import { decodeFunctionData, type Hex, isAddressEqual } from 'viem'
import { getTransaction } from 'viem/actions'
import type { ProofView } from '../../../src/api/views.ts'
import { inferenceEscrowAbi } from '../../../src/chain/abi.ts'
import { readBatchContext } from '../../../src/chain/readBatchContext.ts'
import { fromEvmProof } from '../../../src/proof/evmProof.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { EARNING_OFFSET } from '../../../src/statement/buildStatement.ts'
import { computeContext, hashBatch } from '../../../src/statement/context.ts'
import { type SettlementClaim, settlementClaimToJson } from '../../../src/statement/settlementClaim.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import { describeChainFailure } from '../../intake/describeChainFailure.ts'
import type { Tables } from '../../store/tables.ts'
import type { ApiContext } from '../ApiContext.ts'
import type { SealedBatch } from './readAttribution.ts'

/**
 * The proof by which a batch was settled, whoever made it, from the calldata of the settlement. It is not judged here: whoever asks verifies it.
 * @returns undefined for a batch that is not settled, one that another contract settled in its own call, and a circuit whose shape this node does not know
 * @throws RetryLaterError RPC_UNREACHABLE
 */
export async function readSettledProof(
  kysely: Kysely<Tables>,
  { chain, circuits }: Pick<ApiContext, 'chain' | 'circuits'>,
  { batchId: id, weightsCommitment, indexCommitment }: SealedBatch,
): Promise<ProofView | undefined> {
  const batchId = BigInt(id)
  const settlement = await kysely
    .selectFrom('settlements')
    .select('transaction_hash')
    .where('batch_id', '=', batchId)
    .executeTakeFirst()
  if (settlement === undefined) return undefined
  try {
    const { to, input } = await getTransaction(chain.client, { hash: settlement.transaction_hash as Hex })
    const call =
      to !== null && isAddressEqual(to, chain.deployment.inferenceEscrow)
        ? decodeFunctionData({ abi: inferenceEscrowAbi, data: input })
        : undefined
    if (call?.functionName !== 'settle') return undefined
    const [, prover, sealed, encodedEarnings, digest, proof] = call.args
    const context = await readBatchContext(chain.client, chain.deployment, { batchId, prover })
    const shape = circuits.get(context.circuitKeyHash)?.artifacts.manifest.shape
    if (shape === undefined) return undefined
    const earnings = encodedEarnings.map((earning) => earning - EARNING_OFFSET)
    const claim: SettlementClaim = {
      shape: shapeNamed(shape),
      context,
      sealed,
      earnings,
      digest,
      weightsCommitment,
      indexCommitment,
    }
    return {
      context: `${computeContext(context, hashBatch(sealed))}`,
      claim: JSON.parse(toJson(settlementClaimToJson(claim))),
      proof: fromEvmProof(proof),
    }
  } catch (cause) {
    throw describeChainFailure(cause) ?? cause
  }
}
