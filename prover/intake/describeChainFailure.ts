import { BaseError, RpcRequestError } from 'viem'
import { PoaError } from '../../src/errors.ts'
import { describeRpcFailure } from '../indexing/openRpcs.ts'
import { RetryLaterError } from './RetryLaterError.ts'

/** Seconds after which asking again is worth while, when the chain did not answer. */
const RPC_RETRY_SECONDS = 5
/** JSON-RPC's code for a call that reverted. Other ends of a call have no code in common, but their words. */
const EXECUTION_REVERTED = 3
const OF_THE_VM = /revert|VM |out of ?gas|opcode|jump|stack/i

/**
 * What a client of the chain threw when the chain itself said nothing, as our error: no RPC answered, or one that would not do it, for whatever reason of
 * its own (a quota, a block that it lacks). Undefined when a contract was called and did not succeed, which is an answer.
 */
export function describeChainFailure(cause: unknown): RetryLaterError | undefined {
  const failure = describeRpcFailure(cause)
  const isSilent = failure instanceof PoaError && ['RPC_UNREACHABLE', 'WRONG_CHAIN'].includes(failure.code)
  if (!isSilent && !isRefusalOfRpc(cause)) return undefined
  // Which RPCs a node uses is no business of its clients.
  return new RetryLaterError('RPC_UNREACHABLE', 'the chain does not answer this node', RPC_RETRY_SECONDS, { cause })
}

function isRefusalOfRpc(cause: unknown): boolean {
  const answer = cause instanceof BaseError && cause.walk((inner) => inner instanceof RpcRequestError)
  return answer instanceof RpcRequestError && answer.code !== EXECUTION_REVERTED && !OF_THE_VM.test(answer.details)
}
