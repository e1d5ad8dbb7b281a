import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { EventFeed } from '../../../prover/server/EventFeed.ts'
import type { StoredEvent } from '../../../prover/store/readEvents.ts'
import { recordEvent } from '../../../prover/store/recordEvent.ts'
import type { EventView } from '../../../src/api/views.ts'
import { problem } from '../../../src/api/views.ts'
import { readEventData } from '../../../src/client/readEventData.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import { silent } from '../store/openTestDatabase.ts'
import { type ApiSetting, openApi, post } from './openApi.ts'

const MAX_STREAMS = 10
let api: ApiSetting
let url: string
beforeAll(async () => {
  api = await openApi({ limits: { maxStreams: MAX_STREAMS } })
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
})
beforeEach(async () => {
  await sql`truncate events`.execute(api.db.kysely)
})
afterAll(() => api.close())

/** Writes so many events, in order. */
async function record(count: number, kind = 'test.counted'): Promise<void> {
  for (let i = 0; i < count; i++) await recordEvent(api.db.kysely, { kind, data: { i } })
}

async function open(path: string, after?: string): Promise<Response> {
  const headers: Record<string, string> = after === undefined ? {} : { 'last-event-id': after }
  const answer = await fetch(url + path, { headers })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  return answer
}

/** Reads so many events, then hangs up. */
async function read(answer: Response, count: number): Promise<EventView[]> {
  const events: EventView[] = []
  for await (const data of readEventData(answer.body!)) {
    events.push(JSON.parse(data))
    if (events.length === count) break
  }
  return events
}

async function storedIds(): Promise<string[]> {
  const rows = await api.db.kysely
    .selectFrom('events')
    .select('event_id')
    .orderBy('writer')
    .orderBy('event_id')
    .execute()
  return rows.map(({ event_id }) => `${event_id}`)
}

describe('GET /v1/events', () => {
  test('default: a listener hears what happens from now on', async () => {
    await record(3, 'test.before')
    const answer = await open('/v1/events')
    await record(2)
    const events = await read(answer, 2)
    expect(events.map(({ kind, data }) => [kind, data])).toEqual([
      ['test.counted', { i: 0 }],
      ['test.counted', { i: 1 }],
    ])
  })

  test('behavior: whoever goes on by Last-Event-ID misses nothing and hears nothing twice', async () => {
    await record(700) // more than a page
    const writing = record(300) // while listeners come and go
    const heard: string[] = []
    while (heard.length < 1000) {
      const events = await read(await open('/v1/events', heard.at(-1) ?? '0'), Math.min(170, 1000 - heard.length))
      heard.push(...events.map(({ eventId }) => eventId))
    }
    await writing
    expect(heard).toEqual(await storedIds())
  })

  test('behavior: `after` stands in for the header', async () => {
    await record(5)
    const [, second] = await storedIds()
    expect((await read(await open(`/v1/events?after=${second}`), 3)).map(({ data }) => data)).toEqual([
      { i: 2 },
      { i: 3 },
      { i: 4 },
    ])
  })

  test('behavior: several listeners hear the same', async () => {
    const answers = await Promise.all([open('/v1/events'), open('/v1/events'), open('/v1/events', '0')])
    await record(20)
    const heard = await Promise.all(answers.map((answer) => read(answer, 20)))
    expect(heard[0]!.map(({ eventId }) => eventId)).toEqual(await storedIds())
    expect(heard[1]).toEqual(heard[0])
    expect(heard[2]).toEqual(heard[0])
  })

  test('behavior: a reader that does not keep up is ended, the others go on', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const closed = once(socket, 'close')
    socket.write('GET /v1/events HTTP/1.1\r\nhost: node\r\n\r\n')
    await once(socket, 'readable') // the stream is open; from here on nothing is read
    const other = readEventData((await open('/v1/events')).body!)
    await sql`insert into events (kind, data) select 'test.large', jsonb_build_object('text', repeat('x', 500000))
      from generate_series(1, 30)`.execute(api.db.kysely)
    for (let i = 0; i < 30; i++) expect(JSON.parse((await other.next()).value!).kind).toBe('test.large')
    await record(1)
    expect(JSON.parse((await other.next()).value!).kind).toBe('test.counted')
    await other.return(undefined)
    socket.resume()
    await closed
    expect(socket.bytesRead).toBeLessThan(15_000_000) // the rest was dropped
  })

  test('error: one stream too many is 429, for an address and for all, and a place is free again when one ends', async () => {
    const opened: IncomingMessage[] = []
    const openFrom = async (localAddress: string) => {
      const [answer] = (await once(get(`${url}/v1/events`, { localAddress, agent: false }), 'response')) as [
        IncomingMessage,
      ]
      if (answer.statusCode === 200) opened.push(answer)
      return answer
    }
    // Streams of other tests may be ending still.
    const openShare = (localAddress: string, total: number) =>
      expect
        .poll(async () => {
          if (opened.length < total) await openFrom(localAddress)
          return opened.length
        })
        .toBe(total)
    const expectRefused = async (localAddress: string) => {
      const refused = await openFrom(localAddress)
      expect(refused.statusCode).toBe(429)
      expect(refused.headers['retry-after']).toBe('10')
      expect(problem.parse(JSON.parse(await text(refused))).code).toBe('TOO_MANY_STREAMS')
    }
    await openShare('127.0.0.1', MAX_STREAMS / 2)
    await expectRefused('127.0.0.1')
    await openShare('127.0.0.2', MAX_STREAMS)
    await expectRefused('127.0.0.3')
    for (const answer of opened) answer.destroy()
    await expect.poll(async () => (await openFrom('127.0.0.1')).statusCode).toBe(200)
    opened.at(-1)!.destroy()
  })
})

describe('GET /v1/traces/:id/events', () => {
  test('default: from the beginning, what happens to the trace and to its batch', async () => {
    const submission = await api.sign({ requestId: 7n })
    const { traceId } = (await post(api.app, '/v1/traces', submission)).json()
    await post(api.app, '/v1/traces', await api.sign({ requestId: 8n }))
    const answer = await open(`/v1/traces/${traceId}/events`)
    await api.mirrorSeal(3n, [submission])
    await recordEvent(api.db.kysely, { kind: 'batch.sealed', batchId: 3n })
    await recordEvent(api.db.kysely, { kind: 'batch.sealed', batchId: 4n })
    await recordEvent(api.db.kysely, { kind: 'batch.settled', batchId: 3n })
    const live = await read(answer, 3)
    expect(live.map(({ kind, traceId, batchId }) => [kind, traceId, batchId])).toEqual([
      ['trace.accepted', traceId, null],
      ['batch.sealed', null, '3'],
      ['batch.settled', null, '3'],
    ])
    // The same again, now from what is stored.
    expect(await read(await open(`/v1/traces/${traceId}/events`), 3)).toEqual(live)
    const rest = await read(await open(`/v1/traces/${traceId}/events`, live[0]!.eventId), 2)
    expect(rest).toEqual(live.slice(1))
    expect(toJson(live)).not.toContain('Salt')
  })
})

test('behavior: a listener that heard more elsewhere than this process has read hears nothing twice', async () => {
  const feed = new EventFeed({ kysely: api.db.kysely, pollMs: 300, logger: silent })
  const listen = async (after: bigint | undefined) => {
    const heard: unknown[] = []
    const sink = { write: (events: readonly StoredEvent[]) => void heard.push(...events.map(({ data }) => data.i)) }
    await feed.subscribe({ after }, { ...sink, whenDrained: async () => undefined }, () => undefined)
    return heard
  }
  try {
    const first = await listen(undefined)
    await record(3)
    const ahead = await listen(BigInt((await storedIds())[1]!))
    const atStart = await listen(0n)
    await expect.poll(() => [first, atStart, ahead]).toEqual([[0, 1, 2], [0, 1, 2], [2]])
  } finally {
    feed.close()
  }
})

// Last: the server is gone afterwards.
test('behavior: closing the server ends the streams', async () => {
  const answer = await open('/v1/events')
  const reading = read(answer, Number.POSITIVE_INFINITY)
  await api.app.close()
  expect(await reading).toEqual([])
})
