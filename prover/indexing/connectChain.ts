import type { Logger } from 'pino'
import {
  type Address,
  type Chain,
  createPublicClient,
  defineChain,
  getAddress,
  type PublicClient,
  type Transport,
} from 'viem'
import type { Deployment } from '../../src/chain/Deployment.ts'
import { readDeployment } from '../../src/chain/readDeployment.ts'
import { describeRpcFailure, openRpcs, type RpcsOptions } from './openRpcs.ts'

/** The chain that a node works for, and the contracts on it. */
export type NodeChain = {
  /** Reads through whichever RPC works; holds no account. */
  readonly client: PublicClient<Transport, Chain>
  readonly chainId: number
  readonly chain: Chain
  readonly deployment: Deployment
  /** Hosts of the RPCs, in order of preference. */
  readonly rpcNames: readonly string[]
  /**
   * Asks each RPC which chain it is on. Resolves when at least one may be used.
   * @throws PoaError RPC_UNREACHABLE, WRONG_CHAIN
   */
  requireChain(): Promise<void>
}

export type ConnectChainOptions = RpcsOptions & {
  readonly chainId: number
  readonly escrow: Address
  /** Told of each RPC that is passed over, and of its return. */
  readonly logger?: Logger | undefined
}

/**
 * Connects to the chain and reads from the escrow where the other contracts are.
 * @throws InvalidInputError for a URL that is none; PoaError RPC_UNREACHABLE, WRONG_CHAIN, ESCROW_NOT_FOUND, RPC_REFUSED
 */
export async function connectChain({ escrow, ...options }: ConnectChainOptions): Promise<NodeChain> {
  const rpcs = openRpcs(options)
  await rpcs.requireChain()
  const chain = defineChain({
    id: options.chainId,
    name: `chain ${options.chainId}`,
    nativeCurrency: { name: 'OPEN', symbol: 'OPEN', decimals: 18 },
    // Empty, so that no URL with credentials hangs on an object that is passed around.
    rpcUrls: { default: { http: [] } },
  })
  // Without cacheTime 0, getBlockNumber answers with what it was seconds ago.
  const client = createPublicClient({ chain, transport: rpcs.transport, cacheTime: 0 })
  return {
    client,
    chainId: options.chainId,
    chain,
    deployment: await readDeployment(client, getAddress(escrow)).catch((error) => {
      throw describeRpcFailure(error)
    }),
    rpcNames: rpcs.names,
    requireChain: rpcs.requireChain,
  }
}
