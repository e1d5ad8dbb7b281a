import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { AuditRecord } from '../../src/audit/AuditRecord.ts'
import { type BundleFooter, digestLine, FIRST_DIGEST, toLine } from './bundleLines.ts'

export type BundleWriter = {
  /** Hands records on as they come, and writes each. */
  keep(records: AsyncIterable<AuditRecord>): AsyncGenerator<AuditRecord>
  /** Writes the footer; the file has its name when this resolves. */
  finish(footer: Omit<BundleFooter, 'type' | 'lines'>): Promise<void>
}

/** Opens a bundle for writing: gzip of one JSON line a record. Until it is finished it lies beside its place, with `.part` after its name. */
export function openBundle(path: string): BundleWriter {
  const gzip = createGzip()
  const file = gzip.pipe(createWriteStream(`${path}.part`))
  const done = finished(file)
  // Awaited in `finish`; a disk that is full before is no unhandled rejection.
  done.catch(() => undefined)
  let digest = FIRST_DIGEST
  let lines = 0
  const write = async (record: AuditRecord | BundleFooter) => {
    const json = JSON.stringify(record)
    digest = digestLine(digest, json)
    lines += 1
    if (file.errored) throw file.errored
    if (!gzip.write(toLine(digest, json))) await Promise.race([once(gzip, 'drain'), done])
  }
  return {
    async *keep(records) {
      for await (const record of records) {
        await write(record)
        yield record
      }
    },
    async finish(footer) {
      await write({ type: 'footer', lines, ...footer })
      gzip.end()
      await done
      await rename(`${path}.part`, path)
    },
  }
}
