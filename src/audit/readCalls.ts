import {
  type Address,
  BaseError,
  type Client,
  decodeFunctionData,
  encodeFunctionData,
  type Hex,
  HttpRequestError,
  isAddressEqual,
  MethodNotFoundRpcError,
  MethodNotSupportedRpcError,
  TimeoutError,
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

/** How often the four bytes of a function are looked at in one input: whoever writes an input could make each look cost a decoding of all of it. */
const MOST_LOOKS = 256

/**
 * The calldata of the calls that a transaction made of one function: its own input; or what the node's trace of it shows, when a smart account or a
 * multicall made the call; or, of a node that does not trace, what lies inside the input. The trace comes first because an input shows what was
 * written, not what was called: it may hold a call that failed, or was never made. A record with a reason stands for each that could not be had.
 * @throws viem's errors when nobody answers
 */
export async function readCalls(client: Client, tracer: Tracer, wanted: WantedCalls): Promise<readonly CallRecord[]> {
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
  if (to !== null && isAddressEqual(to, contract) && input.startsWith(selector))
    return [record('transaction', withoutRest(name, input) ?? input)]
  const traced = await tracer(transaction, contract, selector)
  if (typeof traced !== 'string' && traced.length >= count)
    return traced.map((data) => record('trace', withoutRest(name, data) ?? data))
  const inside = findInside(name, selector, input)
  if (inside.length >= count) return inside.map((data) => record('input', data))
  const reason = `it is not in the transaction's input, and ${typeof traced === 'string' ? traced : 'not in its trace'}`
  const missing = Array.from({ length: count - inside.length }, () => record('input', null, reason))
  return [...inside.map((data) => record('input', data)), ...missing]
}

/** Every place in an input that reads as a call of the function, as the calldata alone. */
function findInside(name: keyof typeof FUNCTIONS, selector: Hex, input: Hex): Hex[] {
  const found: Hex[] = []
  const needle = selector.slice(2)
  let looks = 0
  for (let at = input.indexOf(needle, 2); at >= 0 && looks < MOST_LOOKS; at = input.indexOf(needle, at + 1)) {
    if (at % 2 !== 0) continue
    looks += 1
    const call = withoutRest(name, `0x${input.slice(at)}`)
    if (call !== undefined) found.push(call)
  }
  return found
}

/**
 * Calldata encoded anew: anything may follow it, in an input that has more in it, or because whoever wrote it wants lines of a bundle that nobody reads.
 * @returns undefined for what is no call of the function: four bytes that happen to be the same
 */
function withoutRest(name: keyof typeof FUNCTIONS, data: Hex): Hex | undefined {
  try {
    const abi = FUNCTIONS[name]
    const { args } = decodeFunctionData({ abi, data })
    return encodeFunctionData({ abi, args } as never)
  } catch {
    return undefined
  }
}

type Frame = {
  readonly type?: string
  readonly to?: Address
  readonly input?: Hex
  readonly error?: string
  readonly calls?: readonly Frame[]
}

/** The calls of a function that a transaction made and that did not fail, or why nothing is known of them. */
export type Tracer = (transaction: Hex, contract: Address, selector: Hex) => Promise<Hex[] | string>

const DOES_NOT_TRACE = 'the RPC does not trace transactions (debug_traceTransaction)'

/**
 * Asks a node for traces; one that does not know how is asked once.
 * @throws (the tracer) viem's errors when nobody answers: what is not known for that reason would be a gap in one report and none in the next
 */
export function openTracer(client: Client): Tracer {
  let isRefused = false
  return async (hash, contract, selector) => {
    if (isRefused) return DOES_NOT_TRACE
    try {
      const trace = client.request as (request: unknown) => Promise<unknown>
      const frame = await trace({ method: 'debug_traceTransaction', params: [hash, { tracer: 'callTracer' }] })
      return callsWithin(frame as Frame, contract, selector)
    } catch (error) {
      if (isIn(error, isSilence)) throw error
      isRefused ||= isIn(error, isUnknownMethod)
      return DOES_NOT_TRACE
    }
  }
}

const isIn = (error: unknown, isWanted: (inner: unknown) => boolean) =>
  error instanceof BaseError && error.walk(isWanted) !== null
const isSilence = (error: unknown) =>
  error instanceof TimeoutError || (error instanceof HttpRequestError && error.status === undefined)
const isUnknownMethod = (error: unknown) =>
  error instanceof MethodNotFoundRpcError || error instanceof MethodNotSupportedRpcError

/** In the order in which they were made. A call in another contract's name (DELEGATECALL) is none of this contract's. */
function callsWithin(frame: Frame, contract: Address, selector: Hex): Hex[] {
  const found: Hex[] = []
  const visit = ({ type = 'CALL', to, input, error, calls }: Frame): void => {
    if (error !== undefined) return
    if (
      type === 'CALL' &&
      to !== undefined &&
      input?.toLowerCase().startsWith(selector) &&
      isAddressEqual(to, contract)
    )
      found.push(input.toLowerCase() as Hex)
    for (const call of calls ?? []) visit(call)
  }
  visit(frame)
  return found
}
