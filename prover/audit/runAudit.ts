import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditSummary } from '../../src/audit/auditRecords.ts'
import { openBundle } from './openBundle.ts'
import { openCsvFiles } from './openCsvFiles.ts'
import { refuse } from './openFile.ts'
import { openHtmlReport } from './openHtmlReport.ts'
import { openJsonReport } from './openJsonReport.ts'
import { openReportDigest } from './openReportDigest.ts'
import { type ChainSource, type ReplayOptions, replayChain } from './replayChain.ts'

/** The one file that somebody else can check: see verifyAudit. */
export const BUNDLE_FILE = 'bundle.jsonl.gz'

export type AuditRun = { readonly summary: AuditSummary; readonly digest: string }

/**
 * Audits a chain and writes all that comes of it into a folder: report.json, report.html, CSV files and the bundle. The files get there together, when
 * all are whole: of an audit that breaks off nothing is left that could be taken for one.
 * @param directory made if it is not there; what an earlier audit left in it is replaced
 * @throws as replayChain; PoaError FILE_NOT_WRITTEN
 */
export async function runAudit(
  source: ChainSource,
  directory: string,
  onProgress?: ReplayOptions['onProgress'],
): Promise<AuditRun> {
  const unfinished = await makeFolderIn(directory).catch(refuse(directory))
  try {
    const run = await writeReports(source, unfinished, onProgress)
    for (const name of await readdir(unfinished)) {
      const path = join(directory, name)
      await rename(join(unfinished, name), path).catch(refuse(path))
    }
    return run
  } finally {
    // Again and again for a while: files of a writer that was given up may still be opened in it.
    await rm(unfinished, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function writeReports(
  source: ChainSource,
  directory: string,
  onProgress: ReplayOptions['onProgress'],
): Promise<AuditRun> {
  const bundle = openBundle(join(directory, BUNDLE_FILE))
  const reportDigest = openReportDigest()
  let digest = ''
  const reports = [openJsonReport(directory, () => digest), await openCsvFiles(directory), openHtmlReport(directory)]
  const sinks = [reportDigest.sink, ...reports.map(({ sink }) => sink)]
  const summary = await replayChain(source, { sinks, keep: bundle.keep, onProgress })
  digest = reportDigest.finish(summary)
  for (const { finish } of reports) await finish(summary)
  await bundle.finish({ report: digest, faults: summary.counts.fault, gaps: summary.counts.gap })
  return { summary, digest }
}

async function makeFolderIn(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  return mkdtemp(join(directory, 'unfinished-'))
}
