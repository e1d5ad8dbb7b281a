import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { followEvents } from '../../src/client/followEvents.ts'
import { openStream, startStubNode, TRACE_ID } from './stubNode.ts'

test('behavior: the signal ends an open stream, also after the garbage of its request was collected', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const node = await startStubNode((_, response) => openStream(response)('1', 'trace.accepted'))
  try {
    const ending = new AbortController()
    const seen: string[] = []
    const following = (async () => {
      for await (const { kind } of followEvents(node.url, { traceId: TRACE_ID, signal: ending.signal })) {
        seen.push(kind)
        // The stream has nothing more to tell: whoever waits for the next event is idle.
        setTimeout(() => {
          collectGarbage()
          setTimeout(() => ending.abort(new Error('enough')))
        })
      }
    })()
    await expect(following).rejects.toThrow('enough')
    expect(seen).toEqual(['trace.accepted'])
  } finally {
    await node.stop()
  }
}, 20_000)
