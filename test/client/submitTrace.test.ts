import type { Hex } from 'viem'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parseTraceSubmissions, signedPart, type TraceSubmission } from '../../src/api/submission.ts'
import { traceIdOf } from '../../src/api/typedData.ts'
import { submissionResultsView } from '../../src/api/views.ts'
import { NodeApiError } from '../../src/client/NodeApiError.ts'
import { signTrace } from '../../src/client/signTrace.ts'
import { submitTrace, submitTraces } from '../../src/client/submitTrace.ts'
import { inferenceOn, operator } from './inferenceOn.ts'
import { problemOf, type StubNode, sendJson, sendProblem, startStubNode } from './stubNode.ts'

let submissions: TraceSubmission[]
let ids: Hex[]
beforeAll(async () => {
  submissions = await Promise.all([1n, 2n, 3n].map((requestId) => signTrace(operator, inferenceOn(requestId))))
  ids = submissions.map((submission) => traceIdOf(submission, signedPart(submission)))
})

let node: StubNode
afterEach(() => node?.stop())

/** A node that judges each trace by the id of its request; undefined accepts it. */
const startJudge = async (judge: (requestId: bigint, round: number) => ReturnType<typeof problemOf> | undefined) => {
  let round = 0
  node = await startStubNode(({ body }, response) => {
    const read = parseTraceSubmissions(body)
    const list = 'traces' in read ? read.traces : [read]
    round++
    const results = list.map((trace) => {
      const traceId = traceIdOf(trace, signedPart(trace))
      const problem = judge(trace.requestId, round)
      return problem
        ? { status: problem.status, traceId, problem }
        : { status: 202 as const, traceId, isNew: round === 1 }
    })
    const isRefused = results.some(({ status }) => status !== 202)
    sendJson(response, isRefused ? 207 : 202, submissionResultsView.parse({ results }))
  })
}

describe('submitTrace', () => {
  test('default: the trace as it was signed, and its id', async () => {
    node = await startStubNode((_, response) => sendJson(response, 202, { traceId: ids[0], isNew: true }))
    expect(await submitTrace(node.url, submissions[0]!)).toEqual({ traceId: ids[0], isNew: true })
    expect(node.requests).toMatchObject([{ method: 'POST', path: '/v1/traces' }])
    expect(parseTraceSubmissions(node.requests[0]!.body)).toEqual(submissions[0])
  })

  test('behavior: a busy node is waited for where the caller allows', async () => {
    let isBusy = true
    node = await startStubNode((_, response) => {
      if (isBusy) sendProblem(response, 429, 'BACKLOG_FULL', { 'retry-after': '0' })
      else sendJson(response, 202, { traceId: ids[0], isNew: false })
      isBusy = !isBusy
    })
    expect(await submitTrace(node.url, submissions[0]!, { maxWaits: 1 })).toEqual({ traceId: ids[0], isNew: false })
    await expect(submitTrace(node.url, submissions[0]!)).rejects.toMatchObject({ code: 'BACKLOG_FULL' })
    expect(node.requests).toHaveLength(3)
  })

  test('error: the node refuses it', async () => {
    node = await startStubNode((_, response) => sendProblem(response, 409, 'REQUEST_NOT_PAID'))
    await expect(submitTrace(node.url, submissions[0]!)).rejects.toMatchObject({
      code: 'REQUEST_NOT_PAID',
      status: 409,
    })
  })

  test('error: the node names another trace', async () => {
    node = await startStubNode((_, response) => sendJson(response, 202, { traceId: ids[1], isNew: true }))
    await expect(submitTrace(node.url, submissions[0]!)).rejects.toMatchObject({ code: 'NODE_ANSWER_UNREADABLE' })
  })
})

describe('submitTraces', () => {
  test('default: one result a trace, in their order', async () => {
    await startJudge((requestId) => (requestId === 2n ? problemOf(409, 'REQUEST_NOT_PAID') : undefined))
    const results = await submitTraces(node.url, submissions)
    expect(results.map(({ traceId }) => traceId)).toEqual(ids)
    expect(results.map((result) => ('refusal' in result ? result.refusal.code : result.isNew))).toEqual([
      true,
      'REQUEST_NOT_PAID',
      true,
    ])
    expect((results[1] as { refusal: NodeApiError }).refusal).toBeInstanceOf(NodeApiError)
    expect(node.requests).toHaveLength(1)
  })

  test('behavior: only those that the node was too busy for are submitted again', async () => {
    const busy = problemOf(429, 'BACKLOG_FULL', { retryAfterSeconds: 0 })
    await startJudge((requestId, round) => {
      if (requestId === 1n) return problemOf(409, 'REQUEST_NOT_PAID')
      return requestId === 3n && round < 3 ? busy : undefined
    })
    const codes = (results: Awaited<ReturnType<typeof submitTraces>>) =>
      results.map((result) => ('refusal' in result ? result.refusal.code : 'accepted'))
    expect(codes(await submitTraces(node.url, submissions, { maxWaits: 1 }))).toEqual([
      'REQUEST_NOT_PAID',
      'accepted',
      'BACKLOG_FULL',
    ])
    const sent = node.requests.map(({ body }) => (body as { traces: { requestId: string }[] }).traces)
    expect(sent.map((traces) => traces.map(({ requestId }) => requestId))).toEqual([['1', '2', '3'], ['3']])
    expect(codes(await submitTraces(node.url, submissions.slice(1), { maxWaits: 1 }))).toEqual(['accepted', 'accepted'])
  })

  test('behavior: a node that is too busy for all of them', async () => {
    let refusals = 2
    node = await startStubNode((_, response) => {
      if (refusals-- > 0) return sendProblem(response, 503, 'DRAINING', { 'retry-after': '0' })
      sendJson(response, 202, { results: ids.map((traceId) => ({ status: 202, traceId, isNew: true })) })
    })
    await expect(submitTraces(node.url, submissions, { maxWaits: 1 })).rejects.toMatchObject({ code: 'DRAINING' })
    expect(await submitTraces(node.url, submissions)).toHaveLength(3)
  })

  test('error: the node answers for others, or for fewer', async () => {
    for (const answered of [ids.slice(1), ids.toReversed()]) {
      const results = answered.map((traceId) => ({ status: 202, traceId, isNew: true }))
      node = await startStubNode((_, response) => sendJson(response, 202, { results }))
      await expect(submitTraces(node.url, submissions)).rejects.toMatchObject({ code: 'NODE_ANSWER_UNREADABLE' })
      await node.stop()
    }
  })

  test('error: none, or more than one request takes', async () => {
    for (const list of [[], Array<TraceSubmission>(65).fill(submissions[0]!)]) {
      await expect(submitTraces('http://127.0.0.1:1', list)).rejects.toMatchObject({ field: 'submissions.length' })
    }
  })
})
