import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { EventView, Problem, TraceSummary, TraceView } from '../../src/api/views.ts'

export type StubRequest = {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Parsed; undefined when there was none. */
  readonly body: unknown
}

/** A prover node that answers what a test tells it to, and remembers what it was asked. */
export type StubNode = {
  readonly url: string
  readonly requests: readonly StubRequest[]
  stop(): Promise<void>
}

/** Listens on a free loopback port. */
export async function startStubNode(
  answer: (request: StubRequest, response: ServerResponse) => unknown,
): Promise<StubNode> {
  const requests: StubRequest[] = []
  const server = createServer(async (incoming, response) => {
    const sent = await text(incoming)
    const { method = '', url: path = '', headers } = incoming
    const request = { method, path, headers, body: sent === '' ? undefined : JSON.parse(sent) }
    requests.push(request)
    await answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}`, requests, stop }
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

export function problemOf(status: number, code: string, more: Partial<Problem> = {}): Problem {
  return { type: 'about:blank', title: code, status, detail: `refused: ${code}`, code, ...more }
}

export function sendProblem(response: ServerResponse, status: number, code: string, headers = {}): void {
  sendJson(response, status, problemOf(status, code), { 'content-type': 'application/problem+json', ...headers })
}

/** Starts a stream of events; what comes back sends one. */
export function openStream(response: ServerResponse): (eventId: string, kind: string) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n')
  return (eventId, kind) => {
    const event: EventView = {
      eventId,
      at: '2026-11-21T10:00:00.000Z',
      kind,
      traceId: TRACE_ID,
      batchId: null,
      data: {},
    }
    response.write(`id: ${eventId}\nevent: ${kind}\ndata: ${JSON.stringify(event)}\n\n`)
  }
}

export const TRACE_ID = `0x${'ab'.repeat(32)}` as const

/** How a node shows a trace. */
export function traceWith(summary: TraceSummary, more: Partial<TraceView> = {}): TraceView {
  return {
    traceId: TRACE_ID,
    requestId: '7',
    modelId: '1',
    operator: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    inputCommitment: '11',
    outputCommitment: '12',
    nonce: '0',
    acceptedAt: '2026-11-21T10:00:00.000Z',
    summary,
    trace: { state: 'accepted' },
    request: { state: 'paid', epochId: '1', poolWei: '500', sealDeadline: '1800000000' },
    batch: null,
    job: null,
    transaction: null,
    ...more,
  }
}
