import type { Hash, Hex } from 'viem'
import { inferenceEscrowAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { type ChainClient, executeContract, requireEvent } from './executeContract.ts'

/** What a payment pinned. */
export type PaidRequest = {
  readonly requestId: bigint
  readonly epochId: bigint
  /** The contributors' share of the fee. */
  readonly poolWei: bigint
  readonly transactionHash: Hash
  readonly gasUsed: bigint
}

/**
 * Pays for one inference.
 * @param feeWei in [1, 2^76)
 * @param requestHash what the payer asks for, hashed; the contract only logs it
 * @throws ContractRevertError
 */
export async function payInference(
  client: ChainClient,
  { inferenceEscrow }: Deployment,
  { modelId, requestHash, feeWei }: { modelId: bigint; requestHash: Hex; feeWei: bigint },
): Promise<PaidRequest> {
  const { events, gasUsed, hash } = await executeContract(client, {
    address: inferenceEscrow,
    abi: inferenceEscrowAbi,
    functionName: 'pay',
    args: [modelId, requestHash],
    value: feeWei,
  })
  // From the event, not from the simulation: another payment may have come between.
  const { requestId, epochId, poolWei } = requireEvent(events, 'RequestPaid').args
  return { requestId, epochId, poolWei, transactionHash: hash, gasUsed }
}
