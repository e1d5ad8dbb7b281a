import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { NodeApiError } from '../../src/client/NodeApiError.ts'
import { requestNode } from '../../src/client/requestNode.ts'
import { problemOf, type StubNode, sendJson, sendProblem, startStubNode } from './stubNode.ts'

const nodes: StubNode[] = []
const start = async (...stub: Parameters<typeof startStubNode>) => {
  const node = await startStubNode(...stub)
  nodes.push(node)
  return node
}
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop()
})

const answer = z.object({ word: z.string() })
const ask = (url: string, options = {}) => requestNode(url, { path: '/v1/word', answer }, options)

describe('requestNode', () => {
  test('default: GET with a query, below the path of the node', async () => {
    const node = await start((_, response) => sendJson(response, 200, { word: 'yes', another: 1 }))
    const request = { path: '/v1/word', query: { after: '5', kind: 'a b' }, answer }
    expect(await requestNode(`${node.url}/poa/`, request)).toEqual({ word: 'yes' })
    expect(node.requests).toMatchObject([
      {
        method: 'GET',
        path: '/poa/v1/word?after=5&kind=a+b',
        body: undefined,
        headers: { accept: 'application/json' },
      },
    ])
  })

  test('behavior: POST sends JSON, with bigints as decimal strings', async () => {
    const node = await start((_, response) => sendJson(response, 202, { word: 'yes' }))
    await requestNode(node.url, { method: 'POST', path: '/v1/word', body: { wei: 2n ** 90n }, answer })
    expect(node.requests).toMatchObject([
      { method: 'POST', body: { wei: (2n ** 90n).toString() }, headers: { 'content-type': 'application/json' } },
    ])
  })

  test.each([
    [429, '0'],
    [503, 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ])('behavior: after %i it waits as told and asks again, as often as allowed', async (status, retryAfter) => {
    let refusals = 2
    const node = await start((_, response) => {
      if (refusals-- > 0) sendProblem(response, status, 'BUSY', { 'retry-after': retryAfter })
      else sendJson(response, 200, { word: 'yes' })
    })
    await expect(ask(node.url, { maxWaits: 1 })).rejects.toMatchObject({ code: 'BUSY', status, retryAfterSeconds: 0 })
    expect(node.requests).toHaveLength(2)
    refusals = 2
    expect(await ask(node.url, { maxWaits: 2 })).toEqual({ word: 'yes' })
    expect(node.requests).toHaveLength(5)
  })

  test('behavior: it waits for none that it need not or had better not', async () => {
    const refusals = [
      { status: 429, headers: { 'retry-after': '61' } }, // longer than we care for
      { status: 503, headers: {} }, // no word of when
      { status: 409, headers: { 'retry-after': '0' } }, // another kind of refusal
    ]
    for (const { status, headers } of refusals) {
      const node = await start((_, response) => sendProblem(response, status, 'NO', headers))
      await expect(ask(node.url, { maxWaits: 5 })).rejects.toBeInstanceOf(NodeApiError)
      expect(node.requests).toHaveLength(1)
    }
  })

  test('error: a refusal carries the whole problem', async () => {
    const problem = problemOf(400, 'INVALID_INPUT', { field: 'label', bound: '0 .. 3', detail: 'label must be 0 .. 3' })
    const node = await start((_, response) => sendJson(response, 400, problem))
    const refusal = await ask(node.url).catch((error) => error)
    expect(refusal).toBeInstanceOf(NodeApiError)
    expect(refusal).toMatchObject({ name: 'NodeApiError', code: 'INVALID_INPUT', status: 400, problem })
    expect(refusal.message).toBe('label must be 0 .. 3')
    expect(refusal.retryAfterSeconds).toBeUndefined()
  })

  test('error: whatever a proxy answers in its place', async () => {
    const node = await start((_, response) => response.writeHead(502).end('<h1>Bad gateway</h1>'))
    await expect(ask(node.url)).rejects.toMatchObject({ code: 'HTTP_502', status: 502 })
  })

  test.each(['<h1>Welcome</h1>', '{"word":5}', '', 'null'])('error: 200 with %s', async (body) => {
    const node = await start((_, response) => response.writeHead(200).end(body))
    await expect(ask(node.url)).rejects.toMatchObject({ code: 'NODE_ANSWER_UNREADABLE' })
  })

  test('error: nobody there', async () => {
    const node = await start(() => {})
    await node.stop()
    await expect(ask(node.url)).rejects.toMatchObject({
      code: 'NODE_UNREACHABLE',
      message: expect.stringContaining(new URL(node.url).host),
    })
  })

  test('error: no answer in time, neither head nor body', async () => {
    const silent = await start(() => {})
    await expect(ask(silent.url, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'NODE_TIMED_OUT' })
    const halting = await start((_, response) => void response.writeHead(200).write('{"wo'))
    await expect(ask(halting.url, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'NODE_TIMED_OUT' })
  })

  test('error: the caller gave up, while asking or while waiting', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const silent = await start(() => controller.abort(reason))
    await expect(ask(silent.url, { signal: controller.signal })).rejects.toBe(reason)
    const later = new AbortController()
    const busy = await start((_, response) => {
      sendProblem(response, 429, 'BUSY', { 'retry-after': '60' })
      response.once('close', () => later.abort(reason))
    })
    await expect(ask(busy.url, { signal: later.signal, maxWaits: 1 })).rejects.toBe(reason)
    expect(busy.requests).toHaveLength(1)
  })

  test('error: a redirection is not followed: what is private goes to the node that was named', async () => {
    const other = await start((_, response) => sendJson(response, 200, { word: 'thanks' }))
    const node = await start((_, response) => response.writeHead(307, { location: `${other.url}/v1/word` }).end())
    await expect(
      requestNode(node.url, { method: 'POST', path: '/v1/word', body: { inputSalt: 5n }, answer }),
    ).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' })
    expect(node.requests).toHaveLength(1)
    expect(other.requests).toHaveLength(0)
  })

  test.each(['localhost:8787', 'ftp://127.0.0.1', 'http://me:hush@127.0.0.1', ''])('error: the URL %s', async (url) => {
    const refusal = await ask(url).catch((error) => error)
    expect(refusal).toMatchObject({ code: 'INVALID_INPUT', field: 'nodeUrl' })
    expect(refusal.message).not.toContain('hush')
  })
})
