import {
  type Address,
  createClient,
  custom,
  encodeFunctionData,
  type Hex,
  HttpRequestError,
  MethodNotFoundRpcError,
  TimeoutError,
  toFunctionSelector,
} from 'viem'
import { describe, expect, test } from 'vitest'
import { openTracer, readCalls } from '../../src/audit/readCalls.ts'
import { inferenceEscrowAbi } from '../../src/chain/abi.ts'
import { toEvmProof } from '../../src/proof/evmProof.ts'
import fixture from '../../verifier-contracts/test/fixtures/tiny-settlement.json' with { type: 'json' }

const escrow: Address = '0x00000000000000000000000000000000000000e5'
const multicall: Address = '0x00000000000000000000000000000000000000aa'
const transaction: Hex = `0x${'ab'.repeat(32)}`
const leaves = { requestIds: [1n], pools: [2n], inputCommitments: [3n], outputCommitments: [4n] }
const settle = encodeFunctionData({
  abi: inferenceEscrowAbi,
  functionName: 'settle',
  args: [1n, escrow, leaves, [5n], 6n, toEvmProof(fixture.proof as never)],
})
const selector = toFunctionSelector(
  inferenceEscrowAbi.find((item) => 'name' in item && item.name === 'settle') as never,
)

/** A node with one transaction, and what it answers or throws when it is asked to trace it. */
function nodeWith({ to, input, trace }: { to: Address; input: Hex; trace: () => unknown }) {
  const asked: string[] = []
  const client = createClient({
    transport: custom(
      {
        async request({ method }: { method: string }) {
          asked.push(method)
          if (method === 'debug_traceTransaction') return trace()
          return { hash: transaction, to, input, type: '0x0', blockNumber: '0x1', transactionIndex: '0x0' }
        },
      },
      { retryCount: 0 },
    ),
  })
  return { client, asked }
}
const failing = (error: Error) =>
  nodeWith({
    to: multicall,
    input: '0x',
    trace: () => {
      throw error
    },
  })
const wanted = { function: 'settle', transaction, contract: escrow, count: 1 } as const

describe('readCalls', () => {
  const rest = 'ee'.repeat(1 << 20)

  test.each([
    ['transaction', { to: escrow, input: `${settle}${rest}` as Hex, trace: () => expect.unreachable() }],
    ['input', { to: multicall, input: `0x12${settle.slice(2)}${rest}` as Hex, trace: () => ({ type: 'CALL' }) }],
    ['trace', { to: multicall, input: '0x' as Hex, trace: () => ({ to: escrow, input: `${settle}${rest}` }) }],
  ] as const)('behavior: of a call in the %s, what follows the calldata is left out', async (from, node) => {
    const { client } = nodeWith(node)
    const calls = await readCalls(client, openTracer(client), wanted)
    expect(calls).toEqual([{ type: 'call', function: 'settle', transaction, from, data: settle, reason: null }])
  })

  test('error: calldata that is nowhere is a record with a reason', async () => {
    const { client } = failing(new MethodNotFoundRpcError(new Error('what?')))
    expect(await readCalls(client, openTracer(client), wanted)).toMatchObject([
      { data: null, reason: expect.stringContaining('does not trace transactions') },
    ])
  })
})

describe('openTracer', () => {
  test('behavior: a node that does not trace is asked once, also when another failure comes later', async () => {
    const { client, asked } = failing(new MethodNotFoundRpcError(new Error('what?')))
    const tracer = openTracer(client)
    for (let i = 0; i < 3; i++) expect(await tracer(transaction, escrow, selector)).toMatch('does not trace')
    expect(asked).toHaveLength(1)
  })

  test('behavior: what is learned of a node is not forgotten over an answer that comes late', async () => {
    const errors = [new MethodNotFoundRpcError(new Error('what?')), new HttpRequestError({ url: 'x', status: 500 })]
    const { client, asked } = nodeWith({
      to: multicall,
      input: '0x',
      trace: () => {
        throw errors.shift()
      },
    })
    const tracer = openTracer(client)
    const trace = () => tracer(transaction, escrow, selector)
    await Promise.all([trace(), trace()])
    await trace()
    expect(asked).toHaveLength(2)
  })

  test.each([
    ['nobody is there', new HttpRequestError({ url: 'x', details: 'ECONNREFUSED' })],
    ['no answer comes in time', new TimeoutError({ url: 'x', body: {} })],
  ])('error: %s', async (_name, error) => {
    const { client } = failing(error)
    await expect(openTracer(client)(transaction, escrow, selector)).rejects.toMatchObject({ name: error.name })
  })
})
