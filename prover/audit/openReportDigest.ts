import { createHash } from 'node:crypto'
import type { AuditSink } from '../../src/audit/AuditRow.ts'
import type { AuditSummary } from '../../src/audit/auditRecords.ts'
import { canonicalJson } from '../../src/audit/canonicalJson.ts'

/** One digest for all that an audit establishes: every row and finding in order, then the summary. sha256 over their canonical JSON, a line each. */
export function openReportDigest(): { readonly sink: AuditSink; readonly finish: (summary: AuditSummary) => string } {
  const hash = createHash('sha256')
  const add = (value: unknown) => void hash.update(`${canonicalJson(value)}\n`)
  return {
    sink: { row: add, finding: add },
    finish: (summary) => {
      add(summary)
      return hash.digest('hex')
    },
  }
}
