import type { Hex } from 'viem'
import { type EventView, eventView } from '../api/views.ts'
import { PoaError } from '../errors.ts'
import { readEventData } from './readEventData.ts'
import { fetchNode, readAnswer } from './requestNode.ts'

const OPENING_TIMEOUT_MS = 30_000

/**
 * What changes at a node, or for one trace, as it happens; over one connection, until it ends. To go on afterwards, call it again with the last
 * `eventId` as `after`: nothing is skipped.
 * @param after the events after this one; without it, from now on
 * @param onOpen called once the node listens to us: whatever changes from then on is in the stream
 * @throws NodeApiError; PoaError NODE_UNREACHABLE, NODE_TIMED_OUT, NODE_ANSWER_UNREADABLE; what broke the connection; the signal's reason
 */
export async function* followEvents(
  nodeUrl: string,
  options: { traceId?: Hex; after?: string | undefined; signal?: AbortSignal; onOpen?: () => void } = {},
): AsyncGenerator<EventView> {
  const { traceId, after, signal, onOpen } = options
  const opening = new AbortController()
  const timeout = new PoaError('NODE_TIMED_OUT', `the node opened no stream within ${OPENING_TIMEOUT_MS / 1000} s`)
  const timer = setTimeout(() => opening.abort(timeout), OPENING_TIMEOUT_MS)
  const path = traceId === undefined ? '/v1/events' : `/v1/traces/${traceId}/events`
  const headers = { accept: 'text/event-stream', ...(after !== undefined && { 'last-event-id': after }) }
  const abort = () => opening.abort(signal?.reason)
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) abort()
  const response = await fetchNode(nodeUrl, { path, headers }, opening.signal).finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  })
  if (!response.headers.get('content-type')?.startsWith('text/event-stream') || response.body === null) {
    await response.body?.cancel()
    throw new PoaError('NODE_ANSWER_UNREADABLE', 'the node answered with something else than a stream of events')
  }
  onOpen?.()
  // By the stream itself and not through fetch: Node 20 forgets a request's signal once it has collected the garbage of the request.
  for await (const data of readEventData(response.body, signal)) yield readAnswer(eventView, parseJson(data))
  signal?.throwIfAborted()
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new PoaError('NODE_ANSWER_UNREADABLE', 'the data of an event is not JSON')
  }
}
