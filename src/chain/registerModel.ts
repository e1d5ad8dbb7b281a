import type { Address, Hex } from 'viem'
import type { Shape } from '../shape.ts'
import { commitIndex, commitWeights } from '../statement/commitments.ts'
import type { Head, InfluenceIndex } from '../statement/model.ts'
import { modelRegistryAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { type ChainClient, executeContract, requireEvent } from './executeContract.ts'

/**
 * Registers a model with version 1 of its head; the sender becomes its owner.
 * @throws InvalidInputError when the head does not fit the shape, ContractRevertError
 */
export async function registerModel(
  client: ChainClient,
  { modelRegistry }: Deployment,
  { head, shape, circuitId, operator }: { head: Head; shape: Shape; circuitId: Hex; operator: Address },
): Promise<{ modelId: bigint; gasUsed: bigint }> {
  const { events, gasUsed } = await executeContract(client, {
    address: modelRegistry,
    abi: modelRegistryAbi,
    functionName: 'registerModel',
    args: [commitWeights(head, shape), circuitId, operator],
  })
  // From the event, not from the simulation: somebody else's registration may have come between.
  return { modelId: requireEvent(events, 'ModelRegistered').args.modelId, gasUsed }
}

/**
 * Registers an influence index for the model's current head. Owner only. Payments get it from the model's next epoch on: a running epoch keeps what it
 * pinned.
 * @param contributors payout addresses by slot, at most K
 * @throws InvalidInputError when the index does not fit the shape, ContractRevertError
 */
export async function registerIndex(
  client: ChainClient,
  { modelRegistry }: Deployment,
  parameters: { modelId: bigint; index: InfluenceIndex; shape: Shape; contributors: readonly Address[] },
): Promise<{ indexVersion: bigint; gasUsed: bigint }> {
  const { modelId, index, shape, contributors } = parameters
  const { events, gasUsed } = await executeContract(client, {
    address: modelRegistry,
    abi: modelRegistryAbi,
    functionName: 'registerIndex',
    args: [modelId, commitIndex(index, shape), contributors],
  })
  return { indexVersion: requireEvent(events, 'IndexRegistered').args.indexVersion, gasUsed }
}
