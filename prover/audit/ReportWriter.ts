import type { AuditSink } from '../../src/audit/AuditRow.ts'
import type { AuditSummary } from '../../src/audit/auditRecords.ts'

/** Writes one form of a report while the audit goes on. */
export type ReportWriter = {
  readonly sink: AuditSink
  /** Called once after the last row; the files are there when it resolves. */
  readonly finish: (summary: AuditSummary) => Promise<void>
}
