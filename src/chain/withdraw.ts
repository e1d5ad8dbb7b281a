import type { Address } from 'viem'
import { epochLedgerAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { type ChainClient, executeContract, requireEvent } from './executeContract.ts'

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
  return { amountWei: requireEvent(events, 'Withdrawn').args.amountWei, gasUsed }
}
