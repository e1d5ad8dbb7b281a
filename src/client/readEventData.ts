import { PoaError } from '../errors.ts'

/** Of one line, and of one event: beyond it somebody is filling our memory. */
const MAX_EVENT_CHARACTERS = 1 << 20

/**
 * The data of each server-sent event (WHATWG HTML, section 9.2) in a stream, comments and other fields left out. Leaving the loop ends the stream,
 * and so does the signal.
 * @throws PoaError NODE_ANSWER_UNREADABLE for an event of more than 2^20 characters; whatever the stream fails with
 */
export async function* readEventData(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): AsyncGenerator<string> {
  const reader = stream.getReader() // not every browser can loop over a stream
  const stop = () => void reader.cancel().catch(() => {}) // it may have failed already
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []
  let endedWithReturn = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return // what no blank line ended is no event
      let text = decoder.decode(value, { stream: true })
      if (text === '') continue
      if (endedWithReturn && text.startsWith('\n')) text = text.slice(1)
      endedWithReturn = text.endsWith('\r')
      const lines = (rest + text).split(/\r\n|\r|\n/)
      rest = lines.pop()!
      for (const line of lines) {
        if (line !== '') data.push(...dataOf(line))
        else if (data.length > 0) {
          yield data.join('\n')
          data = []
        }
      }
      if (data.reduce((sum, line) => sum + line.length, rest.length) > MAX_EVENT_CHARACTERS) {
        throw new PoaError('NODE_ANSWER_UNREADABLE', `an event has more than ${MAX_EVENT_CHARACTERS} characters`)
      }
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    await reader.cancel().catch(() => {})
  }
}

function dataOf(line: string): string[] {
  const match = line.match(/^data(?:: ?(.*))?$/s)
  return match ? [match[1] ?? ''] : []
}
