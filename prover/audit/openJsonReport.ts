import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AccountRow, AuditRow } from '../../src/audit/AuditRow.ts'
import { canonicalJson } from '../../src/audit/canonicalJson.ts'
import { openFile } from './openFile.ts'
import type { ReportWriter } from './ReportWriter.ts'

/**
 * Writes report.json: canonical, without a clock, a host or a URL, so that two audits of one block are equal byte for byte. Epochs go to the disk as they
 * come; only accounts and findings wait in memory.
 * @throws (sink and finish) PoaError FILE_NOT_WRITTEN
 */
export function openJsonReport(directory: string, digest: () => string): ReportWriter {
  const path = join(directory, 'report.json')
  const epochsPath = `${path}.epochs`
  const epochs = openFile(epochsPath)
  const accounts: AccountRow[] = []
  let count = 0
  const row = async (row: AuditRow) => {
    if (row.kind === 'account') accounts.push(row)
    if (row.kind === 'epoch') await epochs.write(`${count++ === 0 ? '' : ',\n'}${canonicalJson(row)}`)
  }
  return {
    sink: { row },
    async finish({ ok, header, counts, findings, checked, totals }) {
      await epochs.close()
      const { block, chainId, deployment, format, fromBlock } = header
      const before = canonicalJson({ accounts, block, chainId, checked, counts, deployment, digest: digest() })
      const after = canonicalJson({ findings, format, fromBlock, ok, totals })
      const report = openFile(path)
      await report.write(`${before.slice(0, -1)},"epochs":[`)
      for await (const chunk of createReadStream(epochsPath)) await report.write(chunk)
      await report.write(`],${after.slice(1)}\n`)
      await report.close()
      await rm(epochsPath)
    },
  }
}
