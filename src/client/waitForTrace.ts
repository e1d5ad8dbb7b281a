import type { Hex } from 'viem'
import { FINAL_SUMMARIES, type TraceSummary, type TraceView } from '../api/views.ts'
import { PoaError } from '../errors.ts'
import { followEvents } from './followEvents.ts'
import { getTrace } from './getTrace.ts'
import { NodeApiError } from './NodeApiError.ts'
import { pause } from './pause.ts'

/** The trace ended otherwise than was waited for. `code` is TRACE_ and the summary in capitals: TRACE_FAILED, TRACE_EXPIRED and so on. */
export class TraceEndedError extends PoaError {
  readonly trace: TraceView

  constructor(trace: TraceView) {
    const { traceId, summary, job, transaction } = trace
    const reason = summary === 'failed' ? (job?.reasonCode ?? transaction?.reasonCode) : undefined
    super(`TRACE_${summary.toUpperCase()}`, `trace ${traceId} is ${summary}${reason ? `: ${reason}` : ''}`)
    this.trace = trace
  }
}

export type WaitOptions = {
  /** What to wait for, `settled` by default. What lies beyond it on the way to `settled` will do as well. */
  readonly until?: TraceSummary
  /** 15 minutes by default. */
  readonly timeoutMs?: number
  /** How often to ask while no stream of events is open, 2 s by default. */
  readonly pollMs?: number
  readonly signal?: AbortSignal
  /** Told of the trace at first, and whenever anything about it has changed. */
  readonly onChange?: (trace: TraceView) => void
}

/** In the order in which a trace that goes well passes through them. */
const PROGRESS: readonly TraceSummary[] = ['accepted', 'sealing', 'sealed', 'proving', 'settling', 'settled']
/** While a stream tells of changes: not every change of a trace is an event of its own, such as a deadline that passes. */
const POLL_BESIDE_STREAM_MS = 10_000
const FIRST_REOPENING_MS = 1000
const LONGEST_REOPENING_MS = 30_000

/**
 * Waits until a trace has got somewhere. Listens to the node's stream of events, asks now and then besides, and goes on over lost connections and a
 * node that is away for a while. `settled` is as the node has seen the chain: how many blocks to wait beyond that is the caller's to say.
 * @throws TraceEndedError when the trace ends otherwise; NodeApiError when the node does not know it; PoaError TRACE_WAIT_TIMED_OUT; the signal's
 * reason
 */
export async function waitForTrace(nodeUrl: string, traceId: Hex, options: WaitOptions = {}): Promise<TraceView> {
  const { until = 'settled', timeoutMs = 900_000, pollMs = 2000, signal, onChange } = options
  const ending = new AbortController()
  const timer = setTimeout(() => ending.abort(), timeoutMs)
  const ended = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal
  const listener = listen(nodeUrl, traceId, ended)
  let seen: string | undefined
  let fault: unknown
  try {
    while (!ended.aborted) {
      const news = listener.awaitNews() // before asking, so that no news of meanwhile is lost
      try {
        const trace = await getTrace(nodeUrl, traceId, { signal: ended })
        fault = undefined
        const view = JSON.stringify(trace)
        if (view !== seen) onChange?.(trace)
        seen = view
        if (hasReached(trace.summary, until)) return trace
        if (FINAL_SUMMARIES.includes(trace.summary)) throw new TraceEndedError(trace)
        await pause(
          listener.isOpen() ? Math.max(pollMs, POLL_BESIDE_STREAM_MS) : pollMs,
          AbortSignal.any([ended, news]),
        )
      } catch (error) {
        if (ended.aborted || !mayPass(error)) throw error
        fault = error
        const busyMs = error instanceof NodeApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0
        await pause(Math.max(pollMs, busyMs), ended)
      }
    }
    throw ended.reason
  } catch (error) {
    signal?.throwIfAborted()
    if (!ended.aborted) throw error
    const last = seen === undefined ? 'never seen' : (JSON.parse(seen) as TraceView).summary
    const message = `trace ${traceId} was not ${until} within ${timeoutMs / 1000} s; at last it was ${last}`
    throw new PoaError('TRACE_WAIT_TIMED_OUT', message, { cause: fault })
  } finally {
    clearTimeout(timer)
    ending.abort()
    await listener.ended
  }
}

function hasReached(summary: TraceSummary, until: TraceSummary): boolean {
  return summary === until || (PROGRESS.includes(until) && PROGRESS.indexOf(summary) > PROGRESS.indexOf(until))
}

/** Whether asking again later may help. */
function mayPass(error: unknown): boolean {
  if (error instanceof NodeApiError) return error.status === 429 || error.status >= 500
  return error instanceof PoaError && (error.code === 'NODE_UNREACHABLE' || error.code === 'NODE_TIMED_OUT')
}

/** Keeps a stream of the trace's events open as well as it can. A node that has none is polled, and nobody is told. */
function listen(nodeUrl: string, traceId: Hex, signal: AbortSignal) {
  let isOpen = false
  let news = new AbortController()
  const keepOpen = async () => {
    let after: string | undefined
    for (let failures = 0; !signal.aborted; failures++) {
      const onOpen = () => {
        isOpen = true
        failures = 0
        news.abort() // whatever changed before the stream was open is not in it
      }
      try {
        for await (const { eventId } of followEvents(nodeUrl, { traceId, after, signal, onOpen })) {
          after = eventId
          news.abort()
        }
      } catch (error) {
        if (error instanceof NodeApiError && !mayPass(error)) return
      } finally {
        isOpen = false
        news.abort()
      }
      await pause(Math.min(LONGEST_REOPENING_MS, FIRST_REOPENING_MS * 2 ** failures), signal)
    }
  }
  return {
    isOpen: () => isOpen,
    /** Aborted at the next news. */
    awaitNews: (): AbortSignal => {
      news = new AbortController()
      return news.signal
    },
    ended: keepOpen(),
  }
}
