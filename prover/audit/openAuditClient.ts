import { type Client, createClient } from 'viem'
import { openRpcs } from '../indexing/openRpcs.ts'

/** Bytes of calldata in one request for states: some fifty questions, whose answers fit what EIP-170 lets a contract have of code. */
const MULTICALL_BYTES = 2048
/** A range of logs, or a hundred states, may take a node longer than one state does. */
const REQUEST_TIMEOUT_MS = 60_000

/**
 * A client for reading a whole chain, whichever it is: what is asked at the same time goes out in few requests.
 * @throws InvalidInputError for a URL that is none; PoaError RPC_UNREACHABLE, WRONG_CHAIN when the RPCs are not on one chain, RPC_REFUSED
 */
export async function openAuditClient(rpcUrls: readonly string[]): Promise<Client> {
  const rpcs = openRpcs({ rpcUrls, chainId: undefined, requestTimeoutMs: REQUEST_TIMEOUT_MS })
  await rpcs.requireChain()
  return createClient({
    transport: rpcs.transport,
    batch: { multicall: { deployless: true, batchSize: MULTICALL_BYTES } },
    cacheTime: 0,
  })
}
