import type { Address } from 'viem'
import { getBalance, getContractEvents, readContract } from 'viem/actions'
import { epochLedgerAbi, inferenceEscrowAbi } from '../../src/chain/abi.ts'
import { type ClosedEpoch, closeEpoch } from '../../src/chain/closeEpoch.ts'
import type { Deployment } from '../../src/chain/Deployment.ts'
import type { ChainClient } from '../../src/chain/executeContract.ts'
import { withdraw } from '../../src/chain/withdraw.ts'
import { connect, passTime } from './connect.ts'
import type { DemoSetting } from './DemoSetting.ts'
import { EPOCH_SECONDS } from './deployDemo.ts'

/** Where every wei of the fees went, from balances and events of the chain. */
export type Payout = {
  /** Batches that the chain says a proof has settled, and the requests in them. */
  readonly settledBatches: number
  readonly settledTraces: number
  readonly epoch: ClosedEpoch
  /** Withdrawn by each contributor, by slot. */
  readonly contributorsWei: readonly bigint[]
  /** Fixed shares of the fees. The treasury's is what it withdrew less what the epoch left over. */
  readonly sharesWei: {
    readonly modelOwner: bigint
    readonly stakers: bigint
    readonly prover: bigint
    readonly treasury: bigint
  }
  /** What the contracts still hold; 0 when every fee has found its way. */
  readonly leftInContractsWei: bigint
}

/** Lets the epoch end, closes it and has everybody who is owed something withdraw it. */
export async function closeAndWithdraw(
  { chain, accounts, deployment, modelId, gas }: DemoSetting,
  epochId: bigint,
): Promise<Payout> {
  const sender = connect(chain, accounts.governance)
  await passTime(sender, EPOCH_SECONDS)
  const epoch = gas.note('closeEpoch', await closeEpoch(sender, deployment, { modelId, epochId }))

  const { batches, traces } = await countSettled(sender, deployment)
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
    settledBatches: batches,
    settledTraces: traces,
    epoch,
    contributorsWei,
    sharesWei: { modelOwner, stakers, prover, treasury },
    leftInContractsWei: held.reduce((sum, wei) => sum + wei, 0n),
  }
}

/** Counts from the chain's own log: the escrow emits BatchSettled only after the verifier accepted a proof. */
async function countSettled(client: ChainClient, { inferenceEscrow: address }: Deployment) {
  const settled = await getContractEvents(client, {
    address,
    abi: inferenceEscrowAbi,
    eventName: 'BatchSettled',
    fromBlock: 0n,
    strict: true,
  })
  const records = await Promise.all(
    settled.map(({ args: { batchId } }) =>
      readContract(client, { address, abi: inferenceEscrowAbi, functionName: 'batchOf', args: [batchId] }),
    ),
  )
  return { batches: settled.length, traces: records.reduce((sum, { count }) => sum + count, 0) }
}
