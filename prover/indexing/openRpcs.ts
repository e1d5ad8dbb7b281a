import type { Logger } from 'pino'
import { BaseError, HttpRequestError, http, RpcRequestError, shouldThrow, TimeoutError, type Transport } from 'viem'
import { InvalidInputError, PoaError, WITHHELD } from '../../src/errors.ts'

/** For how long an RPC that failed is passed over while another works: one that only times out would hold up every request. */
const PASS_OVER_MS = 30_000
const DEFAULT_REQUEST_TIMEOUT_MS = 10_000
/** viem asks again after a refused connection, a 429 or a 5xx, waiting 150 ms or what Retry-After says. */
const RETRIES = 1

type Request = { readonly method: string; readonly params?: unknown }

/** Several RPCs of one chain, in order of preference. */
export type Rpcs = {
  /** Hosts only: URLs hold credentials. */
  readonly names: readonly string[]
  readonly transport: Transport
  /** Asks each RPC anew which chain it is on. @throws PoaError WRONG_CHAIN or RPC_UNREACHABLE when none may be used */
  requireChain(): Promise<void>
}

type Rpc = {
  readonly name: string
  request(request: Request): Promise<unknown>
  /** Asks for the chain id, whatever is known. @throws PoaError WRONG_CHAIN */
  check(): Promise<void>
  isPassedOver(): boolean
}

export type RpcsOptions = {
  readonly rpcUrls: readonly string[]
  /** undefined: whichever the first RPC is on that answers; the others must be on the same. */
  readonly chainId: number | undefined
  /** For one request to one RPC, its answer's body and retries included. */
  readonly requestTimeoutMs?: number
  readonly logger?: Logger | undefined
}

/**
 * A viem transport over several URLs. Each request goes to the first RPC that works; what one cannot answer, the next is asked. None is used
 * before it has told the right chain id, nor after a failure until it has told it again. No error that leaves here holds a URL.
 * @throws InvalidInputError for what is no http(s) URL
 */
export function openRpcs({ rpcUrls, chainId, requestTimeoutMs, logger }: RpcsOptions): Rpcs {
  if (rpcUrls.length === 0) throw new InvalidInputError('rpcUrls', 'at least one URL', rpcUrls)
  const timeoutMs = requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS
  let agreed = chainId
  const agree = (found: number) => {
    agreed ??= found
    return agreed
  }
  const rpcs = rpcUrls.map((url, i) => openRpc(requireHttpUrl(url, `rpcUrls[${i}]`), { agree, timeoutMs, logger }))

  async function request(asked: Request): Promise<unknown> {
    const usable = rpcs.filter((rpc) => !rpc.isPassedOver())
    const failures: unknown[] = []
    for (const rpc of usable.length > 0 ? usable : rpcs) {
      try {
        return await rpc.request(asked)
      } catch (error) {
        // A revert is a revert wherever one asks.
        if (shouldThrow(error as Error)) throw error
        failures.push(error)
      }
    }
    throw mostTelling(failures)
  }

  return {
    names: rpcs.map(({ name }) => name),
    // Not viem's `fallback`: it waits for a dead RPC at every request, and wraps our errors as unknown ones.
    transport: (() => ({
      config: { key: 'rpcs', name: 'JSON-RPC over several URLs', type: 'rpcs', request },
      request,
    })) as unknown as Transport,
    async requireChain() {
      const checks = await Promise.allSettled(rpcs.map((rpc) => rpc.check()))
      if (checks.some(({ status }) => status === 'fulfilled')) return
      throw describeRpcFailure(mostTelling(checks.map((check) => (check as PromiseRejectedResult).reason)))
    },
  }

  /** What an RPC said, before that one is on the wrong chain, before that none could be reached. As viem's error: its actions expect one. */
  function mostTelling(failures: readonly unknown[]): Error {
    const answered = failures.find((failure) => !isConnectionFailure(failure) && !(failure instanceof PoaError))
    if (answered !== undefined) return answered as Error
    const cause = failures.find((failure) => failure instanceof PoaError) ?? failures.at(-1)
    return new HttpRequestError({
      url: rpcs.map(({ name }) => name).join(', '),
      cause: cause as Error,
      details: shortMessageOf(cause),
    })
  }
}

function openRpc(
  url: URL,
  {
    agree,
    timeoutMs,
    logger,
  }: {
    /** The chain id that is wanted, given the one that was found. */
    agree: (found: number) => number
    timeoutMs: number
    logger?: Logger | undefined
  },
): Rpc {
  const name = url.host
  const inner = http(url.href, { timeout: 0, retryCount: RETRIES })({})
  let isChecked = false
  let passedOverUntil = 0

  async function ask(request: Request): Promise<unknown> {
    // viem's own timeout ends with the headers, and a body may never come.
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      const result = await inner.request(request as never, { signal } as never)
      if (result === undefined) throw new HttpRequestError({ url: name, details: 'the answer holds no result' })
      return result
    } catch (caught) {
      const error = signal.aborted ? new TimeoutError({ url: name, body: { method: request.method } }) : caught
      withholdUrl(error, url)
      if (!isAnswer(error)) passOver(error)
      throw error
    }
  }

  function passOver(error: unknown): void {
    // Whatever comes back at that URL may be another chain.
    isChecked = false
    if (passedOverUntil === 0) logger?.warn({ rpc: name, reason: shortMessageOf(error) }, 'rpc passed over')
    passedOverUntil = Date.now() + PASS_OVER_MS
  }

  async function check(): Promise<void> {
    const found = Number(await ask({ method: 'eth_chainId' }))
    const chainId = agree(found)
    if (found !== chainId) {
      const error = new PoaError('WRONG_CHAIN', `the RPC at ${name} is on chain ${found}, not on ${chainId}`, {
        hint: 'Check rpcUrls and chainId.',
      })
      passOver(error)
      throw error
    }
    if (passedOverUntil !== 0) logger?.info({ rpc: name }, 'rpc in use again')
    passedOverUntil = 0
    isChecked = true
  }

  return {
    name,
    check,
    isPassedOver: () => Date.now() < passedOverUntil,
    async request(request) {
      if (!isChecked) await check()
      return await ask(request)
    },
  }
}

/**
 * What a NodeChain's client threw, as one of our errors.
 * @returns PoaError RPC_UNREACHABLE (no answer), WRONG_CHAIN, RPC_REFUSED (an answer, but an error); what is none of viem's as it is
 */
export function describeRpcFailure(error: unknown): Error {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof PoaError) return at
  if (!(error instanceof BaseError)) return error as Error
  const silent = error.walk((inner) => inner instanceof HttpRequestError || inner instanceof TimeoutError)
  if (silent instanceof HttpRequestError || silent instanceof TimeoutError) {
    return new PoaError('RPC_UNREACHABLE', `no answer from ${silent.url}: ${shortMessageOf(silent)}`, {
      cause: error,
      hint: 'Is the chain up, and is rpcUrls right?',
    })
  }
  return new PoaError('RPC_REFUSED', `the RPC refuses: ${shortMessageOf(error)}`, { cause: error })
}

/** An error that a node of the chain answered with: it is alive. */
function isAnswer(error: unknown): boolean {
  return error instanceof BaseError && error.walk((inner) => inner instanceof RpcRequestError) !== null
}

/** Not even a status came back, or nobody on the right chain was there. A node that took a request and gave up on it may manage a smaller one. */
export function isConnectionFailure(error: unknown): boolean {
  return error instanceof HttpRequestError && error.status === undefined
}

function shortMessageOf(error: unknown): string {
  if (error instanceof HttpRequestError && error.status !== undefined) return `HTTP status ${error.status}`
  if (error instanceof BaseError) return error.details || error.shortMessage
  return error instanceof Error ? error.message : String(error)
}

function requireHttpUrl(text: string, field: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new InvalidInputError(field, 'an http or https URL', WITHHELD)
}

/** Shorter parts of a path are words, like `rpc` or `v3`. */
const SHORTEST_KEY = 8

/** viem quotes the URL in messages, stacks and fields of its errors; keys are in its path, its query or its user. */
function withholdUrl(error: unknown, url: URL): void {
  const { href, host, username, password, pathname, search } = url
  const bare = href.replace(`${url.username}:${url.password}@`, '').replace(`${url.username}@`, '')
  // Providers quote the key alone as well, in what they answer.
  const parts = [...pathname.split('/'), ...url.searchParams.values()].filter((part) => part.length >= SHORTEST_KEY)
  const secrets = [href, bare, pathname + search, decodeURIComponent(password), password, username, ...parts]
  const withhold = (value: unknown) =>
    typeof value === 'string'
      ? secrets.reduce((text, secret) => (secret.length > 1 ? text.replaceAll(secret, host) : text), value)
      : value
  for (let at = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) {
    for (const key of Object.getOwnPropertyNames(at)) {
      const value = Reflect.get(at, key)
      Reflect.set(at, key, Array.isArray(value) ? value.map(withhold) : withhold(value))
    }
  }
}
