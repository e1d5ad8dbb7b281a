import { Duplex } from 'node:stream'
import type { Worker } from 'node:worker_threads'
import { PoaError } from '../../src/errors.ts'
import { startThread } from '../startThread.ts'
import type { PgliteOrder, PgliteReply } from './pgliteWorker.ts'

/**
 * What pg takes for a socket: a PGlite on `directory` in a worker thread of its own, because PGlite blocks the thread that it runs in. The stream
 * starts the worker when pg connects, and has ended it when it emits `close`. A worker that dies is a connection that breaks.
 * Only one may be open on a directory at a time: `start` is awaited before the worker starts.
 */
export class PgliteStream extends Duplex {
  readonly #directory: string
  readonly #start: Promise<void>
  #worker: Worker | undefined
  #dumps: { resolve: () => void; reject: (error: Error) => void }[] = []

  constructor(directory: string, start: Promise<void>) {
    super()
    this.#directory = directory
    this.#start = start
  }

  /** Called by pg with a port and a host, which mean nothing here. */
  connect(): this {
    this.#start.then(() => {
      if (!this.destroyed) this.#startWorker()
    })
    return this
  }
  setNoDelay(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
  ref(): this {
    this.#worker?.ref()
    return this
  }
  unref(): this {
    this.#worker?.unref()
    return this
  }

  /** Writes a gzipped tar of the directory to `file`, which must not exist. No transaction may be open. */
  dump(file: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#dumps.push({ resolve, reject })
      this.#send({ kind: 'dump', file })
    })
  }

  #startWorker(): void {
    const worker = startThread(new URL('./pgliteWorker.ts', import.meta.url), { directory: this.#directory })
    this.#worker = worker
    worker.on('message', (reply: PgliteReply) => this.#take(reply))
    worker.on('error', (error) => this.destroy(stopped(error)))
    worker.once('exit', () => {
      this.destroy(this.writableEnded ? undefined : stopped())
    })
  }

  #take(reply: PgliteReply): void {
    if (reply.kind === 'bytes') this.push(reply.bytes)
    else if (reply.kind === 'ready') this.emit('connect')
    else if (reply.kind === 'dumped') this.#dumps.shift()?.resolve()
    else if (reply.kind === 'stopped') this.destroy(stopped(new Error(reply.message)))
    else this.#dumps.shift()?.reject(Object.assign(new Error(reply.message), { code: reply.code }))
  }

  #send(order: PgliteOrder): void {
    this.#worker?.postMessage(order)
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    // A copy: pg reuses its buffers.
    this.#send({ kind: 'bytes', bytes: new Uint8Array(chunk) })
    done()
  }

  /** pg corks the messages of one query; PGlite wants them together. */
  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#send({ kind: 'bytes', bytes: new Uint8Array(Buffer.concat(chunks.map(({ chunk }) => chunk))) })
    done()
  }

  override _final(done: () => void): void {
    // The worker ends once it has closed the directory, and its end destroys the stream.
    if (this.#worker) this.#send({ kind: 'close' })
    else this.destroy()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    for (const { reject } of this.#dumps.splice(0)) reject(error ?? stopped())
    Promise.resolve(this.#worker?.terminate()).finally(() => done(error))
  }
}

function stopped(cause?: Error): PoaError {
  const why = cause === undefined ? 'its thread ended' : cause.message
  return new PoaError('DATABASE_UNREACHABLE', `The embedded database has stopped: ${why}`, {
    cause,
    hint: 'the next query opens it again; if that fails too, look for a full disk, or restore a backup',
  })
}
