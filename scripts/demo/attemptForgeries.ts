import { encodeFunctionData } from 'viem'
import { sendTransaction, waitForTransactionReceipt } from 'viem/actions'
import type { ProvenBatch } from '../../prover/proving/proveBatch.ts'
import { inferenceEscrowAbi } from '../../src/chain/abi.ts'
import { ContractRevertError } from '../../src/chain/executeContract.ts'
import { settleArguments, settleBatch } from '../../src/chain/settleBatch.ts'
import { connect } from './connect.ts'
import type { DemoSetting } from './DemoSetting.ts'

/** One attempt to be paid for what was not proved. */
export type Forgery = {
  readonly attempt: string
  /** The custom error with which the contract refused, with its values. */
  readonly refusal: string
  /** Refused for the expected reason, in a call and as a mined transaction. */
  readonly isRejected: boolean
}

/** More than a settlement needs, so that the transaction is mined and reverts in the contract. */
const FORGERY_GAS = 2_000_000n

/** Forgeries of a batch that is sealed and not settled: the proof is real, what is claimed with it is not. */
export async function attemptForgeries(setting: DemoSetting, honest: ProvenBatch): Promise<Forgery[]> {
  const { claim } = honest
  const greedySlot = setting.model.corpus.contributors.findIndex(({ kind }) => kind === 'mislabelled')
  // The best earner's amount and the forger's change places: every sum that the contract checks stays as it is.
  const earnings = [...claim.earnings]
  const bestSlot = earnings.reduce((best, earning, slot) => (earning > earnings[best]! ? slot : best), 0)
  ;[earnings[bestSlot], earnings[greedySlot]] = [earnings[greedySlot]!, earnings[bestSlot]!]
  return [
    await attemptSettlement(
      setting,
      'a payout moved to another contributor',
      { ...honest, claim: { ...claim, earnings } },
      'ProofRejected',
    ),
    await attemptSettlement(
      setting,
      'the proof copied, with the copier as prover',
      { ...honest, claim: { ...claim, context: { ...claim.context, prover: setting.accounts.forger.address } } },
      'ProofRejected',
    ),
  ]
}

/** The replay of a batch that has been settled. */
export function attemptReplay(setting: DemoSetting, settled: ProvenBatch): Promise<Forgery> {
  return attemptSettlement(setting, 'a settled batch settled again', settled, 'BatchAlreadySettled')
}

async function attemptSettlement(
  { chain, accounts, deployment }: DemoSetting,
  attempt: string,
  { claim, proof }: Pick<ProvenBatch, 'claim' | 'proof'>,
  expectedError: string,
): Promise<Forgery> {
  const forger = connect(chain, accounts.forger)
  const refusal = await settleBatch(forger, deployment, { claim, proof }).then(
    () => undefined,
    (error) => error,
  )
  // A careful client never sends what would revert; a forger does.
  const data = encodeFunctionData({
    abi: inferenceEscrowAbi,
    functionName: 'settle',
    args: settleArguments({ claim, proof }),
  })
  const hash = await sendTransaction(forger, {
    account: forger.account,
    chain: forger.chain,
    to: deployment.inferenceEscrow,
    data,
    gas: FORGERY_GAS,
  })
  const { status } = await waitForTransactionReceipt(forger, { hash })
  return {
    attempt,
    refusal: refusal instanceof Error ? refusal.message : 'it was accepted',
    isRejected: refusal instanceof ContractRevertError && refusal.error === expectedError && status === 'reverted',
  }
}
