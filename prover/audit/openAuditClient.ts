import { type Client, createClient, http } from 'viem'
import { getChainId } from 'viem/actions'
import { InvalidInputError, PoaError } from '../../src/errors.ts'

/** An RPC may take this long for a range of logs or a thousand questions. */
const TIMEOUT_MS = 60_000
/** Bytes of calldata of one request that asks many questions. */
const MULTICALL_BYTES = 64 * 1024

/**
 * A client that reads through one RPC, many questions a request, without a contract for it on the chain.
 * @throws InvalidInputError for a URL that is none; PoaError RPC_UNREACHABLE
 */
export async function openAuditClient(rpcUrl: string): Promise<Client> {
  if (!/^https?:/.test(rpcUrl) || !URL.canParse(rpcUrl))
    throw new InvalidInputError('--rpc-url', 'an http(s) URL', rpcUrl)
  const client = createClient({
    transport: http(rpcUrl, { timeout: TIMEOUT_MS }),
    batch: { multicall: { deployless: true, batchSize: MULTICALL_BYTES } },
    cacheTime: 0,
  })
  await getChainId(client).catch((cause) => {
    // The host alone: the rest of an RPC's URL is often a secret.
    throw new PoaError('RPC_UNREACHABLE', `no answer from ${new URL(rpcUrl).host}`, {
      cause,
      hint: 'Is the chain up, and is --rpc-url right?',
    })
  })
  return client
}
