import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditSummary } from '../../src/audit/auditRecords.ts'
import { openBundle } from './openBundle.ts'
import { openCsvFiles } from './openCsvFiles.ts'
import { openHtmlReport } from './openHtmlReport.ts'
import { openJsonReport } from './openJsonReport.ts'
import { openReportDigest } from './openReportDigest.ts'
import { type ChainSource, type ReplayOptions, replayChain } from './replayChain.ts'

/** The one file that somebody else can check: see verifyAudit. */
export const BUNDLE_FILE = 'bundle.jsonl.gz'

export type AuditRun = { readonly summary: AuditSummary; readonly digest: string }

/**
 * Audits a chain and writes all that comes of it into a folder: report.json, report.html, CSV files and the bundle.
 * @param directory made if it is not there; what an earlier audit left in it is replaced
 * @throws as replayChain, and what the file system does
 */
export async function runAudit(
  source: ChainSource,
  directory: string,
  onProgress?: ReplayOptions['onProgress'],
): Promise<AuditRun> {
  await mkdir(directory, { recursive: true })
  const bundle = openBundle(join(directory, BUNDLE_FILE))
  const reportDigest = openReportDigest()
  let digest = ''
  const reports = [openJsonReport(directory, () => digest), await openCsvFiles(directory), openHtmlReport(directory)]
  const sinks = [reportDigest.sink, ...reports.map(({ sink }) => sink)]
  try {
    const summary = await replayChain(source, {
      sinks,
      keep: bundle.keep,
      ...(onProgress === undefined ? {} : { onProgress }),
    })
    digest = reportDigest.finish(summary)
    for (const { finish } of reports) await finish(summary)
    await bundle.finish({ report: digest, faults: summary.counts.fault, gaps: summary.counts.gap })
    return { summary, digest }
  } catch (error) {
    await removeUnfinished(directory)
    throw error
  }
}

/** What an audit that broke off leaves: files that others could take for whole. */
async function removeUnfinished(directory: string): Promise<void> {
  const unfinished = [`${BUNDLE_FILE}.part`, 'report.json.epochs', 'report.json.part']
  await Promise.all(unfinished.map((name) => rm(join(directory, name), { force: true })))
}
