import type { z } from 'zod'
import { type Problem, problem } from '../api/views.ts'
import { InvalidInputError, PoaError, WITHHELD } from '../errors.ts'
import { toJson } from '../statement/traceBatchSchema.ts'
import { NodeApiError } from './NodeApiError.ts'
import { pause } from './pause.ts'

export type RequestOptions = {
  /** Ends the request; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined
  /** How long one answer may take, 30 s by default. */
  readonly timeoutMs?: number | undefined
  /** How often to wait for a node that is busy (429 or 503 with Retry-After) and ask again. 0 by default: its refusal is thrown at once. */
  readonly maxWaits?: number | undefined
}

export type NodeRequest = {
  readonly method?: 'GET' | 'POST'
  /** From `/v1/...` on. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON, bigints as decimal strings. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

const ANSWER_TIMEOUT_MS = 30_000
/** A node that wants to be left alone for longer is not waited for. */
const LONGEST_WAIT_SECONDS = 60

/**
 * One request to a prover node, and its answer as `answer` reads it. Every request may be repeated: the node changes nothing twice.
 * @param nodeUrl where its HTTP API is, without `/v1`; a path in front is kept
 * @throws NodeApiError for what the node refuses; PoaError NODE_UNREACHABLE, NODE_TIMED_OUT, NODE_ANSWER_UNREADABLE; the signal's reason
 */
export function requestNode<Schema extends z.ZodType>(
  nodeUrl: string,
  request: NodeRequest & { readonly answer: Schema },
  options: RequestOptions = {},
): Promise<z.output<Schema>> {
  const { timeoutMs = ANSWER_TIMEOUT_MS } = options
  return waitWhileBusy(async () => {
    const timedOut = AbortSignal.timeout(timeoutMs)
    try {
      const signal = options.signal ? AbortSignal.any([options.signal, timedOut]) : timedOut
      return readAnswer(request.answer, await readJson(await fetchNode(nodeUrl, request, signal)))
    } catch (cause) {
      options.signal?.throwIfAborted()
      if (!timedOut.aborted) throw cause
      throw new PoaError('NODE_TIMED_OUT', `the node gave no answer within ${timeoutMs / 1000} s`, { cause })
    }
  }, options)
}

/** Repeats an attempt that a busy node refused, as often and as long as allowed. */
export async function waitWhileBusy<Result>(
  attempt: () => Promise<Result>,
  { signal, maxWaits = 0 }: RequestOptions,
): Promise<Result> {
  for (let waits = 0; ; waits++) {
    try {
      return await attempt()
    } catch (error) {
      const seconds = error instanceof NodeApiError ? error.retryAfterSeconds : undefined
      if (seconds === undefined || seconds > LONGEST_WAIT_SECONDS || waits >= maxWaits) throw error
      await pause(seconds * 1000, signal)
      signal?.throwIfAborted()
    }
  }
}

/**
 * A node's answer with its body still to be read.
 * @throws NodeApiError when it is no success; PoaError NODE_UNREACHABLE
 */
export async function fetchNode(nodeUrl: string, request: NodeRequest, signal: AbortSignal): Promise<Response> {
  const { method = 'GET', body, headers } = request
  const url = requestUrl(nodeUrl, request)
  const response = await fetch(url, {
    method,
    signal,
    // A trace holds private values: they go to the node that was named and nowhere else.
    redirect: 'error',
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: toJson(body) }),
  }).catch((cause) => {
    if (signal.aborted) throw cause
    const reason = ((cause as Error).cause as Error | undefined)?.message || (cause as Error).message
    throw new PoaError('NODE_UNREACHABLE', `no prover node answers at ${url.host}: ${reason}`, { cause })
  })
  if (!response.ok) throw new NodeApiError(await readProblem(response))
  return response
}

function requestUrl(nodeUrl: string, { path, query = {} }: NodeRequest): URL {
  const base = URL.canParse(nodeUrl) ? new URL(nodeUrl) : undefined
  if (base === undefined || !/^https?:$/.test(base.protocol) || base.username !== '' || base.password !== '') {
    throw new InvalidInputError('nodeUrl', 'an http or https URL without credentials', WITHHELD)
  }
  const url = new URL(base.pathname.replace(/\/$/, '') + path, base)
  url.search = new URLSearchParams(query).toString()
  return url
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    throw new PoaError('NODE_ANSWER_UNREADABLE', `the node answered ${response.status} with something else than JSON`)
  }
}

/** @throws PoaError NODE_ANSWER_UNREADABLE */
export function readAnswer<Schema extends z.ZodType>(schema: Schema, json: unknown): z.output<Schema> {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]!
  throw new PoaError('NODE_ANSWER_UNREADABLE', `the node's answer has another form: ${path.join('.')}: ${message}`)
}

/** What the node says is wrong; in its place, what can be said of an answer that some proxy gave. */
async function readProblem(response: Response): Promise<Problem> {
  const { status } = response
  const known: Problem = problem.safeParse(await readJson(response).catch(() => undefined)).data ?? {
    type: 'about:blank',
    status,
    title: response.statusText,
    detail: `the answer was ${status}, without a reason`,
    code: `HTTP_${status}`,
  }
  const retryAfterSeconds = readRetryAfter(response.headers.get('retry-after')) ?? known.retryAfterSeconds
  return { ...known, status, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) }
}

/** Seconds, or a date, as RFC 9110 has it. */
function readRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  if (/^\d+$/.test(header)) return Number(header)
  const milliseconds = Date.parse(header) - Date.now()
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds / 1000)
}
