import type { SealedTraces } from '../statement/context.ts'
import { inferenceEscrowAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { type ChainClient, executeContract, requireEvent } from './executeContract.ts'

/**
 * Seals paid requests into a batch and commits to their answers. The model's operator, or a sealer that it approved.
 * @param sealed requests in the order in which they will be proved, with both commitments; the contract takes the pools from its own books
 * @throws ContractRevertError
 */
export async function sealBatch(
  client: ChainClient,
  { inferenceEscrow }: Deployment,
  { modelId, sealed }: { modelId: bigint; sealed: Omit<SealedTraces, 'pools'> },
): Promise<{ batchId: bigint; gasUsed: bigint }> {
  const { events, gasUsed } = await executeContract(client, {
    address: inferenceEscrow,
    abi: inferenceEscrowAbi,
    functionName: 'seal',
    args: [modelId, sealed.requestIds, sealed.inputCommitments, sealed.outputCommitments],
  })
  return { batchId: requireEvent(events, 'BatchSealed').args.batchId, gasUsed }
}
