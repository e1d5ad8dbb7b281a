import {
  type Address,
  type Client,
  decodeFunctionData,
  encodeFunctionData,
  type Hex,
  isAddressEqual,
  toFunctionSelector,
} from 'viem'
import { getTransaction } from 'viem/actions'
import { inferenceEscrowAbi, verifierRegistryAbi } from '../chain/abi.ts'
import type { CallRecord } from './AuditRecord.ts'

const FUNCTIONS = {
  settle: inferenceEscrowAbi.filter((item) => item.type === 'function' && item.name === 'settle'),
  register: verifierRegistryAbi.filter((item) => item.type === 'function' && item.name === 'register'),
} as const

export type WantedCalls = {
  readonly function: keyof typeof FUNCTIONS
  readonly transaction: Hex
  readonly contract: Address
  /** How many of them the events of the transaction tell of. */
  readonly count: number
}

/**
 * The calldata of the calls that a transaction made of one function: its own input, or what lies inside it when a smart account or a multicall
 * made the call, or what the node's trace of it shows. A record with a reason stands for each that could not be had.
 * @throws viem's errors when nobody answers
 */
export async function readCalls(client: Client, wanted: WantedCalls): Promise<readonly CallRecord[]> {
  const { function: name, transaction, contract, count } = wanted
  const record = (from: CallRecord['from'], data: Hex | null, reason: string | null = null): CallRecord => ({
    type: 'call',
    function: name,
    transaction,
    from,
    data,
    reason,
  })
  const { to, input: raw } = await getTransaction(client, { hash: transaction })
  const input = raw.toLowerCase() as Hex
  const selector = toFunctionSelector(FUNCTIONS[name][0]!)
  if (to !== null && isAddressEqual(to, contract) && input.startsWith(selector)) return [record('transaction', input)]
  const inside = findInside(name, selector, input)
  if (inside.length >= count) return inside.map((data) => record('input', data))
  const traced = await traceCalls(client, transaction, contract, selector)
  if (typeof traced !== 'string' && traced.length >= count) return traced.map((data) => record('trace', data))
  const reason = `it is not in the transaction's input, and ${typeof traced === 'string' ? traced : 'not in its trace'}`
  const missing = Array.from({ length: count - inside.length }, () => record('input', null, reason))
  return [...inside.map((data) => record('input', data)), ...missing]
}

/** Every place in an input that reads as a call of the function, as the calldata alone. */
function findInside(name: keyof typeof FUNCTIONS, selector: Hex, input: Hex): Hex[] {
  const found: Hex[] = []
  const needle = selector.slice(2)
  for (let at = input.indexOf(needle, 2); at >= 0; at = input.indexOf(needle, at + 1)) {
    if (at % 2 !== 0) continue
    try {
      const abi = FUNCTIONS[name]
      const { args } = decodeFunctionData({ abi, data: `0x${input.slice(at)}` })
      // Anew, because other things may follow it in the input.
      found.push(encodeFunctionData({ abi, args } as never))
    } catch {
      // Four bytes that happen to be the same.
    }
  }
  return found
}

type Frame = {
  readonly to?: Address
  readonly input?: Hex
  readonly error?: string
  readonly calls?: readonly Frame[]
}

/** What a node that can trace shows, or why it shows nothing. */
async function traceCalls(client: Client, hash: Hex, contract: Address, selector: Hex): Promise<Hex[] | string> {
  let frame: Frame
  try {
    const trace = client.request as (request: unknown) => Promise<unknown>
    frame = (await trace({ method: 'debug_traceTransaction', params: [hash, { tracer: 'callTracer' }] })) as Frame
  } catch {
    return 'the RPC does not trace transactions (debug_traceTransaction)'
  }
  const found: Hex[] = []
  const visit = ({ to, input, error, calls }: Frame): void => {
    if (error !== undefined) return
    if (to !== undefined && input?.startsWith(selector) && isAddressEqual(to, contract))
      found.push(input.toLowerCase() as Hex)
    for (const call of calls ?? []) visit(call)
  }
  visit(frame)
  return found
}
