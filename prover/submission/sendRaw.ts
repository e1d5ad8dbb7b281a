import { BaseError, type Hex, RpcRequestError } from 'viem'
import { PoaError } from '../../src/errors.ts'
import type { NodeChain } from '../indexing/connectChain.ts'

/**
 * Answers after which there is nothing to do but to watch: the node has it, has another of its nonce, the nonce is spent, or its fees do not do just now, which
 * waiting or a raise mends.
 */
const NOTHING_TO_DO =
  /already known|already imported|known transaction|already exists|nonce too low|underpriced|less than block base fee/i
const FUNDS = /insufficient funds|exceeds transaction sender account balance/i

/**
 * Sends a signed transaction, once more if need be.
 * @throws PoaError INSUFFICIENT_FUNDS, BROADCAST_REFUSED when a node answered that it does not take it; RPC failures as they are
 */
export async function sendRaw({ client }: NodeChain, raw: string): Promise<void> {
  try {
    await client.sendRawTransaction({ serializedTransaction: raw as Hex })
  } catch (error) {
    const answer = error instanceof BaseError && error.walk((inner) => inner instanceof RpcRequestError)
    if (!(answer instanceof RpcRequestError)) throw error
    if (NOTHING_TO_DO.test(answer.details)) return
    const said = answer.details.split('\n')[0]!.slice(0, 200)
    if (FUNDS.test(said)) throw insufficientFunds(said)
    throw new PoaError('BROADCAST_REFUSED', `the RPC does not take the transaction: ${said}`, { cause: error })
  }
}

export function insufficientFunds(detail: string): PoaError {
  return new PoaError('INSUFFICIENT_FUNDS', `the submitter's account cannot pay for its transactions: ${detail}`, {
    hint: 'Send OPEN to the account; what waits will go on by itself.',
  })
}
