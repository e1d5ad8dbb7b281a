import { join } from 'node:path'
import { collectFigures } from './collectFigures.ts'
import { openFile } from './openFile.ts'
import type { ReportWriter } from './ReportWriter.ts'
import { renderReport } from './renderReport.ts'

/**
 * Writes report.html, the report for people: one page that needs nothing else.
 * @throws (finish) PoaError FILE_NOT_WRITTEN
 */
export function openHtmlReport(directory: string): ReportWriter {
  const { sink, figures } = collectFigures()
  return {
    sink,
    finish: async (summary) => {
      const file = openFile(join(directory, 'report.html'))
      await file.write(renderReport(summary, figures()))
      await file.close()
    },
  }
}
