import type { Problem } from '../../src/api/views.ts'
import { InvalidInputError, PoaError } from '../../src/errors.ts'
import { RefusalError } from '../intake/RefusalError.ts'
import { RetryLaterError } from '../intake/RetryLaterError.ts'

/** What the API answers when it does not do what was asked: each stable code has one status and one title. README.md shows the same table. */
export const PROBLEMS = {
  // What was sent cannot be read.
  MALFORMED_REQUEST: [400, 'The request is not HTTP as this server reads it'],
  MALFORMED_JSON: [400, 'The body is not JSON'],
  JSON_TOO_DEEP: [400, 'The body is nested too deeply'],
  INVALID_INPUT: [400, 'A value is not of the expected form'],
  SIGNATURE_MALFORMED: [400, 'The signature is not of the accepted form'],
  REQUEST_TIMEOUT: [408, 'The request took too long to arrive'],
  BODY_TOO_LARGE: [413, 'The body is too large'],
  URL_TOO_LONG: [414, 'The URL is too long'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'The body has to be application/json'],
  UNSUPPORTED_ENCODING: [415, 'The body must not be compressed'],
  HEADERS_TOO_LARGE: [431, 'The headers are too large'],
  // Nothing is there.
  ROUTE_UNKNOWN: [404, 'There is no such route'],
  METHOD_NOT_ALLOWED: [405, 'The route does not take this method'],
  TRACE_UNKNOWN: [404, 'This node has no such trace'],
  BATCH_UNKNOWN: [404, 'This node knows no such batch'],
  PROOF_UNKNOWN: [404, 'This node has no proof of it yet'],
  MODEL_UNKNOWN: [404, 'This node knows no such model'],
  INDEX_UNKNOWN: [404, 'This node knows no such index'],
  EPOCH_UNKNOWN: [404, 'This node knows no such epoch'],
  CONTRIBUTOR_UNKNOWN: [404, 'The account is not in the index of the epoch'],
  NOT_DISCLOSED: [404, 'The batch is not disclosed at this node'],
  CIRCUIT_UNKNOWN: [404, 'This node has no keys of this circuit'],
  JOB_NOT_FOUND: [404, 'No proof was ever ordered'],
  // The content is wrong.
  TRACE_FOR_OTHER_CHAIN: [422, 'The trace is for another chain'],
  TRACE_FOR_OTHER_ESCROW: [422, 'The trace is for another escrow'],
  TRACE_DEADLINE_PASSED: [422, 'The signature has expired'],
  ACTION_DEADLINE_PASSED: [422, 'The signature has expired'],
  REQUEST_TWICE_IN_SUBMISSION: [422, 'One request stands twice in the submission'],
  REQUEST_OF_OTHER_MODEL: [422, 'The request was paid to another model'],
  INPUT_COMMITMENT_WRONG: [422, 'The features do not open the input commitment'],
  OUTPUT_COMMITMENT_WRONG: [422, 'The label does not open the output commitment'],
  LABEL_NOT_ARGMAX: [422, 'The label is not the answer of the registered head'],
  MODEL_COMMITMENTS_DIFFER: [422, 'Head or index are not those that are registered'],
  SIGNER_NOT_OPERATOR: [403, 'The signature is not that of the operator'],
  REQUEST_NOT_PAID: [402, 'The request has not been paid'],
  FEE_TOO_LOW: [402, 'The request paid less than this node asks for'],
  // The state does not allow it.
  TRACE_CANCELLED: [409, 'The trace was cancelled or replaced'],
  TRACE_SUPERSEDED: [409, 'Another trace stands for the request'],
  TRACE_BEING_SEALED: [409, 'The trace is sealed, or on its way to be'],
  TRACE_NOT_SEALED: [409, 'The trace is in no sealed batch'],
  REQUEST_REFUNDED: [409, 'The request was refunded'],
  REQUEST_SETTLED: [409, 'The request is settled'],
  REQUEST_SEALED_OTHERWISE: [409, 'The request was sealed with other commitments'],
  SEAL_DEADLINE_PASSED: [409, 'The time to seal the request is over'],
  SETTLE_DEADLINE_PASSED: [409, 'The time to settle the batch is over'],
  CIRCUIT_RETIRED: [409, 'The circuit of the request has been retired'],
  LINEAGE_DIFFERS: [409, 'This node was told another lineage of this version'],
  MODEL_NOT_STORED: [409, 'This node does not hold the head and index of the model'],
  JOB_NOT_DEAD: [409, 'The proof job is not dead'],
  DEADLINE_PASSED: [409, 'The time to settle the batch is over'],
  // Later.
  RATE_LIMITED: [429, 'Too many requests from this address'],
  QUOTA_EXCEEDED: [429, 'Too many traces of this operator'],
  BACKLOG_FULL: [429, 'Too many traces wait to be settled'],
  TOO_MANY_STREAMS: [429, 'Too many event streams are open'],
  VERIFIER_BUSY: [429, 'Too many proofs wait to be verified'],
  OVERLOADED: [503, 'This node is overloaded'],
  DRAINING: [503, 'This node is shutting down'],
  MIRROR_BEHIND: [503, 'This node has not caught up with the chain'],
  RPC_UNREACHABLE: [503, 'The chain does not answer this node'],
  LEDGER_UNREADABLE: [503, 'The ledger does not answer this node'],
  DATABASE_UNREACHABLE: [503, 'The database does not answer this node'],
  DATABASE_CLOSED: [503, 'This node is shutting down'],
  STORAGE_FULL: [507, 'This node has no space left'],
  INTERNAL: [500, 'This node failed'],
} as const satisfies Record<string, readonly [status: number, title: string]>
export type ProblemCode = keyof typeof PROBLEMS

/** Seconds until it is worth asking again, where the error does not say. */
const RETRY_SECONDS = 5

export const PROBLEM_TYPE = 'application/problem+json'

/**
 * An error as RFC 9457 has it. Only errors that were made for whoever asked (RefusalError, InvalidInputError) tell more than the table. Of a value that
 * does not fit, its place and its bound are told but not the value: it may be private.
 */
export function toProblem(error: unknown): Problem {
  const code = codeOf(error)
  const [status, title] = PROBLEMS[code]
  const retryAfterSeconds =
    error instanceof RetryLaterError
      ? error.retryAfterSeconds
      : status === 429 || status === 503
        ? RETRY_SECONDS
        : undefined
  return {
    type: `urn:poa:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    detail: detailOf(error) ?? title,
    code,
    ...(error instanceof InvalidInputError ? { field: error.field, bound: error.bound } : {}),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
}

function detailOf(error: unknown): string | undefined {
  if (error instanceof InvalidInputError) return `${error.field} must be ${error.bound}`
  if (!(error instanceof RefusalError)) return undefined
  return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`
}

function codeOf(error: unknown): ProblemCode {
  if (error instanceof PoaError) return isProblemCode(error.code) ? error.code : 'INTERNAL'
  const code = (error as { code?: unknown } | undefined)?.code
  return (typeof code === 'string' ? FASTIFY_CODES[code] : undefined) ?? 'INTERNAL'
}

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code)
}

/** What Fastify and its plugins call what they refuse. */
const FASTIFY_CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_BAD_URL: 'MALFORMED_REQUEST',
  FST_ERR_MAX_PARAM_LENGTH: 'URL_TOO_LONG',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'MALFORMED_REQUEST',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'MALFORMED_JSON',
  FST_UNDER_PRESSURE: 'OVERLOADED',
}
