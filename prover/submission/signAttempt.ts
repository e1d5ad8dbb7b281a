import { type Address, type Hex, keccak256 } from 'viem'
import { requireSubmitter } from './acquireSubmitter.ts'
import type { Fees } from './chooseFees.ts'
import type { TransactionRound } from './TransactionRound.ts'

/** Signs a call without value. Nothing is sent, so that it can be stored first. @throws PoaError SUBMITTER_LOST */
export async function signAttempt(
  round: Pick<TransactionRound, 'chain' | 'wallet' | 'submitter'>,
  call: { readonly to: string; readonly data: string; readonly gasLimit: bigint; readonly nonce: bigint },
  { maxFeePerGas, maxPriorityFeePerGas }: Fees,
): Promise<{ hash: Hex; raw: Hex; max_fee_per_gas: bigint; max_priority_fee_per_gas: bigint }> {
  requireSubmitter(round.submitter, round.wallet.address)
  const raw = await round.wallet.signTransaction({
    type: 'eip1559',
    chainId: round.chain.chainId,
    nonce: Number(call.nonce),
    to: call.to as Address,
    data: call.data as Hex,
    gas: call.gasLimit,
    maxFeePerGas,
    maxPriorityFeePerGas,
  })
  return {
    hash: keccak256(raw),
    raw,
    max_fee_per_gas: maxFeePerGas,
    max_priority_fee_per_gas: maxPriorityFeePerGas,
  }
}
