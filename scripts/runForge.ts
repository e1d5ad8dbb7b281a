import { PoaError } from '../src/errors.ts'
import { CONTRACTS_DIRECTORY } from './buildContracts.ts'
import { findFoundryBinary } from './findFoundryBinary.ts'
import { type Counts, runSuite, type TestResult } from './runVitest.ts'

/**
 * Runs the tests of the contracts. Gas is compared with verifier-contracts/snapshots/ instead of written there.
 * @param args options of `forge test`
 * @throws PoaError TEST_RUN_UNREADABLE
 */
export async function runForge(args: readonly string[] = []): Promise<Counts> {
  const { exitCode, output } = await runSuite(findFoundryBinary('forge'), ['test', ...args], CONTRACTS_DIRECTORY, {
    FORGE_SNAPSHOT_CHECK: 'true',
  })
  const summary = output.match(/(\d+) tests passed, (\d+) failed, (\d+) skipped/)
  if (!summary) {
    if (exitCode !== 0) return { passed: 0, failed: 1, failures: ['forge test ended without a summary'], results: [] }
    throw new PoaError('TEST_RUN_UNREADABLE', 'forge printed no summary')
  }
  const [passed, failed, skipped] = summary.slice(1).map(Number) as [number, number, number]
  const failures = output.match(/^\[(FAIL|SKIP).*$/gm) ?? []
  const isMissed = exitCode !== 0 && failed === 0
  return { passed, failed: failed + skipped + (isMissed ? 1 : 0), failures, results: readForgeResults(output) }
}

/** How each test ended, from what `forge test` prints. A test that takes arguments goes by its name alone. */
export function readForgeResults(output: string): TestResult[] {
  const results: TestResult[] = []
  let suite = ''
  for (const line of output.split('\n')) {
    // The second heading is that of the summary, which tells each failure again.
    const heading = line.match(/^(?:Ran \d+ tests? for|Encountered \d+ failing tests? in) (.+):(\w+)$/)
    if (heading) suite = `verifier-contracts/${heading[1]} > ${heading[2]}`
    const test = line.match(/^\[(PASS|FAIL|SKIP)\b.*?\] (\w+)\(.*\)/)
    if (test && suite !== '') results.push({ name: `${suite} > ${test[2]}`, passed: test[1] === 'PASS' })
  }
  return results
}
