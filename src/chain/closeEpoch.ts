import type { Address } from 'viem'
import { epochLedgerAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { type ChainClient, executeContract, requireEvent } from './executeContract.ts'

/** How one epoch was netted, in wei. */
export type ClosedEpoch = {
  readonly poolsWei: bigint
  readonly paidWei: bigint
  /** What the pools held beyond the payments. */
  readonly treasuryWei: bigint
  /** One a slot: paid - carried = opening + booked. */
  readonly contributors: readonly {
    readonly account: Address
    readonly openingWei: bigint
    readonly bookedWei: bigint
    readonly paidWei: bigint
    readonly carriedWei: bigint
  }[]
  readonly gasUsed: bigint
}

/**
 * Closes an epoch: nets every contributor's earnings and credits what is positive. By anyone, once it is over and nothing in it is open.
 * @throws ContractRevertError
 */
export async function closeEpoch(
  client: ChainClient,
  { epochLedger }: Deployment,
  { modelId, epochId }: { modelId: bigint; epochId: bigint },
): Promise<ClosedEpoch> {
  const { events, gasUsed } = await executeContract(client, {
    address: epochLedger,
    abi: epochLedgerAbi,
    functionName: 'closeEpoch',
    args: [modelId, epochId],
  })
  const contributors: ClosedEpoch['contributors'][number][] = []
  for (const event of events) {
    if (event.eventName === 'ContributorNetted') {
      const { contributor, slot, openingWei, bookedWei, paidWei, carriedWei } = event.args
      contributors[Number(slot)] = { account: contributor, openingWei, bookedWei, paidWei, carriedWei }
    }
  }
  const { poolsWei, paidWei, treasuryWei } = requireEvent(events, 'EpochClosed').args
  return { poolsWei, paidWei, treasuryWei, contributors, gasUsed }
}
