import type { Client } from 'viem'
import { readContract } from 'viem/actions'
import { epochLedgerAbi, inferenceEscrowAbi, modelRegistryAbi, verifierRegistryAbi } from '../../src/chain/abi.ts'
import type { Deployment } from '../../src/chain/Deployment.ts'
import { ContractRevertError, describeFailure } from '../../src/chain/executeContract.ts'
import { describeChainFailure } from './describeChainFailure.ts'
import { RetryLaterError } from './RetryLaterError.ts'
import type { MirroredRequest } from './readTraceFacts.ts'

/** IInferenceEscrow.RequestState.Paid. */
const PAID = 1
/** Seconds that the mirror may need to see what the chain has. */
const MIRROR_RETRY_SECONDS = 2

/**
 * Reads a payment from the chain itself, for one that the mirror has not seen yet: an operator may be quicker than the indexer.
 * @returns undefined when the chain does not know it either
 * @throws RetryLaterError RPC_UNREACHABLE, or MIRROR_BEHIND when the request is further on than paid
 */
export async function readRequestOnChain(
  client: Client,
  { inferenceEscrow, epochLedger, modelRegistry, verifierRegistry }: Deployment,
  requestId: bigint,
): Promise<MirroredRequest | undefined> {
  try {
    const escrow = { address: inferenceEscrow, abi: inferenceEscrowAbi } as const
    const request = await readContract(client, { ...escrow, functionName: 'requestOf', args: [requestId] })
    if (request.state !== PAID)
      throw new RetryLaterError(
        'MIRROR_BEHIND',
        `this node has yet to see how request ${requestId} went on`,
        MIRROR_RETRY_SECONDS,
      )
    const modelId = BigInt(request.modelId)
    const epochId = BigInt(request.epochId)
    const ledger = { address: epochLedger, abi: epochLedgerAbi } as const
    const { indexVersion, circuitId } = await readContract(client, {
      ...ledger,
      functionName: 'epochOf',
      args: [modelId, epochId],
    })
    const [commitments, circuit] = await Promise.all([
      readContract(client, {
        address: modelRegistry,
        abi: modelRegistryAbi,
        functionName: 'commitmentsOf',
        args: [modelId, BigInt(indexVersion)],
      }),
      readContract(client, {
        address: verifierRegistry,
        abi: verifierRegistryAbi,
        functionName: 'circuitOf',
        args: [circuitId],
      }),
    ])
    return {
      modelId,
      epochId,
      feeWei: request.feeWei,
      sealDeadline: BigInt(request.deadline),
      isRefunded: false,
      isSettled: false,
      sealed: undefined,
      versions: {
        indexVersion: BigInt(indexVersion),
        weightsCommitment: commitments[0],
        indexCommitment: commitments[1],
        isCircuitRetired: circuit.isRetired,
      },
    }
  } catch (cause) {
    const failure = describeFailure('requestOf', cause)
    if (failure instanceof ContractRevertError && failure.error === 'UnknownRequest') return undefined
    throw describeChainFailure(cause) ?? failure
  }
}
