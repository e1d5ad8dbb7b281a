import {
  type Address,
  BaseError,
  BlockNotFoundError,
  type CallParameters,
  type Client,
  ExecutionRevertedError,
  getAddress,
  type Hex,
  HttpRequestError,
  type Log,
  RawContractError,
} from 'viem'
import { call, getBalance, getBlock, getChainId, getCode } from 'viem/actions'
import type { Deployment } from '../chain/Deployment.ts'
import { type ContractEvent, decodeContractEvent } from '../chain/decodeContractEvent.ts'
import { readDeployment } from '../chain/readDeployment.ts'
import { readLogRanges } from '../chain/readLogRanges.ts'
import { PoaError } from '../errors.ts'
import {
  type AuditRecord,
  type BlockMark,
  BUNDLE_FORMAT,
  type CallRecord,
  type EventRecord,
  type ReferenceRecord,
  type StateRecord,
} from './AuditRecord.ts'
import { findEscrow } from './findEscrow.ts'
import { OpenQuestions } from './OpenQuestions.ts'
import { openTracer, readCalls, type Tracer } from './readCalls.ts'
import type { StateQuestion } from './stateQuestions.ts'

const REQUESTS_AT_ONCE = 32
/** Questions under way at a time; a client with multicall batching puts them into few requests. */
const QUESTIONS_AT_ONCE = 1024

export type ChainToAudit = {
  /** Found by its events when it is not named. */
  readonly escrow?: Address | undefined
  /** The block to judge at; the newest by default. */
  readonly block?: bigint | undefined
  /** The first block to look for events in; 0 by default. Nothing of the deployment may lie before it. */
  readonly fromBlock?: bigint | undefined
  readonly references?: readonly ReferenceRecord[]
  /** Disclosed batches by id; each is read when its settlement comes up. */
  readonly traces?: ReadonlyMap<bigint, () => Promise<unknown>>
}

/**
 * Reads the evidence of everything that happened at an escrow and its four other contracts, in the order of the chain, and what they answer at one
 * pinned block. Holds a range of blocks and what is open, nothing more.
 * @param client best with `batch.multicall` and `deployless`: there are as many questions as requests and batches
 * @throws PoaError ESCROW_NOT_FOUND, ESCROW_AMBIGUOUS, BLOCK_NOT_FOUND, CHAIN_MOVED when the chain changed while it was read (run again, or
 * pin an older block), RPC_UNUSABLE for answers that are none; otherwise viem's errors
 */
export async function* readChainRecords(
  client: Client,
  { escrow, block, fromBlock = 0n, references = [], traces = new Map() }: ChainToAudit = {},
): AsyncGenerator<AuditRecord> {
  const pinned = await readPinned(client, block)
  const toBlock = BigInt(pinned.number)
  const found = escrow === undefined ? await findEscrow(client, { fromBlock, toBlock }) : getAddress(escrow)
  const deployment = await readDeployment(client, found, toBlock)
  const chainId = await getChainId(client)
  const reader: Reader = { client, deployment, toBlock, tracer: openTracer(client) }
  yield { type: 'header', format: BUNDLE_FORMAT, chainId, block: pinned, fromBlock: Number(fromBlock), deployment }
  yield* references
  for (const address of Object.values(deployment)) yield await readCode(reader, address)

  const questions = new OpenQuestions()
  const unread = new Map(traces)
  const address = Object.values(deployment)
  for await (const { logs } of readLogRanges(client, { address }, { fromBlock, toBlock })) {
    yield* readRange(reader, logs, questions, unread)
  }
  yield* await ask(reader, questions.atEnd())
  for (const contract of [deployment.inferenceEscrow, deployment.epochLedger]) {
    const wei = await getBalance(client, { address: contract, blockNumber: toBlock })
    yield { type: 'balance', contract, wei: wei.toString() }
  }
  for (const [batchId, read] of unread) yield { type: 'traces', batchId: batchId.toString(), traceBatch: await read() }
  const { hash } = await readMark(client, toBlock)
  if (hash !== pinned.hash) throw moved(`block ${toBlock} was replaced`)
}

type Reader = {
  readonly client: Client
  readonly deployment: Deployment
  readonly toBlock: bigint
  readonly tracer: Tracer
}

async function readPinned(client: Client, block: bigint | undefined): Promise<BlockMark> {
  try {
    return toMark(await getBlock(client, block === undefined ? {} : { blockNumber: block }), block)
  } catch (error) {
    if (!(error instanceof BlockNotFoundError)) throw error
    throw new PoaError('BLOCK_NOT_FOUND', `the chain has no block ${block}`, {
      hint: 'Leave out --block for the newest.',
    })
  }
}

async function readMark(client: Client, blockNumber: bigint): Promise<BlockMark> {
  try {
    return toMark(await getBlock(client, { blockNumber }), blockNumber)
  } catch (error) {
    throw error instanceof BlockNotFoundError ? moved(`there is no block ${blockNumber}`) : error
  }
}

/** @throws PoaError RPC_UNUSABLE for another block than was asked for, or one that is in none of ours */
function toMark(
  {
    number,
    hash,
    timestamp,
  }: { readonly number: bigint | null; readonly hash: Hex | null; readonly timestamp: bigint },
  asked: bigint | undefined,
): BlockMark {
  const isWanted = number !== null && hash !== null && (asked === undefined || number === asked)
  if (!isWanted || number > Number.MAX_SAFE_INTEGER || timestamp > Number.MAX_SAFE_INTEGER) {
    const told = `block ${number} of second ${timestamp}`
    throw new PoaError('RPC_UNUSABLE', `asked for block ${asked ?? 'latest'}, the RPC gives ${told}`)
  }
  return { number: Number(number), hash, timestamp: Number(timestamp) }
}

const moved = (how: string) =>
  new PoaError('CHAIN_MOVED', `the chain changed while it was read: ${how}`, {
    hint: 'Run it again, or pin an older block with --block.',
  })

async function readCode({ client, toBlock }: Reader, address: Address): Promise<AuditRecord> {
  return { type: 'code', address, code: lowerCase((await getCode(client, { address, blockNumber: toBlock })) ?? '0x') }
}

/** Hex is compared as text. */
const lowerCase = (hex: Hex) => hex.toLowerCase() as Hex

type MinedLog = Log<bigint, number, false>
type ReadTransaction = { readonly hash: Hex; readonly logs: MinedLog[]; readonly events: ContractEvent[] }

async function* readRange(
  reader: Reader,
  logs: readonly MinedLog[],
  questions: OpenQuestions,
  traces: Map<bigint, () => Promise<unknown>>,
): AsyncGenerator<AuditRecord> {
  const numbers = [...new Set(logs.map(({ blockNumber }) => blockNumber))]
  const marks = new Map(
    (await inGroups(numbers, (number) => readMark(reader.client, number))).map((m) => [m.number, m]),
  )
  const transactions = groupByTransaction(logs)
  const calls = await inGroups(transactions, (transaction) => readCallsOf(reader, transaction))
  const asked = transactions.map(({ events }) => events.flatMap((event) => questions.afterEvent(event)))
  // Of the whole range together: few large requests instead of many small ones.
  const answers = await ask(reader, asked.flat())
  for (const [i, transaction] of transactions.entries()) {
    yield* calls[i]!
    for (const event of transaction.events) {
      if (event.eventName !== 'BatchSettled') continue
      const { batchId } = event.args
      const read = traces.get(batchId)
      traces.delete(batchId)
      if (read !== undefined) yield { type: 'traces', batchId: batchId.toString(), traceBatch: await read() }
    }
    for (const log of transaction.logs) yield toRecord(log, marks)
    for (const event of transaction.events) {
      if (event.eventName === 'CircuitRegistered') yield await readCode(reader, event.args.verifier)
    }
    yield* answers.splice(0, asked[i]!.length)
  }
}

function groupByTransaction(logs: readonly MinedLog[]): readonly ReadTransaction[] {
  const transactions: ReadTransaction[] = []
  for (const log of logs) {
    let last = transactions.at(-1)
    if (last?.hash !== log.transactionHash) {
      last = { hash: log.transactionHash, logs: [], events: [] }
      transactions.push(last)
    }
    last.logs.push(log)
    try {
      last.events.push(decodeContractEvent(log))
    } catch {
      // Whoever replays the records says so.
    }
  }
  return transactions
}

async function readCallsOf(
  { client, deployment, tracer }: Reader,
  { hash, events }: ReadTransaction,
): Promise<readonly CallRecord[]> {
  const count = (name: string) => events.filter(({ eventName }) => eventName === name).length
  const settled = count('BatchSettled')
  const registered = count('CircuitRegistered')
  const wanted = { transaction: hash, contract: deployment.inferenceEscrow }
  return [
    ...(registered === 0
      ? []
      : await readCalls(client, tracer, {
          ...wanted,
          function: 'register',
          contract: deployment.verifierRegistry,
          count: registered,
        })),
    ...(settled === 0 ? [] : await readCalls(client, tracer, { ...wanted, function: 'settle', count: settled })),
  ]
}

function toRecord(log: MinedLog, marks: ReadonlyMap<number, BlockMark>): EventRecord {
  const block = marks.get(Number(log.blockNumber))!
  if (block.hash !== log.blockHash) throw moved(`an event is of another block ${log.blockNumber}`)
  return {
    type: 'event',
    block,
    logIndex: log.logIndex,
    transaction: log.transactionHash,
    contract: getAddress(log.address),
    topics: log.topics.map(lowerCase),
    data: lowerCase(log.data),
  }
}

async function ask(reader: Reader, questions: readonly StateQuestion[]): Promise<StateRecord[]> {
  const { client, deployment, toBlock } = reader
  return inGroups(
    questions,
    async ({ contract, data }) => {
      const to = deployment[contract]
      return { type: 'state', contract: to, data, result: await readState(client, { to, data, blockNumber: toBlock }) }
    },
    QUESTIONS_AT_ONCE,
  )
}

async function readState(
  client: Client,
  question: { readonly to: Address; readonly data: Hex; readonly blockNumber: bigint },
): Promise<Hex | null> {
  try {
    return await callState(client, { ...question, batch: true })
  } catch (error) {
    // Together with others it may be too much: what many calls return must fit the code of a contract where none is deployed for them.
    if (error instanceof HttpRequestError && error.status === undefined) throw error
    return callState(client, { ...question, batch: false })
  }
}

async function callState(client: Client, question: CallParameters): Promise<Hex | null> {
  try {
    const { data } = await call(client, question)
    return lowerCase(data ?? '0x')
  } catch (error) {
    const isRevert = (inner: unknown) => inner instanceof RawContractError || inner instanceof ExecutionRevertedError
    if (error instanceof BaseError && error.walk(isRevert) !== null) return null
    throw error
  }
}

async function inGroups<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
  atOnce = REQUESTS_AT_ONCE,
): Promise<Result[]> {
  const results: Result[] = []
  for (let i = 0; i < items.length; i += atOnce)
    results.push(...(await Promise.all(items.slice(i, i + atOnce).map(read))))
  return results
}
