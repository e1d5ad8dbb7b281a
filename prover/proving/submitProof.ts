import { getChainId } from 'viem/actions'
import type { Deployment } from '../../src/chain/Deployment.ts'
import type { ChainClient } from '../../src/chain/executeContract.ts'
import { type ProvenClaim, settleBatch } from '../../src/chain/settleBatch.ts'
import { PoaError } from '../../src/errors.ts'

/**
 * Last stage: settles the batch on chain.
 * @throws PoaError PROOF_FOR_OTHER_CHAIN or PROOF_FOR_OTHER_CONTRACT when the proof is bound to another place; ContractRevertError when the
 * contract refuses, which costs no gas: the call is simulated first
 */
export async function submitProof(
  client: ChainClient,
  deployment: Deployment,
  proven: ProvenClaim,
): Promise<{ gasUsed: bigint }> {
  const { chainId, settlement } = proven.claim.context
  const connected = await getChainId(client)
  if (chainId !== BigInt(connected)) {
    throw new PoaError(
      'PROOF_FOR_OTHER_CHAIN',
      `the proof is for chain ${chainId}, the client is connected to ${connected}`,
    )
  }
  if (settlement.toLowerCase() !== deployment.inferenceEscrow.toLowerCase()) {
    throw new PoaError(
      'PROOF_FOR_OTHER_CONTRACT',
      `the proof is for ${settlement}, the escrow is ${deployment.inferenceEscrow}`,
    )
  }
  return settleBatch(client, deployment, proven)
}
