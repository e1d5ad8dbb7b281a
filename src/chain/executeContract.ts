import {
  type Abi,
  type Account,
  type Address,
  BaseError,
  type Chain,
  type Client,
  ContractFunctionRevertedError,
  type Hash,
  parseEventLogs,
  type SimulateContractParameters,
  type Transport,
  type WriteContractParameters,
} from 'viem'
import { simulateContract, waitForTransactionReceipt, writeContract } from 'viem/actions'
import { describeValue, PoaError } from '../errors.ts'
import { errorAbi } from './abi.ts'

/** A viem client with an account and a chain, handed in by the caller; nothing here reads an environment. */
export type ChainClient = Client<Transport, Chain, Account>

/** A transaction that was mined and succeeded. */
export type Execution<Abis extends Abi> = {
  readonly hash: Hash
  readonly gasUsed: bigint
  /** Events of the called contract and of whichever others are in `eventAbi`. */
  readonly events: ReturnType<typeof parseEventLogs<Abis, true>>
  readonly result: unknown
}

export type ContractCall<Abis extends Abi> = {
  readonly address: Address
  readonly abi: Abis
  readonly functionName: string
  readonly args: readonly unknown[]
  readonly value?: bigint
}

/** The contract refused. `error` and `args` are the custom error as the contract raised it. */
export class ContractRevertError extends PoaError {
  readonly error: string
  readonly args: readonly unknown[]

  constructor(functionName: string, error: string, args: readonly unknown[], cause: unknown) {
    super('CONTRACT_REVERTED', `${functionName} reverted with ${error}(${args.map(describeValue).join(', ')})`, {
      cause,
    })
    this.error = error
    this.args = args
  }
}

/**
 * Simulates, sends and waits for one receipt. A call that would revert is never sent.
 * @throws ContractRevertError with the decoded custom error; PoaError TRANSACTION_FAILED for what reverts all the same, or never gets mined
 */
export async function executeContract<const Abis extends Abi>(
  client: ChainClient,
  call: ContractCall<Abis>,
): Promise<Execution<Abis>> {
  // viem infers arguments from literal ABIs; here they come from the typed actions beside this file, so the general types do.
  const abi: Abi = [...call.abi, ...errorAbi]
  const { address, functionName, args, value = 0n } = call
  try {
    const { account, chain } = client
    const { request, result } = await simulateContract(client, {
      address,
      abi,
      functionName,
      args,
      value,
      account,
      chain,
    } as unknown as SimulateContractParameters)
    const hash = await writeContract(client, request as WriteContractParameters)
    // viem looks for a replacement between two blocks, is deaf to new ones meanwhile, and waits for another: a chain that mines nothing unasked has none.
    const receipt = await waitForTransactionReceipt(client, { hash, checkReplacement: false })
    if (receipt.status !== 'success')
      throw new PoaError('TRANSACTION_FAILED', `${call.functionName} reverted in ${hash}`)
    return {
      hash,
      gasUsed: receipt.gasUsed,
      events: parseEventLogs<Abis, true>({ abi: call.abi, logs: receipt.logs }),
      result,
    }
  } catch (cause) {
    throw describeFailure(call.functionName, cause)
  }
}

/** Turns what viem throws into our errors; passes ours on. */
export function describeFailure(functionName: string, cause: unknown): Error {
  if (cause instanceof PoaError) return cause
  if (cause instanceof BaseError) {
    const revert = cause.walk((inner) => inner instanceof ContractFunctionRevertedError)
    if (revert instanceof ContractFunctionRevertedError) {
      const error = revert.data?.errorName ?? revert.signature ?? revert.reason ?? 'an unknown error'
      return new ContractRevertError(functionName, error, revert.data?.args ?? [], cause)
    }
    return new PoaError('TRANSACTION_FAILED', `${functionName}: ${cause.shortMessage}`, { cause })
  }
  return cause as Error
}

/**
 * The first event of a name. A call to an address without code succeeds and does nothing: its missing event tells.
 * @throws PoaError EVENT_MISSING
 */
export function requireEvent<Event extends { readonly eventName: string }, Name extends Event['eventName']>(
  events: readonly Event[],
  name: Name,
): Extract<Event, { readonly eventName: Name }> {
  const event = events.find(({ eventName }) => eventName === name)
  if (event === undefined)
    throw new PoaError('EVENT_MISSING', `the transaction emitted no ${name}: is this the right address?`)
  return event as Extract<Event, { readonly eventName: Name }>
}
