import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { PoaError } from '../../src/errors.ts'

/** A file that is written piece by piece. Both reject with FILE_NOT_WRITTEN, `write` perhaps some pieces later. */
export type OpenFile = {
  /** Waits while the disk is behind. */
  write(piece: string | Uint8Array): Promise<void>
  /** Resolves once everything is in the file. */
  close(): Promise<void>
}

/** Opens a file for writing; what is in it goes. */
export function openFile(path: string, { isCompressed = false } = {}): OpenFile {
  const file = createWriteStream(path)
  const gzip = isCompressed ? createGzip() : null
  const input = gzip ?? file
  const done = gzip === null ? finished(file) : pipeline(gzip, file)
  // Awaited in `close`; a disk that is full before is no unhandled rejection.
  done.catch(() => undefined)
  return {
    async write(piece) {
      if (input.errored) refuse(path)(input.errored)
      if (!input.write(piece)) await drained(input)
    },
    async close() {
      input.end()
      await done.catch(refuse(path))
    },
  }
}

/** For what the file system throws. @throws (what it gives) PoaError FILE_NOT_WRITTEN */
export const refuse = (path: string) => (cause: Error) => {
  throw new PoaError('FILE_NOT_WRITTEN', `cannot write ${path}: ${cause.message}`, { cause })
}

/** Whichever comes first: room for more, or the end by a failure. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const goOn = () => {
      stream.off('drain', goOn)
      stream.off('close', goOn)
      resolve()
    }
    stream.on('drain', goOn)
    stream.on('close', goOn)
  })
}
