import { BlockNotFoundError, getAddress, type Hex } from 'viem'
import { getBlock, getLogs } from 'viem/actions'
import { PoaError } from '../../src/errors.ts'
import type { NodeChain } from './connectChain.ts'
import { isConnectionFailure } from './openRpcs.ts'

/**
 * The newest blocks are read one by one and by hash. What is asked by number there may be answered from another fork, or by a node that has not
 * seen the block yet and so knows no events of it: behind one URL there are often several nodes.
 */
export const TIP_BLOCKS = 32n
const REQUESTS_AT_ONCE = 32

export type BlockHeader = {
  readonly number: bigint
  readonly hash: Hex
  readonly parentHash: Hex
  /** Unix seconds. */
  readonly timestamp: bigint
}
export type ContractLog = {
  readonly blockNumber: bigint
  readonly blockHash: Hex
  readonly logIndex: number
  readonly transactionHash: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
}
/** A stretch of one chain in its order: all logs of the contracts, the headers of all blocks that have some, and that of the last block. */
export type Span = { readonly headers: readonly BlockHeader[]; readonly logs: readonly ContractLog[] }

/** How many blocks to ask for next, by what the RPCs took before. */
const acceptedRanges = new WeakMap<NodeChain, bigint>()

/**
 * Reads the next blocks and the contracts' logs in them.
 * @param from the first block
 * @param latest the last block of the chain
 * @param parentHash of block `from`, if known
 * @param maxBlockRange blocks in one request for logs; halved as long as the RPC refuses
 * @throws PoaError CHAIN_MOVED when the answers do not belong to one chain: a reorganisation went on, or nodes disagree. Otherwise viem's errors
 */
export async function readSpan(
  chain: NodeChain,
  parameters: { from: bigint; latest: bigint; parentHash: Hex | undefined; maxBlockRange: bigint },
): Promise<Span> {
  const { from, latest, parentHash, maxBlockRange } = parameters
  if (from > latest - TIP_BLOCKS) return readTip(chain, { from, to: latest, parentHash })
  let range = smaller(acceptedRanges.get(chain) ?? maxBlockRange, maxBlockRange)
  for (;;) {
    const to = smaller(from + range - 1n, latest - TIP_BLOCKS)
    try {
      const span = await readHistory(chain, { from, to, parentHash })
      acceptedRanges.set(chain, range * 2n)
      return span
    } catch (error) {
      if (error instanceof PoaError || isConnectionFailure(error) || to === from) throw error
      range = (to - from + 1n) / 2n
    }
  }
}

const smaller = (a: bigint, b: bigint) => (a < b ? a : b)

type Stretch = { from: bigint; to: bigint; parentHash: Hex | undefined }

/** Every header, each linked to the one before, and the logs of just these blocks. */
async function readTip(chain: NodeChain, { from, to, parentHash }: Stretch): Promise<Span> {
  const numbers = Array.from({ length: Number(to - from + 1n) }, (_, i) => from + BigInt(i))
  const headers = await inGroups(numbers, (number) => readHeader(chain, number))
  let parent = parentHash
  for (const header of headers) {
    if (parent !== undefined && header.parentHash !== parent) throw moved(`block ${header.number} has another parent`)
    parent = header.hash
  }
  const logs = await inGroups(headers, (header) => readLogsOfBlock(chain, header))
  return requireOneChain(headers, logs.flat())
}

/** RPCs differ in what they say about a block that they have dropped; whether they have is seen by asking for its number again. */
async function readLogsOfBlock(chain: NodeChain, { number, hash }: BlockHeader): Promise<ContractLog[]> {
  try {
    return await readLogs(chain, { blockHash: hash })
  } catch (error) {
    if (isConnectionFailure(error) || (await readHeader(chain, number)).hash === hash) throw error
    throw moved(`block ${number} was replaced`)
  }
}

/** Logs by number, then the headers that they name: were the last block another one before, the chain has moved in between. */
async function readHistory(chain: NodeChain, { from, to, parentHash }: Stretch): Promise<Span> {
  const { hash } = await readHeader(chain, to)
  const logs = await readLogs(chain, { fromBlock: from, toBlock: to })
  const numbers = [...new Set([from, ...logs.map(({ blockNumber }) => blockNumber), to])].sort((a, b) => Number(a - b))
  if (numbers[0] !== from || numbers.at(-1) !== to) throw moved(`events are not of the blocks ${from} to ${to}`)
  const headers = await inGroups(numbers, (number) => readHeader(chain, number))
  if (parentHash !== undefined && headers[0]!.parentHash !== parentHash) throw moved(`block ${from} has another parent`)
  if (headers.at(-1)!.hash !== hash) throw moved(`block ${to} was replaced`)
  return requireOneChain(headers, logs)
}

function requireOneChain(headers: readonly BlockHeader[], logs: readonly ContractLog[]): Span {
  const hashes = new Map(headers.map(({ number, hash }) => [number, hash]))
  for (const { blockNumber, blockHash } of logs) {
    if (hashes.get(blockNumber) !== blockHash) throw moved(`an event is of another block ${blockNumber}`)
  }
  return { headers, logs }
}

/** @throws PoaError CHAIN_MOVED when there is no such block (any more, or yet) */
export async function readHeader({ client }: NodeChain, blockNumber: bigint): Promise<BlockHeader> {
  try {
    const { number, hash, parentHash, timestamp } = await getBlock(client, { blockNumber })
    return { number, hash, parentHash, timestamp }
  } catch (error) {
    throw error instanceof BlockNotFoundError ? moved(`there is no block ${blockNumber}`) : error
  }
}

async function readLogs(
  { client, deployment }: NodeChain,
  where: { blockHash: Hex } | { fromBlock: bigint; toBlock: bigint },
): Promise<ContractLog[]> {
  const addresses = Object.values(deployment)
  const logs = await getLogs(client, { address: addresses, ...where })
  if (logs.some(({ address }) => !addresses.includes(getAddress(address)))) throw moved('events are of other contracts')
  return logs.sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex)
}

async function inGroups<Item, Result>(items: readonly Item[], read: (item: Item) => Promise<Result>) {
  const results: Result[] = []
  for (let i = 0; i < items.length; i += REQUESTS_AT_ONCE) {
    results.push(...(await Promise.all(items.slice(i, i + REQUESTS_AT_ONCE).map(read))))
  }
  return results
}

const moved = (how: string) => new PoaError('CHAIN_MOVED', `the chain changed while it was read: ${how}`)
