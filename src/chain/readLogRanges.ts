import { type AbiEvent, type Address, BaseError, type Client, HttpRequestError, type Log } from 'viem'
import { getLogs } from 'viem/actions'
import { PoaError } from '../errors.ts'

/** Ranges grow and shrink towards this many logs each, so that no answer is large whatever the chain holds. */
const LOGS_WANTED = 2_000
const FIRST_RANGE = 32n
const LONGEST_RANGE = 10_000n

type MinedLog = Log<bigint, number, false>

/**
 * Reads logs from block to block, in order, a range at a time. Ranges are halved as long as the RPC refuses them.
 * @param filter `address` absent: of any contract; `events`: any of these, absent: any
 * @throws viem's errors, when the RPC refuses even one block, or nobody answers
 */
export async function* readLogRanges(
  client: Client,
  filter: { readonly address?: readonly Address[]; readonly events?: readonly AbiEvent[] },
  { fromBlock, toBlock }: { readonly fromBlock: bigint; readonly toBlock: bigint },
): AsyncGenerator<{ readonly toBlock: bigint; readonly logs: MinedLog[] }> {
  let range = FIRST_RANGE
  for (let from = fromBlock; from <= toBlock; ) {
    const to = from + range - 1n < toBlock ? from + range - 1n : toBlock
    let logs: MinedLog[]
    try {
      logs = await readRange(client, filter, from, to)
    } catch (error) {
      const isRefusal = !(error instanceof HttpRequestError && error.status === undefined)
      if (!(error instanceof BaseError) || !isRefusal || to === from) throw error
      range = (to - from + 1n) / 2n
      continue
    }
    yield { toBlock: to, logs }
    from = to + 1n
    if (logs.length > LOGS_WANTED) range = (range * BigInt(LOGS_WANTED)) / BigInt(logs.length) || 1n
    else if (logs.length < LOGS_WANTED / 4) range = range * 2n < LONGEST_RANGE ? range * 2n : LONGEST_RANGE
  }
}

async function readRange(
  client: Client,
  { address, events }: { readonly address?: readonly Address[]; readonly events?: readonly AbiEvent[] },
  fromBlock: bigint,
  toBlock: bigint,
): Promise<MinedLog[]> {
  const contracts = address === undefined ? {} : { address: [...address] }
  const kinds = events === undefined ? {} : { events }
  const logs = (await getLogs(client, { ...contracts, ...kinds, fromBlock, toBlock } as never)) as MinedLog[]
  // Of what is not mined yet there is no number, whatever the type says.
  for (const { blockNumber } of logs as readonly { readonly blockNumber: bigint | null }[]) {
    if (blockNumber === null || blockNumber < fromBlock || blockNumber > toBlock)
      throw new PoaError(
        'RPC_UNUSABLE',
        `asked for logs of blocks ${fromBlock} to ${toBlock}, the RPC gives one of ${blockNumber}`,
      )
  }
  return logs.sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex)
}
