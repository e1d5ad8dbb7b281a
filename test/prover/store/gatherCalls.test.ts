import { expect, test } from 'vitest'
import { gatherCalls } from '../../../prover/store/gatherCalls.ts'

/** Runs that end when they are told to. */
function startRuns(largest = 100) {
  const runs: { items: readonly number[]; end: (failure?: Error) => void }[] = []
  const call = gatherCalls<number, string>(
    (items) =>
      new Promise((resolve, reject) => {
        runs.push({ items, end: (failure) => (failure ? reject(failure) : resolve(items.map(String))) })
      }),
    largest,
  )
  return { runs, call }
}

test('default: what comes alone runs at once, what comes meanwhile runs together', async () => {
  const { runs, call } = startRuns()
  const answers = [call(1), call(2), call(3)]
  expect(runs.map(({ items }) => items)).toEqual([[1]])
  runs[0]!.end()
  await answers[0]
  expect(runs.map(({ items }) => items)).toEqual([[1], [2, 3]])
  runs[1]!.end()
  expect(await Promise.all(answers)).toEqual(['1', '2', '3'])
})

test('behavior: a run takes so many and no more', async () => {
  const { runs, call } = startRuns(2)
  const answers = [1, 2, 3, 4].map(call)
  for (let i = 0; i < 3; i++) {
    runs[i]!.end()
    await answers[Math.min(3, 2 * i)]
  }
  expect(runs.map(({ items }) => items)).toEqual([[1], [2, 3], [4]])
})

test('error: a run that fails fails its own items, and the next goes on', async () => {
  const { runs, call } = startRuns()
  const first = call(1)
  const second = call(2)
  runs[0]!.end(new Error('broken'))
  await expect(first).rejects.toThrow('broken')
  runs[1]!.end()
  expect(await second).toBe('2')
})
