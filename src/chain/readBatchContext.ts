import type { Address, Client } from 'viem'
import { getChainId, readContract } from 'viem/actions'
import type { BatchContext } from '../statement/context.ts'
import { epochLedgerAbi, inferenceEscrowAbi, verifierRegistryAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { describeFailure } from './executeContract.ts'

/**
 * Reads from the chain what a proof of a sealed batch must be bound to.
 * @param prover who is to receive the prover's share
 * @throws ContractRevertError, `UnknownBatch` when there is none
 */
export async function readBatchContext(
  client: Client,
  { inferenceEscrow, epochLedger, verifierRegistry }: Deployment,
  { batchId, prover }: { batchId: bigint; prover: Address },
): Promise<BatchContext> {
  try {
    const chainId = await getChainId(client)
    const { modelId, epochId } = await readContract(client, {
      address: inferenceEscrow,
      abi: inferenceEscrowAbi,
      functionName: 'batchOf',
      args: [batchId],
    })
    const epoch = await readContract(client, {
      address: epochLedger,
      abi: epochLedgerAbi,
      functionName: 'epochOf',
      args: [BigInt(modelId), BigInt(epochId)],
    })
    const circuit = await readContract(client, {
      address: verifierRegistry,
      abi: verifierRegistryAbi,
      functionName: 'circuitOf',
      args: [epoch.circuitId],
    })
    return {
      chainId: BigInt(chainId),
      settlement: inferenceEscrow,
      batchId,
      circuitKeyHash: circuit.keyHash,
      modelId: BigInt(modelId),
      modelVersion: BigInt(epoch.modelVersion),
      indexVersion: BigInt(epoch.indexVersion),
      policyId: BigInt(epoch.policyId),
      epochId: BigInt(epochId),
      prover,
    }
  } catch (cause) {
    throw describeFailure('readBatchContext', cause)
  }
}
