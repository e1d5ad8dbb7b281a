import { createClient, custom, defineChain, encodeFunctionResult, numberToHex, parseAbi } from 'viem'
import { describe, expect, test } from 'vitest'
import { executeContract } from '../../src/chain/executeContract.ts'

const abi = parseAbi(['function ping() returns (uint256)'])
const address = '0x00000000000000000000000000000000000000aa'
const hash = `0x${'ab'.repeat(32)}` as const
const POLLING_MS = 20

/** A chain that mines one block with the transaction, soon after it was first asked for the receipt, and none after it. */
function quietChain() {
  let height = 1
  let asked = 0
  const receipt = { transactionHash: hash, status: '0x1', blockNumber: '0x2', gasUsed: '0x5208', logs: [], type: '0x2' }
  return custom({
    request: async ({ method }: { method: string }) => {
      switch (method) {
        case 'eth_blockNumber':
          return numberToHex(height)
        case 'eth_getTransactionReceipt':
          // Asked when it is sent, and at the first block: mined only after that.
          if (++asked === 2) setTimeout(() => height++, POLLING_MS / 2)
          return height === 1 ? null : receipt
        case 'eth_getTransactionByHash':
          return { hash, from: address, nonce: '0x0', type: '0x2', blockNumber: null }
        case 'eth_getBlockByNumber':
          // So slow that the one block comes meanwhile.
          await new Promise((resolve) => setTimeout(resolve, 10 * POLLING_MS))
          return { number: '0x1', transactions: [] }
        case 'eth_call':
          return encodeFunctionResult({ abi, functionName: 'ping', result: 7n })
        case 'eth_sendTransaction':
          return hash
        case 'eth_chainId':
          return '0x7a69'
        default:
          throw new Error(`unasked: ${method}`)
      }
    },
  })
}

describe('executeContract', () => {
  test('behavior: a transaction in the last block for long is seen, whatever was asked while it was mined', async () => {
    const chain = defineChain({
      id: 31337,
      name: 'quiet',
      nativeCurrency: { name: 'OPEN', symbol: 'OPEN', decimals: 18 },
      rpcUrls: { default: { http: [] } },
    })
    const client = createClient({ account: address, chain, transport: quietChain(), pollingInterval: POLLING_MS })
    const call = { address, abi, functionName: 'ping', args: [] } as const
    await expect(executeContract(client, call)).resolves.toMatchObject({ hash, gasUsed: 21_000n, result: 7n })
  }, 10_000)
})
