import { describe, expect, test } from 'vitest'
import { readEventData } from '../../src/client/readEventData.ts'

/** A stream of these chunks, which notes whether it was cancelled. */
function streamOf(chunks: readonly Uint8Array[], { end = true } = {}) {
  const state = { isCancelled: false }
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(chunk)
      if (end) controller.close()
    },
    cancel: () => {
      state.isCancelled = true
    },
  })
  return { stream, state }
}

const readAll = async (chunks: readonly Uint8Array[]) => {
  const events: string[] = []
  for await (const data of readEventData(streamOf(chunks).stream)) events.push(data)
  return events
}
const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('readEventData', () => {
  const text =
    '\ufeff: comment\n\nid: 1\nevent: a\ndata: one\n\ndata:two\ndata:  three\ndata\n\nretry: 5\n\ndatabase: no\ndata: für 你\n\ndata: unfinished\n'
  const events = ['one', 'two\n three\n', 'für 你']

  test.each([
    ['LF', '\n'],
    ['CR LF', '\r\n'],
    ['CR', '\r'],
  ])('default: the same however the stream is cut, lines ended by %s', async (_, lineEnd) => {
    const bytes = bytesOf(text.replaceAll('\n', lineEnd))
    expect(await readAll([bytes])).toEqual(events)
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(await readAll([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(events)
    }
    expect(await readAll(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(events)
  })

  test('behavior: leaving the loop ends the stream', async () => {
    const { stream, state } = streamOf([bytesOf('data: 1\n\ndata: 2\n\n')], { end: false })
    for await (const data of readEventData(stream)) {
      expect(data).toBe('1')
      break
    }
    expect(state.isCancelled).toBe(true)
  })

  test.each(['x', 'data: x\n'])('error: an event without end, of "%s"', async (part) => {
    const { stream, state } = streamOf(Array(40).fill(bytesOf(part.repeat(40_000))), { end: false })
    const reading = async () => {
      for await (const _ of readEventData(stream)) expect.unreachable()
    }
    await expect(reading()).rejects.toMatchObject({ code: 'NODE_ANSWER_UNREADABLE' })
    expect(state.isCancelled).toBe(true)
  })
})
