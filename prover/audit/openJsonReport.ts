import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { AccountRow, AuditRow } from '../../src/audit/AuditRow.ts'
import { canonicalJson } from '../../src/audit/canonicalJson.ts'
import type { ReportWriter } from './ReportWriter.ts'

/**
 * Writes report.json: canonical, without a clock, a host or a URL, so that two audits of one block are equal byte for byte. Epochs go to the disk as they
 * come; only accounts and findings wait in memory.
 */
export function openJsonReport(directory: string, digest: () => string): ReportWriter {
  const path = join(directory, 'report.json')
  const epochsPath = `${path}.epochs`
  const epochs = createWriteStream(epochsPath)
  const written = finished(epochs)
  // Awaited in `finish`; a disk that is full before is no unhandled rejection.
  written.catch(() => undefined)
  const accounts: AccountRow[] = []
  let count = 0
  const row = async (row: AuditRow) => {
    if (row.kind === 'account') accounts.push(row)
    if (row.kind !== 'epoch') return
    if (!epochs.write(`${count++ === 0 ? '' : ',\n'}${canonicalJson(row)}`)) {
      await Promise.race([once(epochs, 'drain'), written])
    }
  }
  return {
    sink: { row },
    async finish({ ok, header, counts, findings, checked, totals }) {
      epochs.end()
      await written
      const { block, chainId, deployment, format, fromBlock } = header
      const report = createWriteStream(`${path}.part`)
      const done = finished(report)
      const before = canonicalJson({ accounts, block, chainId, checked, counts, deployment, digest: digest() })
      const after = canonicalJson({ findings, format, fromBlock, ok, totals })
      report.write(`${before.slice(0, -1)},"epochs":[`)
      for await (const chunk of createReadStream(epochsPath)) {
        if (!report.write(chunk)) await Promise.race([once(report, 'drain'), done])
      }
      report.end(`],${after.slice(1)}\n`)
      await done
      await rename(`${path}.part`, path)
      await rm(epochsPath)
    },
  }
}
