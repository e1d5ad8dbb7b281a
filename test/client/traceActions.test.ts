import { recoverTypedDataAddress } from 'viem'
import { afterEach, describe, expect, test } from 'vitest'
import { traceActionRequest } from '../../src/api/submission.ts'
import { actionTypedData } from '../../src/api/typedData.ts'
import { cancelTrace } from '../../src/client/cancelTrace.ts'
import { retryTrace } from '../../src/client/retryTrace.ts'
import { inferenceOn, operator } from './inferenceOn.ts'
import { type StubNode, sendJson, sendProblem, startStubNode, TRACE_ID, traceWith } from './stubNode.ts'

let node: StubNode
afterEach(() => node?.stop())

const { chainId, escrow } = inferenceOn(1n)
const parameters = { chainId, escrow, traceId: TRACE_ID, deadline: 1_900_000_000n }

describe.each([
  ['cancel', cancelTrace, 'cancelled'],
  ['retry', retryTrace, 'sealed'],
] as const)('%sTrace', (action, perform, summary) => {
  test('default: asks as the operator, and says how the trace stands', async () => {
    node = await startStubNode(({ method }, response) =>
      sendJson(response, 200, method === 'POST' ? { traceId: TRACE_ID, action } : traceWith(summary)),
    )
    expect(await perform(node.url, operator, parameters)).toEqual(traceWith(summary))
    expect(node.requests).toMatchObject([
      { method: 'POST', path: `/v1/traces/${TRACE_ID}/${action}` },
      { method: 'GET', path: `/v1/traces/${TRACE_ID}` },
    ])
    const { deadline, signature } = traceActionRequest.parse(node.requests[0]!.body)
    const signed = actionTypedData({ chainId, escrow }, { traceId: TRACE_ID, action, deadline })
    expect(await recoverTypedDataAddress({ ...signed, signature })).toBe(operator.address)
  })

  test('error: the node refuses', async () => {
    node = await startStubNode((_, response) => sendProblem(response, 409, 'TOO_LATE'))
    await expect(perform(node.url, operator, parameters)).rejects.toMatchObject({ code: 'TOO_LATE', status: 409 })
  })
})
