import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepAsking } from '../../../prover/explorer/node/keepAsking.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A node whose answers come when the test says so. */
function openAsking() {
  const requests: { resolve(data: string): void; reject(error: object): void; signal: AbortSignal }[] = []
  const told: string[] = []
  const asking = keepAsking(
    (signal) =>
      new Promise<string>((resolve, reject) => {
        requests.push({ resolve, reject, signal })
      }),
    { answer: (data) => told.push(data), failure: (error: { code: string }) => told.push(error.code) },
  )
  const refuse = async (error: object) => {
    requests.at(-1)!.reject(error)
    await vi.advanceTimersByTimeAsync(0)
  }
  const answer = async (data: string) => {
    requests.at(-1)!.resolve(data)
    await vi.advanceTimersByTimeAsync(0)
  }
  return { asking, requests, told, answer, refuse }
}

test('default: an answer under way is waited for, and asked for again once however much happened meanwhile', async () => {
  const { asking, requests, told, answer } = openAsking()
  for (let events = 0; events < 5; events++) asking.again()
  expect(requests).toHaveLength(1)
  expect(requests[0]!.signal.aborted).toBe(false)
  await answer('first')
  expect(told).toEqual(['first'])
  expect(requests).toHaveLength(2)
  await answer('second')
  expect(requests).toHaveLength(2)
  asking.again()
  expect(requests).toHaveLength(3)
})

test('behavior: what failed is asked again by itself, and sooner when something happens', async () => {
  const { asking, requests, told, answer, refuse } = openAsking()
  await refuse({ code: 'NODE_UNREACHABLE' })
  await vi.advanceTimersByTimeAsync(4999)
  expect(requests).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(requests).toHaveLength(2)
  await refuse({ code: 'NODE_TIMED_OUT' })
  asking.again()
  expect(requests).toHaveLength(3)
  await answer('there')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(requests).toHaveLength(3)
  expect(told).toEqual(['NODE_UNREACHABLE', 'NODE_TIMED_OUT', 'there'])
})

test('behavior: a node that names a time is left alone until then, and never asked without a pause', async () => {
  const { asking, requests, refuse } = openAsking()
  await refuse({ code: 'RATE_LIMITED', retryAfterSeconds: 20 })
  asking.again()
  await vi.advanceTimersByTimeAsync(19_999)
  expect(requests).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(requests).toHaveLength(2)
  await refuse({ code: 'RATE_LIMITED', retryAfterSeconds: 0 })
  expect(requests).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(1000)
  expect(requests).toHaveLength(3)
})

test('behavior: nothing is asked or told when nobody looks any more', async () => {
  const { asking, requests, told, answer } = openAsking()
  asking.again()
  asking.stop()
  expect(requests[0]!.signal.aborted).toBe(true)
  await answer('late')
  await vi.advanceTimersByTimeAsync(60_000)
  expect([requests.length, told]).toEqual([1, []])
  const failed = openAsking()
  await failed.refuse({ code: 'NODE_UNREACHABLE' })
  failed.asking.stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(failed.requests).toHaveLength(1)
})
