import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PoaError } from '../../src/errors.ts'
import { collectFigures } from './collectFigures.ts'
import type { ReportWriter } from './ReportWriter.ts'
import { renderReport } from './renderReport.ts'

/**
 * Writes report.html, the report for people: one page that needs nothing else.
 * @throws (finish) PoaError FILE_NOT_WRITTEN
 */
export function openHtmlReport(directory: string): ReportWriter {
  const path = join(directory, 'report.html')
  const { sink, figures } = collectFigures()
  return {
    sink,
    finish: async (summary) => {
      await writeFile(path, renderReport(summary, figures())).catch((cause) => {
        throw new PoaError('FILE_NOT_WRITTEN', `cannot write ${path}: ${(cause as Error).message}`, { cause })
      })
    },
  }
}
