import { inferenceEscrowAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { type ChainClient, executeContract, requireEvent } from './executeContract.ts'

/**
 * Credits a payer with the fee of a request whose deadline has passed. By anyone.
 * @throws ContractRevertError, `DeadlineNotPassed` while it can still be sealed or settled
 */
export async function refundRequest(
  client: ChainClient,
  { inferenceEscrow }: Deployment,
  { requestId }: { requestId: bigint },
): Promise<{ gasUsed: bigint }> {
  const { events, gasUsed } = await executeContract(client, {
    address: inferenceEscrow,
    abi: inferenceEscrowAbi,
    functionName: 'refund',
    args: [requestId],
  })
  requireEvent(events, 'RequestRefunded')
  return { gasUsed }
}
