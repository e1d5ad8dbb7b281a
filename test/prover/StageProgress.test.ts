import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { StageProgress } from '../../prover/StageProgress.ts'

/** A stream that keeps what is written to it. */
function openStream(terminal: { columns?: number } | undefined = undefined) {
  const written: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk))
      done()
    },
  })
  const methods = { cursorTo: () => true, clearLine: () => true, moveCursor: () => true }
  if (terminal) Object.assign(stream, { isTTY: true, columns: 120, ...methods, ...terminal })
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => written.join('') }
}
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

test('default: two lines a stage where there is no terminal', async () => {
  const { stream, text } = openStream()
  const progress = new StageProgress({ stream })
  const result = await progress.run('prove', 'Prove 3 traces', async (report) => {
    expect(text()).toBe('  Prove 3 traces ...\n')
    report(0.5, 'half')
    return 42
  })
  expect(result).toBe(42)
  expect(text()).toMatch(/^ {2}Prove 3 traces \.\.\.\n✔ Prove 3 traces {2,}\d+\.\d s\n$/)
})

test('behavior: the seconds of each stage are kept, and repeated keys add up', async () => {
  const progress = new StageProgress({ isQuiet: true })
  await progress.run('slow', 'Slow', () => wait(60))
  await progress.run('fast', 'Fast', async () => undefined)
  const { slow } = progress.seconds
  expect(slow).toBeGreaterThanOrEqual(0.05)
  expect(progress.seconds.fast).toBeLessThan(slow!)
  await progress.run('slow', 'Slow again', () => wait(60))
  expect(progress.seconds.slow).toBeGreaterThanOrEqual(slow! + 0.05)
  expect(Object.keys(progress.seconds)).toEqual(['slow', 'fast'])
})

test('behavior: quiet writes nothing, reports or not', async () => {
  for (const terminal of [undefined, {}]) {
    const { stream, text } = openStream(terminal)
    const progress = new StageProgress({ isQuiet: true, stream })
    await progress.run('a', 'A', async (report) => report(0.3, 'note'))
    await expect(progress.run('b', 'B', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(text()).toBe('')
    expect(Object.keys(progress.seconds)).toEqual(['a', 'b'])
  }
})

test('behavior: a bar on a terminal, and the same last line', async () => {
  const { stream, text } = openStream({})
  const progress = new StageProgress({ stream })
  await progress.run('prove', 'Prove', async (report) => {
    report(0.25, 'witness')
    await wait(150) // the bar is drawn at most ten times a second
    report(0.5, 'prove')
  })
  expect(text()).toContain('25%')
  expect(text()).toContain('witness')
  expect(text()).not.toContain('Prove ...')
  expect(text()).toMatch(/✔ Prove {2,}\d+\.\d s\n$/)
})

test('error: a failed stage says so, keeps its seconds and passes the error on as it is', async () => {
  for (const terminal of [undefined, {}]) {
    const { stream, text } = openStream(terminal)
    const progress = new StageProgress({ stream })
    const error = new Error('out of memory')
    const failure = await progress.run('prove', 'Prove', () => Promise.reject(error)).catch((reason) => reason)
    expect(failure).toBe(error)
    expect(text()).toMatch(/✘ Prove {2,}\d+\.\d s\n$/)
    expect(text()).not.toContain('✔')
    expect(progress.seconds.prove).toBeGreaterThanOrEqual(0)
  }
})
