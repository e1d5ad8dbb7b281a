import type { Address } from 'viem'
import { inferenceEscrowAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { type ChainClient, executeContract, requireEvent } from './executeContract.ts'

/**
 * Lets another account seal in the sender's place, for every model that the sender operates, or no longer. So a prover node can hold a key that
 * only seals, and the operator's own key stays elsewhere. What it seals counts as the operator's answer.
 * @throws ContractRevertError, `SealerIsZero` for the zero address
 */
export async function approveSealer(
  client: ChainClient,
  { inferenceEscrow }: Deployment,
  { sealer, isApproved }: { sealer: Address; isApproved: boolean },
): Promise<{ gasUsed: bigint }> {
  const { events, gasUsed } = await executeContract(client, {
    address: inferenceEscrow,
    abi: inferenceEscrowAbi,
    functionName: 'approveSealer',
    args: [sealer, isApproved],
  })
  requireEvent(events, 'SealerApproved')
  return { gasUsed }
}
