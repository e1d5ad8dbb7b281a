import { type Address, BaseError, ContractFunctionRevertedError, decodeFunctionData, type Hex } from 'viem'
import { errorAbi, inferenceEscrowAbi } from '../../src/chain/abi.ts'
import { ContractRevertError } from '../../src/chain/executeContract.ts'
import type { NodeChain } from '../indexing/connectChain.ts'

/** Why a contract refuses: its error's name, and the same with its values. */
export type Refusal = { readonly code: string; readonly reason: string }

/**
 * Calls the contract without sending anything. The mirror may lag; this asks the chain itself.
 * @param blockNumber after which block; the newest when left out
 * @returns undefined when the call would succeed
 * @throws what viem throws when no contract answered: that an RPC is out of order says nothing about the transaction
 */
export async function simulateTransaction(
  { client }: NodeChain,
  { sender, recipient, data }: { readonly sender: string; readonly recipient: string; readonly data: string },
  blockNumber?: bigint,
): Promise<Refusal | undefined> {
  const { functionName, args } = decodeFunctionData({ abi: inferenceEscrowAbi, data: data as Hex })
  try {
    await client.simulateContract({
      address: recipient as Address,
      abi: [...inferenceEscrowAbi, ...errorAbi],
      functionName,
      args,
      account: sender as Address,
      ...(blockNumber === undefined ? {} : { blockNumber }),
    } as Parameters<typeof client.simulateContract>[0])
    return undefined
  } catch (error) {
    const revert = error instanceof BaseError && error.walk((inner) => inner instanceof ContractFunctionRevertedError)
    // Every revert of our contracts carries data; what carries none may be an RPC's own trouble, which viem takes for a revert.
    if (!(revert instanceof ContractFunctionRevertedError)) throw error
    const code = revert.data?.errorName ?? revert.signature
    if (code === undefined) throw error
    return { code, reason: new ContractRevertError(functionName, code, revert.data?.args ?? [], undefined).message }
  }
}
