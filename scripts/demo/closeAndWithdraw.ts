import type { Address } from 'viem'
import { getBalance, readContract } from 'viem/actions'
import { epochLedgerAbi } from '../../src/chain/abi.ts'
import { type ClosedEpoch, closeEpoch } from '../../src/chain/closeEpoch.ts'
import type { Deployment } from '../../src/chain/Deployment.ts'
import { withdraw } from '../../src/chain/withdraw.ts'
import type { LocalChain } from '../startLocalChain.ts'
import { connect, passTime } from './connect.ts'
import { EPOCH_SECONDS } from './deployDemo.ts'
import type { DemoAccounts } from './demoAccounts.ts'
import type { GasLedger } from './GasLedger.ts'

/** Where every wei of the fees went, from balances and events of the chain. */
export type Payout = {
  readonly epoch: ClosedEpoch
  /** Withdrawn by each contributor, by slot. */
  readonly contributorsWei: readonly bigint[]
  /** Fixed shares of the fees. The treasury's is what it withdrew less what the epoch left over. */
  readonly sharesWei: { readonly modelOwner: bigint; readonly stakers: bigint; readonly prover: bigint; readonly treasury: bigint }
  /** What the contracts still hold; 0 when every fee has found its way. */
  readonly leftInContractsWei: bigint
}

/** Lets the epoch end, closes it and has everybody who is owed something withdraw it. */
export async function closeAndWithdraw(
  chain: LocalChain,
  accounts: DemoAccounts,
  deployment: Deployment,
  { modelId, epochId }: { modelId: bigint; epochId: bigint },
  gas: GasLedger,
): Promise<Payout> {
  const sender = connect(chain, accounts.governance)
  await passTime(sender, EPOCH_SECONDS)
  const epoch = gas.note('closeEpoch', await closeEpoch(sender, deployment, { modelId, epochId }))

  const withdrawAll = async (account: Address): Promise<bigint> => {
    const claimableWei = await readContract(sender, {
      address: deployment.epochLedger,
      abi: epochLedgerAbi,
      functionName: 'claimableOf',
      args: [account],
    })
    if (claimableWei === 0n) return 0n
    // Sent by somebody else on purpose: a contributor without gas can still be paid.
    return gas.note('withdraw', await withdraw(sender, deployment, { account })).amountWei
  }
  const contributorsWei: bigint[] = []
  for (const { account } of epoch.contributors) contributorsWei.push(await withdrawAll(account))
  const modelOwner = await withdrawAll(accounts.modelOwner.address)
  const stakers = await withdrawAll(accounts.stakers.address)
  const prover = await withdrawAll(accounts.prover.address)
  const treasury = (await withdrawAll(accounts.treasury.address)) - epoch.treasuryWei
  const held = await Promise.all(
    [deployment.inferenceEscrow, deployment.epochLedger].map((address) => getBalance(sender, { address })),
  )
  return {
    epoch,
    contributorsWei,
    sharesWei: { modelOwner, stakers, prover, treasury },
    leftInContractsWei: held.reduce((sum, wei) => sum + wei, 0n),
  }
}
