import type { Kysely } from 'kysely'
import { decodeFunctionData, getAddress, type Hex, isAddressEqual, TransactionNotFoundError } from 'viem'
import { getTransaction } from 'viem/actions'
import type { ProofView } from '../../../src/api/views.ts'
import { inferenceEscrowAbi } from '../../../src/chain/abi.ts'
import { fromEvmProof } from '../../../src/proof/evmProof.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { EARNING_OFFSET } from '../../../src/statement/buildStatement.ts'
import { computeContext, hashBatch } from '../../../src/statement/context.ts'
import { type SettlementClaim, settlementClaimToJson } from '../../../src/statement/settlementClaim.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import { describeChainFailure } from '../../intake/describeChainFailure.ts'
import type { Tables } from '../../store/tables.ts'
import { contextOfBatch, selectSealedBatches } from '../../submission/openBatches.ts'
import type { ApiContext } from '../ApiContext.ts'
import { readSealedBatch } from './readAttribution.ts'

/**
 * The proof by which a batch was settled, whoever made it, from the calldata of the settlement. It is not judged here: whoever asks verifies it.
 * @returns undefined for a batch that is not settled, one that another contract settled in its own call, a settlement that the RPC does not have, and a
 * circuit whose shape this node does not know
 * @throws RetryLaterError RPC_UNREACHABLE
 */
export async function readSettledProof(
  kysely: Kysely<Tables>,
  { chain, circuits }: Pick<ApiContext, 'chain' | 'circuits'>,
  batchId: bigint,
): Promise<ProofView | undefined> {
  const batch = await selectSealedBatches(kysely)
    .innerJoin('settlements as s', 's.batch_id', 'b.batch_id')
    .select(['s.prover', 's.transaction_hash'])
    .where('b.batch_id', '=', batchId)
    .executeTakeFirst()
  const pinned = await readSealedBatch(kysely, batchId)
  const shape = batch && circuits.get(batch.key_hash as Hex)?.artifacts.manifest.shape
  if (batch === undefined || pinned === undefined || shape === undefined) return undefined
  const call = await readCall(chain, batch.transaction_hash as Hex)
  if (call?.functionName !== 'settle') return undefined
  const [, , sealed, encodedEarnings, digest, proof] = call.args
  const { weightsCommitment, indexCommitment } = pinned
  const context = contextOfBatch(batch, chain, getAddress(batch.prover))
  const claim: SettlementClaim = {
    shape: shapeNamed(shape),
    context,
    sealed,
    earnings: encodedEarnings.map((earning) => earning - EARNING_OFFSET),
    digest,
    weightsCommitment,
    indexCommitment,
  }
  return {
    context: `${computeContext(context, hashBatch(sealed))}`,
    claim: JSON.parse(toJson(settlementClaimToJson(claim))),
    proof: fromEvmProof(proof),
  }
}

/** What a transaction asked of the escrow; undefined for one that the RPC does not have, and one that asked another contract. */
async function readCall({ client, deployment }: ApiContext['chain'], hash: Hex) {
  const transaction = await getTransaction(client, { hash }).catch((cause) => {
    if (cause instanceof TransactionNotFoundError) return undefined
    throw describeChainFailure(cause) ?? cause
  })
  if (!transaction?.to || !isAddressEqual(transaction.to, deployment.inferenceEscrow)) return undefined
  try {
    return decodeFunctionData({ abi: inferenceEscrowAbi, data: transaction.input })
  } catch {
    return undefined
  }
}
