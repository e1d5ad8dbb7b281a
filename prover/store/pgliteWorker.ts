/** The worker thread of pgliteStream.ts: one PGlite on one directory, which speaks PostgreSQL's wire protocol over messages. */
import { open, rm } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

/** What the worker is asked. */
export type PgliteOrder =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Write a gzipped tar of the directory to a file that does not exist yet. */
  | { readonly kind: 'dump'; readonly file: string }
  | { readonly kind: 'close' }

/** What it answers: `ready` once, then one answer for each order, in their order; to `close` it answers by ending. */
export type PgliteReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'dumped' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'dumpFailed'; readonly message: string; readonly code: string | undefined }
  /** Nothing more will come. */
  | { readonly kind: 'stopped'; readonly message: string }

const reply = (message: PgliteReply) => parentPort!.postMessage(message)

async function obey(database: PGlite, order: PgliteOrder): Promise<void> {
  if (order.kind === 'bytes') {
    // A copy, since what answers a startup message is a view of PGlite's own buffer.
    const bytes = new Uint8Array(await database.execProtocolRaw(order.bytes))
    parentPort!.postMessage({ kind: 'bytes', bytes } satisfies PgliteReply, [bytes.buffer])
  } else if (order.kind === 'dump') {
    reply(await dump(database, order.file))
  } else {
    await database.close()
    parentPort!.close()
  }
}

async function dump(database: PGlite, file: string): Promise<PgliteReply> {
  try {
    const tar = await database.dumpDataDir('gzip')
    await writeNewFile(file, new Uint8Array(await tar.arrayBuffer()))
    return { kind: 'dumped' }
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    return { kind: 'dumpFailed', message, code }
  }
}

async function writeNewFile(file: string, content: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } catch (error) {
    await rm(file, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

const database = await PGlite.create({
  dataDir: workerData.directory,
  // Where PostgreSQL would end its process, PGlite goes on for ever and answers nothing any more: whoever started this thread has to end it.
  onStderr(line) {
    const reason = /(?:PANIC|FATAL): +(.*)/.exec(line)?.[1]
    if (reason !== undefined) reply({ kind: 'stopped', message: reason })
    return false
  },
})
// PGlite answers within the call, but close and dump take several turns of the loop.
let last: Promise<void> = Promise.resolve()
parentPort!.on('message', (order: PgliteOrder) => {
  last = last
    .then(() => obey(database, order))
    .catch((error: Error) => reply({ kind: 'stopped', message: error.message }))
})
reply({ kind: 'ready' })
