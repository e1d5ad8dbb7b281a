import type { AuditRecord } from '../../src/audit/AuditRecord.ts'
import { type BundleFooter, digestLine, FIRST_DIGEST, toLine } from './bundleLines.ts'
import { openFile } from './openFile.ts'

export type BundleWriter = {
  /** Hands records on as they come, and writes each. */
  keep(records: AsyncIterable<AuditRecord>): AsyncGenerator<AuditRecord>
  /** Writes the footer; the file is whole when this resolves. */
  finish(footer: Omit<BundleFooter, 'type' | 'lines'>): Promise<void>
}

/**
 * Opens a bundle for writing: gzip of one JSON line a record.
 * @throws (keep, finish) PoaError FILE_NOT_WRITTEN
 */
export function openBundle(path: string): BundleWriter {
  const file = openFile(path, { isCompressed: true })
  let digest = FIRST_DIGEST
  let lines = 0
  const write = async (record: AuditRecord | BundleFooter) => {
    const json = JSON.stringify(record)
    digest = digestLine(digest, json)
    lines += 1
    await file.write(toLine(digest, json))
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
      await file.close()
    },
  }
}
