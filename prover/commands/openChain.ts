import { createWalletClient, custom, type LocalAccount } from 'viem'
import type { ChainClient } from '../../src/chain/executeContract.ts'
import { requireSettings } from '../config/loadSettings.ts'
import type { Settings } from '../config/settings.ts'
import { connectChain, type NodeChain } from '../indexing/connectChain.ts'
import { openAccount } from './openAccount.ts'
import { CHAIN_FLAGS } from './settingGroups.ts'

const RECEIPT_POLLING_MS = 500

/** @throws PoaError SETTING_MISSING, RPC_UNREACHABLE, WRONG_CHAIN, ESCROW_NOT_FOUND */
export function openChain(settings: Settings): Promise<NodeChain> {
  const { rpcUrls, chainId, escrow } = requireSettings(settings, ...CHAIN_FLAGS)
  return connectChain({ rpcUrls, chainId, escrow })
}

/** The chain, and a client that signs as the account of the settings. */
export async function openWalletClient(
  settings: Settings,
): Promise<NodeChain & { readonly wallet: ChainClient; readonly account: LocalAccount }> {
  const chain = await openChain(settings)
  const account = await openAccount(settings)
  // Through the same RPCs, in the same order.
  const transport = custom({ request: (request) => chain.client.request(request as never) }, { retryCount: 0 })
  const wallet = createWalletClient({ account, chain: chain.chain, transport, pollingInterval: RECEIPT_POLLING_MS })
  return { ...chain, wallet, account }
}
