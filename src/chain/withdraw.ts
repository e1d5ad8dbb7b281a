import type { Address } from 'viem'
import { PoaError } from '../errors.ts'
import { epochLedgerAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { type ChainClient, executeContract } from './executeContract.ts'

/**
 * Sends an account all that it has been credited. By anyone: the money goes to the account itself.
 * @throws ContractRevertError, `NothingToWithdraw` when it has nothing
 */
export async function withdraw(
  client: ChainClient,
  { epochLedger }: Deployment,
  { account }: { account: Address },
): Promise<{ amountWei: bigint; gasUsed: bigint }> {
  const { events, gasUsed } = await executeContract(client, {
    address: epochLedger,
    abi: epochLedgerAbi,
    functionName: 'withdraw',
    args: [account],
  })
  for (const event of events) {
    if (event.eventName === 'Withdrawn') return { amountWei: event.args.amountWei, gasUsed }
  }
  throw new PoaError('EVENT_MISSING', 'withdraw emitted no Withdrawn')
}
