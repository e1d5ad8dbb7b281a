import { type Account, createWalletClient, http } from 'viem'
import type { ChainClient } from '../../src/chain/executeContract.ts'
import type { LocalChain } from '../startLocalChain.ts'

/** viem waits seconds between looks at a receipt by default; a local chain mines at once. */
const POLLING_INTERVAL_MS = 20

/** A client of the local chain that signs as one account. */
export function connect({ chain, rpcUrl }: LocalChain, account: Account): ChainClient {
  return createWalletClient({ account, chain, transport: http(rpcUrl), pollingInterval: POLLING_INTERVAL_MS })
}

/** Lets time pass on the local chain. */
export async function passTime(client: ChainClient, seconds: number): Promise<void> {
  await client.request({ method: 'evm_increaseTime', params: [seconds] } as never)
  await client.request({ method: 'evm_mine' } as never)
}
