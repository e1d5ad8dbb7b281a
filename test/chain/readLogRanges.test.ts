import { createClient, custom, toHex } from 'viem'
import { expect, test } from 'vitest'
import { readLogRanges } from '../../src/chain/readLogRanges.ts'

type Asked = { readonly from: number; readonly to: number }

/** A chain with as many logs in each block, whose RPC refuses more than some blocks at once. */
function openChain(logsInABlock: number, { largestRange = Number.MAX_SAFE_INTEGER } = {}) {
  const asked: Asked[] = []
  const request = async ({ params }: { params: [{ fromBlock: string; toBlock: string }] }) => {
    const [from, to] = [Number(params[0].fromBlock), Number(params[0].toBlock)]
    asked.push({ from, to })
    if (to - from + 1 > largestRange) throw Object.assign(new Error('range too large'), { code: -32005 })
    return Array.from({ length: (to - from + 1) * logsInABlock }, (_, i) => ({
      blockNumber: toHex(from + Math.floor(i / logsInABlock)),
      logIndex: toHex(i % logsInABlock),
      topics: [],
    }))
  }
  return { asked, client: createClient({ transport: custom({ request } as never, { retryCount: 0 }) }) }
}

async function readAll(client: ReturnType<typeof openChain>['client'], toBlock: bigint) {
  const counts: number[] = []
  let last = -1n
  for await (const { logs } of readLogRanges(client, {}, { fromBlock: 0n, toBlock })) {
    counts.push(logs.length)
    if (logs.length === 0) continue
    expect(logs[0]!.blockNumber).toBe(last + 1n)
    last = logs.at(-1)!.blockNumber
  }
  return counts
}

test('default: every log once, in order, few at a time however dense the chain is', async () => {
  const { client } = openChain(200)
  const counts = await readAll(client, 299n)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(60_000)
  // The first range is a guess; the second knows.
  expect(counts[0]).toBe(6_400)
  expect(Math.max(...counts.slice(1))).toBeLessThanOrEqual(2_000)
})

test('behavior: ranges grow where there is little', async () => {
  const { client, asked } = openChain(0)
  await readAll(client, 99_999n)
  expect(asked.length).toBeLessThan(30)
  expect(asked.at(-2)).toEqual({ from: expect.any(Number), to: expect.any(Number) })
  expect(Math.max(...asked.map(({ from, to }) => to - from + 1))).toBeLessThanOrEqual(20_000)
})

test('behavior: a range that the RPC refuses is halved until it answers', async () => {
  const { client, asked } = openChain(1, { largestRange: 5 })
  const counts = await readAll(client, 99n)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100)
  expect(asked[0]).toEqual({ from: 0, to: 31 })
  expect(Math.max(...counts)).toBeLessThanOrEqual(5)
})

test('error: an RPC that refuses even one block', async () => {
  const { client } = openChain(1, { largestRange: 0 })
  await expect(readAll(client, 9n)).rejects.toThrow('range too large')
})
