import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Logger } from 'pino'
import type { Hex } from 'viem'
import type { EventView } from '../../src/api/views.ts'
import { describeForLog } from '../describeForLog.ts'
import { RetryLaterError } from '../intake/RetryLaterError.ts'
import type { StoredEvent } from '../store/readEvents.ts'
import type { EventFeed } from './EventFeed.ts'

/** Comments between events, so that neither end nor what is in between takes the connection for dead. */
const HEARTBEAT_MS = 15_000
/** What may still wait for a reader when more comes. One that is slower is ended, and can go on from where it was. */
const LARGEST_UNSENT_BYTES = 4 << 20
/** What a browser waits before it connects again. */
const RECONNECT_MS = 2000
const BUSY_RETRY_SECONDS = 10

/** The part of all streams that one address may have open, so that no single one shuts the others out. */
const SHARE_OF_AN_ADDRESS = 1 / 2

/** Server-sent events (text/event-stream): one open answer for each listener. */
export class EventStreams {
  readonly #feed: EventFeed
  readonly #maxStreams: number
  readonly #logger: Logger
  /** With the address of its reader. */
  readonly #open = new Map<ServerResponse, string>()

  constructor({ feed, maxStreams, logger }: { feed: EventFeed; maxStreams: number; logger: Logger }) {
    this.#feed = feed
    this.#maxStreams = maxStreams
    this.#logger = logger
  }

  get count(): number {
    return this.#open.size
  }

  /**
   * Answers a request with events until one side ends it.
   * @throws RetryLaterError TOO_MANY_STREAMS, before anything is answered
   */
  async answer(
    reply: FastifyReply,
    wanted: { readonly after: bigint | undefined; readonly traceId?: Hex | undefined },
  ): Promise<void> {
    if (this.#open.size >= this.#maxStreams)
      throw new RetryLaterError('TOO_MANY_STREAMS', `${this.#maxStreams} event streams are open`, BUSY_RETRY_SECONDS)
    const address = reply.request.ip
    const ofAddress = [...this.#open.values()].filter((other) => other === address).length
    if (ofAddress >= this.#maxStreams * SHARE_OF_AN_ADDRESS)
      throw new RetryLaterError('TOO_MANY_STREAMS', `${ofAddress} of them are yours`, BUSY_RETRY_SECONDS)
    const stream = reply.raw
    this.#open.set(stream, address)
    const write = (text: string) => {
      if (stream.writableLength > LARGEST_UNSENT_BYTES) stream.destroy()
      else stream.write(text)
    }
    try {
      const subscription = await this.#feed.subscribe(
        wanted,
        {
          write: (events) => write(events.map(formatEvent).join('')),
          whenDrained: async () => {
            if (stream.writableNeedDrain) await Promise.race([once(stream, 'drain'), once(stream, 'close')])
          },
        },
        (error) => {
          this.#logger.warn({ error: describeForLog(error) }, 'an event stream ends early')
          stream.end()
        },
      )
      const heartbeat = setInterval(() => write(':\n\n'), HEARTBEAT_MS)
      const end = () => {
        clearInterval(heartbeat)
        subscription.end()
        this.#open.delete(stream)
      }
      stream.on('error', () => undefined) // the reader is gone
      if (stream.destroyed) end()
      else stream.once('close', end)
    } catch (error) {
      this.#open.delete(stream)
      throw error
    }
    // From here on the answer is ours. The feed reads before it writes, so the head goes out first.
    reply.hijack()
    stream.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      // Kept alive, the connection would hold up a shutdown after its stream has ended.
      connection: 'close',
    })
    write(`retry: ${RECONNECT_MS}\n\n`)
  }

  /** Ends every stream. Their readers connect again, elsewhere or later, and miss nothing. */
  close(): void {
    for (const stream of this.#open.keys()) stream.end()
    this.#feed.close()
  }
}

export function toEventView(event: StoredEvent): EventView {
  return {
    eventId: `${event.event_id}`,
    at: event.at.toISOString(),
    kind: event.kind,
    traceId: event.trace_id,
    batchId: event.batch_id?.toString() ?? null,
    data: event.data,
  }
}

function formatEvent(event: StoredEvent): string {
  return `id: ${event.event_id}\ndata: ${JSON.stringify(toEventView(event))}\n\n`
}
