import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { FINAL_SUMMARIES, type TraceSummary, type TraceView } from '../../src/api/views.ts'
import { TraceEndedError, waitForTrace } from '../../src/client/waitForTrace.ts'
import {
  openStream,
  type StubNode,
  type StubRequest,
  sendJson,
  sendProblem,
  startStubNode,
  TRACE_ID,
  traceWith,
} from './stubNode.ts'

let node: StubNode
afterEach(() => node?.stop())

type Route = (request: StubRequest, response: ServerResponse) => unknown
const noStream: Route = (_, response) => sendProblem(response, 404, 'NOT_FOUND')
/** A node with one trace, which it knows by the routes given. */
const start = async (show: Route, stream: Route = noStream) => {
  node = await startStubNode((request, response) =>
    (request.path.endsWith('/events') ? stream : show)(request, response),
  )
}
/** Shows these one after the other, the last one for ever. */
const showing = (...summaries: TraceSummary[]): Route => {
  return (_, response) => sendJson(response, 200, traceWith(summaries.length > 1 ? summaries.shift()! : summaries[0]!))
}
const asked = () => node.requests.filter(({ path }) => path === `/v1/traces/${TRACE_ID}`).length
/** So long that a test in which it matters runs into its own time limit. */
const NEVER_POLL = { pollMs: 1_000_000 }
const POLL_AT_ONCE = { pollMs: 1 }

describe('waitForTrace', () => {
  test('default: an event tells that it is worth asking', async () => {
    let summary: TraceSummary = 'accepted'
    let isSettling = false
    let stream: ServerResponse
    await start(
      (_, response) => {
        sendJson(response, 200, traceWith(summary))
        // Once the trace was shown with the stream open, it moves on.
        if (stream === undefined || isSettling) return
        isSettling = true
        summary = 'settled'
        openedStream('41', 'batch.settled')
      },
      (_, response) => {
        stream = response
        openedStream = openStream(response)
      },
    )
    let openedStream: ReturnType<typeof openStream>
    expect(await waitForTrace(node.url, TRACE_ID, NEVER_POLL)).toEqual(traceWith('settled'))
    // Nothing is left behind.
    if (!stream!.closed) await once(stream!, 'close')
  })

  test('behavior: a node without a stream is polled', async () => {
    await start(showing('accepted', 'sealed', 'proving', 'settled'))
    expect((await waitForTrace(node.url, TRACE_ID, POLL_AT_ONCE)).summary).toBe('settled')
    expect(asked()).toBe(4)
    expect(node.requests).toHaveLength(5)
  })

  test('behavior: a lost stream is taken up after the last event', async () => {
    const heard: (string | undefined)[] = []
    let summary: TraceSummary = 'accepted'
    await start(
      (_, response) => sendJson(response, 200, traceWith(summary)),
      ({ headers }, response) => {
        heard.push(headers['last-event-id'] as string | undefined)
        const send = openStream(response)
        if (heard.length === 3) summary = 'settled'
        send(String(40 + heard.length), 'proof.progress')
        response.end()
      },
    )
    await waitForTrace(node.url, TRACE_ID, NEVER_POLL)
    expect(heard).toEqual([undefined, '41', '42'])
  })

  test('behavior: what lies beyond will do', async () => {
    await start(showing('accepted', 'settling'))
    expect((await waitForTrace(node.url, TRACE_ID, { ...POLL_AT_ONCE, until: 'sealed' })).summary).toBe('settling')
    await node.stop()
    await start(showing('accepted', 'cancelled'))
    expect((await waitForTrace(node.url, TRACE_ID, { ...POLL_AT_ONCE, until: 'cancelled' })).summary).toBe('cancelled')
  })

  test('behavior: the caller is told of each change once', async () => {
    await start(showing('accepted', 'accepted', 'proving', 'proving', 'proving', 'settled'))
    const seen: TraceSummary[] = []
    await waitForTrace(node.url, TRACE_ID, { ...POLL_AT_ONCE, onChange: ({ summary }) => seen.push(summary) })
    expect(seen).toEqual(['accepted', 'proving', 'settled'])
  })

  test('behavior: a node that is away or busy for a while', async () => {
    let round = 0
    await start((_, response) => {
      round++
      if (round === 1) response.socket!.destroy()
      else if (round === 2) sendProblem(response, 429, 'TOO_MANY_REQUESTS', { 'retry-after': '0' })
      else if (round === 3) response.writeHead(502).end('<h1>Bad gateway</h1>')
      else sendJson(response, 200, traceWith('settled'))
    })
    expect((await waitForTrace(node.url, TRACE_ID, POLL_AT_ONCE)).summary).toBe('settled')
    expect(round).toBe(4)
  })

  test.each(FINAL_SUMMARIES.filter((summary) => summary !== 'settled'))('error: it is %s', async (summary) => {
    await start(showing('accepted', summary))
    const ended = await waitForTrace(node.url, TRACE_ID, POLL_AT_ONCE).catch((error) => error)
    expect(ended).toBeInstanceOf(TraceEndedError)
    expect(ended).toMatchObject({ code: `TRACE_${summary.toUpperCase()}`, trace: traceWith(summary) })
    expect(ended.message).toBe(`trace ${TRACE_ID} is ${summary}`)
  })

  test('error: why it failed', async () => {
    const job: TraceView['job'] = {
      state: 'dead',
      attempts: 1,
      stage: null,
      fraction: null,
      expectedSeconds: null,
      deadlineAt: '2026-11-21T11:00:00.000Z',
      reasonCode: 'WITNESS_FAILED',
      reason: 'no witness',
    }
    await start((_, response) => sendJson(response, 200, traceWith('failed', { job })))
    await expect(waitForTrace(node.url, TRACE_ID)).rejects.toMatchObject({
      code: 'TRACE_FAILED',
      message: `trace ${TRACE_ID} is failed: WITNESS_FAILED`,
    })
  })

  test('error: settled before it could be cancelled', async () => {
    await start(showing('settled'))
    await expect(waitForTrace(node.url, TRACE_ID, { until: 'cancelled' })).rejects.toMatchObject({
      code: 'TRACE_SETTLED',
    })
  })

  test('error: the node does not know it', async () => {
    await start((_, response) => sendProblem(response, 404, 'TRACE_UNKNOWN'))
    await expect(waitForTrace(node.url, TRACE_ID)).rejects.toMatchObject({ code: 'TRACE_UNKNOWN', status: 404 })
    expect(asked()).toBe(1)
  })

  test('error: not within the time given, with how it stood and what stood in the way', async () => {
    await start(showing('sealed'))
    await expect(waitForTrace(node.url, TRACE_ID, { ...POLL_AT_ONCE, timeoutMs: 2000 })).rejects.toMatchObject({
      code: 'TRACE_WAIT_TIMED_OUT',
      message: `trace ${TRACE_ID} was not settled within 2 s; at last it was sealed`,
    })
    await node.stop()
    await expect(waitForTrace(node.url, TRACE_ID, { ...POLL_AT_ONCE, timeoutMs: 1000 })).rejects.toMatchObject({
      code: 'TRACE_WAIT_TIMED_OUT',
      cause: { code: 'NODE_UNREACHABLE' },
    })
  })

  test('error: the caller gave up', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    await start(showing('sealed'), (_, response) => openStream(response))
    const onChange = () => controller.abort(reason)
    await expect(waitForTrace(node.url, TRACE_ID, { ...NEVER_POLL, signal: controller.signal, onChange })).rejects.toBe(
      reason,
    )
  })
})
