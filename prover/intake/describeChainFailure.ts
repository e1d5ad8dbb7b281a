import { PoaError } from '../../src/errors.ts'
import { describeRpcFailure } from '../indexing/openRpcs.ts'
import { RetryLaterError } from './RetryLaterError.ts'

/** Seconds after which asking again is worth while, when the chain did not answer. */
const RPC_RETRY_SECONDS = 5

/** What a client of the chain threw when no RPC answered for it, as our error; undefined when one did answer, be it with an error. */
export function describeChainFailure(cause: unknown): RetryLaterError | undefined {
  const failure = describeRpcFailure(cause)
  if (!(failure instanceof PoaError) || (failure.code !== 'RPC_UNREACHABLE' && failure.code !== 'WRONG_CHAIN'))
    return undefined
  // Which RPCs a node uses is no business of its clients.
  return new RetryLaterError('RPC_UNREACHABLE', 'the chain does not answer this node', RPC_RETRY_SECONDS, { cause })
}
