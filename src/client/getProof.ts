import type { Hex } from 'viem'
import { proofView } from '../api/views.ts'
import type { ProvenClaim } from '../chain/settleBatch.ts'
import { PoaError } from '../errors.ts'
import { parseProof } from '../proof/verifyProof.ts'
import { computeContext, hashBatch } from '../statement/context.ts'
import { parseSettlementClaim } from '../statement/settlementClaim.ts'
import { type RequestOptions, requestNode } from './requestNode.ts'

/**
 * The proof of a batch, by the batch or by one of its traces, with the claim that it is to show. The node is not believed: `verifyProof` and
 * `verifyOnChain` say whether it does.
 * @throws NodeApiError while there is no proof; PoaError NODE_ANSWER_UNREADABLE when claim and context do not belong together; InvalidInputError
 * when the claim or the proof is malformed
 */
export async function getProof(
  nodeUrl: string,
  of: { readonly traceId: Hex } | { readonly batchId: bigint },
  options: RequestOptions = {},
): Promise<ProvenClaim & { readonly context: bigint }> {
  const path = 'traceId' in of ? `/v1/traces/${of.traceId}/proof` : `/v1/batches/${of.batchId}/proof`
  const view = await requestNode(nodeUrl, { path, answer: proofView }, options)
  const claim = parseSettlementClaim(view.claim)
  const proof = parseProof(view.proof)
  const context = computeContext(claim.context, hashBatch(claim.sealed))
  if (context.toString() !== view.context) {
    throw new PoaError('NODE_ANSWER_UNREADABLE', 'the node named another context than that of the claim')
  }
  return { context, claim, proof }
}
