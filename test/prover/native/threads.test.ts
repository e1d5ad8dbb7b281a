import { beforeAll, describe, expect, it } from 'vitest'
import { loadEngine, type NativeEngine } from '../../../prover/proving/native/loadEngine.ts'
import { buildOnce } from './buildOnce.ts'

buildOnce()

let engine: NativeEngine
beforeAll(() => {
  engine = loadEngine()
})

/** For each caller: tasks that ran to their end at first, exceptions that reached it, halves of tasks that ran the second time. */
function run(threads: number, callers: number, count: number, failing: number[]) {
  const bytes = engine.testing.runTasks(threads, callers, count, Uint32Array.from(failing))
  const numbers = new Uint32Array(Uint8Array.from(bytes).buffer)
  return Array.from({ length: callers }, (_, caller) => [...numbers.subarray(3 * caller, 3 * caller + 3)])
}

describe.each([1, 2, 3, 8])('a pool of %i threads', (threads) => {
  it('default: runs every task once, also for several callers at once and for tasks that give it more', () => {
    for (const callers of [1, 2, 5])
      expect(run(threads, callers, 20, [])).toEqual(Array.from({ length: callers }, () => [20, 0, 40]))
  })

  it('error: one exception of a task, or of several, reaches the caller whose task it was, and the pool goes on', () => {
    for (const failing of [[0], [19], [7, 8], Array.from({ length: 20 }, (_, i) => i)])
      for (const callers of [1, 2, 5])
        for (const [ran, caught, second] of run(threads, callers, 20, failing)) {
          expect(ran).toBeLessThanOrEqual(20 - failing.length)
          expect([caught, second]).toEqual([1, 40])
        }
  })

  it('behavior: ends while its threads still wait for the first task, a hundred times', () => {
    for (let i = 0; i < 100; i++) expect(run(threads, 1, 1, [])).toEqual([[1, 0, 2]])
  })
})
