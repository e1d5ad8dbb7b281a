import type { AuditSummary } from '../../src/audit/auditRecords.ts'
import type { Finding } from '../../src/audit/Finding.ts'
import { openReportDigest } from './openReportDigest.ts'
import { readBundle } from './readBundle.ts'
import { type ReplayOptions, replayRecords } from './replayChain.ts'

export type VerifiedBundle = {
  /** The evidence is whole, replaying it gives the report that its footer names, and that report has neither fault nor gap. */
  readonly ok: boolean
  readonly summary: AuditSummary
  /** What is wrong with the bundle itself. */
  readonly findings: readonly Finding[]
  /** Of the report as it was recomputed. */
  readonly digest: string
}

/**
 * Replays a bundle without any network, proofs included, and compares what comes of it with what its footer says.
 * @throws PoaError BUNDLE_UNREADABLE, BUNDLE_OF_OTHER_FORM
 */
export async function verifyAudit(path: string, onProgress?: ReplayOptions['onProgress']): Promise<VerifiedBundle> {
  const bundle = readBundle(path)
  const report = openReportDigest()
  const progress = onProgress === undefined ? {} : { onProgress }
  const summary = await replayRecords(bundle.records, { sinks: [report.sink], ...progress })
  const digest = report.finish(summary)
  const findings = [...bundle.findings]
  const footer = bundle.footer()
  if (footer !== null && footer.report !== digest) {
    findings.push({
      code: 'BUNDLE_REPORT_DIFFERS',
      subject: {},
      at: null,
      expected: footer.report,
      found: digest,
      message: `replaying the bundle gives ${summary.counts.fault} faults and ${summary.counts.gap} gaps; whoever wrote it had ${footer.faults} and ${footer.gaps}, or other rows`,
    })
  }
  return { ok: summary.ok && findings.length === 0, summary, findings, digest }
}
