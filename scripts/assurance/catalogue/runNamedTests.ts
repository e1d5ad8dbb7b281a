import type { ReportProgress } from '../../../prover/StageProgress.ts'
import { runForge } from '../../runForge.ts'
import { runVitest, type TestResult } from '../../runVitest.ts'
import type { Catalogue } from './readCatalogue.ts'

/** Runs every test file that the catalogue names, each once, and says how each of their tests ended. */
export async function runNamedTests(catalogue: Catalogue, report: ReportProgress): Promise<readonly TestResult[]> {
  const tests = Object.values(catalogue).flatMap(({ entries }) => entries.flatMap((entry) => entry.tests))
  const files = [...new Set(tests.map((test) => test.split(' > ')[0]!))].filter((file) => file.startsWith('test/'))
  report(0, 'contracts')
  // All of them: their files take seconds together, and forge takes only one pattern of paths.
  const forge = await runForge(['--no-match-test', 'invariant'])
  const tellFiles = (done: number) =>
    report(0.1 + (0.9 * done) / files.length, `${done} of ${files.length} files of tests`)
  const vitest = files.length === 0 ? { results: [] } : await runVitest(files, {}, tellFiles)
  return [...forge.results, ...vitest.results]
}
