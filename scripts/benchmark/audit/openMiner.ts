import {
  type Abi,
  type Address,
  type ContractEventName,
  createTestClient,
  encodeFunctionData,
  type Hex,
  http,
  type ParseEventLogsReturnType,
  parseEventLogs,
  publicActions,
  toHex,
} from 'viem'
import { PoaError } from '../../../src/errors.ts'
import type { LocalChain } from '../../startLocalChain.ts'

/** Every transaction gets as much: what is not used is not paid for. */
const GAS_LIMIT = 3_000_000n
const GAS_PRICE_WEI = 2_000_000_000n
const CALLS_IN_A_BLOCK = 1000
/** More than that many calls of that limit. */
const BLOCK_GAS_LIMIT = 2n ** 40n
/** What was mined before has the times of the real clock, however slow it was; from here on nothing depends on that. */
const HEAD_START_SECONDS = 3600
/** JSON-RPC calls in one HTTP request. */
const REQUESTS_AT_ONCE = 100

/** One function of one contract, to be called many times. */
export type MinedFunction<Abis extends Abi, Name extends ContractEventName<Abis>> = {
  readonly address: Address
  readonly abi: Abis
  readonly functionName: string
  /** What each call emits once. */
  readonly eventName: Name
}

export type MinedCall = { readonly args: readonly unknown[]; readonly valueWei?: bigint }

/** Fills blocks of a local chain at will. */
export type Miner = {
  /**
   * Sends calls as one account, in order, up to 1,000 a block, and mines them. Nothing is simulated or signed: that would take longer than all
   * the rest.
   * @returns the event of each call, in order
   * @throws PoaError TRANSACTION_FAILED when one of them emitted none
   */
  mine<const Abis extends Abi, Name extends ContractEventName<Abis>>(
    sender: Address,
    target: MinedFunction<Abis, Name>,
    calls: readonly MinedCall[],
  ): Promise<ParseEventLogsReturnType<Abis, Name, true>>
  /** Lets the chain's clock go on before the next block. */
  passTime(seconds: number): void
  /** Blocks and transactions that were mined here. */
  readonly mined: { readonly blocks: number; readonly transactions: number }
}

/**
 * Takes over a chain's mining: from now on there are blocks when the miner makes them, each a second after the one before, so that two runs give the
 * same chain. Accounts need no keys any more.
 */
export async function openMiner({ chain, rpcUrl }: LocalChain): Promise<Miner> {
  const transport = http(rpcUrl, { batch: { batchSize: REQUESTS_AT_ONCE }, timeout: 120_000 })
  const client = createTestClient({ mode: 'anvil', chain, transport }).extend(publicActions)
  await client.setAutomine(false)
  await client.setBlockGasLimit({ gasLimit: BLOCK_GAS_LIMIT })
  await client.request({ method: 'anvil_autoImpersonateAccount', params: [true] } as never)
  const nonces = new Map<Address, number>()
  const mined = { blocks: 0, transactions: 0 }
  let time = Number((await client.getBlock({ blockNumber: 0n })).timestamp) + HEAD_START_SECONDS

  /** Every call is out before the first is mined, so the order is that of the nonces. */
  const mineBlock = async (sender: Address, address: Address, calls: readonly { data: Hex; value: bigint }[]) => {
    const nonce = nonces.get(sender) ?? (await client.getTransactionCount({ address: sender }))
    nonces.set(sender, nonce + calls.length)
    await Promise.all(
      calls.map(({ data, value }, i) => {
        const fees = { maxFeePerGas: toHex(GAS_PRICE_WEI), maxPriorityFeePerGas: '0x0', gas: toHex(GAS_LIMIT) }
        const transaction = { from: sender, to: address, data, value: toHex(value), nonce: toHex(nonce + i), ...fees }
        return client.request({ method: 'eth_sendTransaction', params: [transaction] } as never)
      }),
    )
    time += 1
    await client.setNextBlockTimestamp({ timestamp: BigInt(time) })
    await client.mine({ blocks: 1 })
    mined.blocks += 1
    mined.transactions += calls.length
    return client.getBlockNumber({ cacheTime: 0 })
  }

  return {
    mined,
    passTime(seconds) {
      time += seconds
    },
    async mine(sender, { address, abi, functionName, eventName }, calls) {
      const events: unknown[] = []
      for (let start = 0; start < calls.length; start += CALLS_IN_A_BLOCK) {
        const some = calls.slice(start, start + CALLS_IN_A_BLOCK)
        const encoded = some.map(({ args, valueWei = 0n }) => ({
          data: encodeFunctionData({ abi: abi as Abi, functionName, args }),
          value: valueWei,
        }))
        const block = await mineBlock(sender, address, encoded)
        const logs = await client.getLogs({ address, fromBlock: block, toBlock: block })
        const found = parseEventLogs({ abi: abi as Abi, eventName: eventName as string, logs })
        if (found.length !== some.length) {
          const what = `${some.length} calls of ${functionName} in block ${block} emitted ${found.length} ${eventName}`
          throw new PoaError('TRANSACTION_FAILED', what)
        }
        events.push(...found)
      }
      return events as never
    },
  }
}
