/** `npm test`: builds what is missing, then runs every suite. Ends with one line that counts all of them. */
import { Command } from 'commander'
import { reportAndExit } from '../prover/reportAndExit.ts'
import { StageProgress } from '../prover/StageProgress.ts'
import { PoaError } from '../src/errors.ts'
import { describeFigure } from './assurance/printFigures.ts'
import { PART_NAMES, type PartResult, runParts } from './assurance/runParts.ts'
import { buildContracts, CONTRACTS_DIRECTORY } from './buildContracts.ts'
import { buildKeys } from './buildKeys.ts'
import { buildNativeProver } from './buildNativeProver.ts'
import { findFoundryBinary } from './findFoundryBinary.ts'
import { type Counts, runSuite, runVitest } from './runVitest.ts'

async function runForge(): Promise<Counts> {
  const { exitCode, output } = await runSuite(findFoundryBinary('forge'), ['test'], CONTRACTS_DIRECTORY, {
    // Gas is compared with verifier-contracts/snapshots/ instead of written there.
    FORGE_SNAPSHOT_CHECK: 'true',
  })
  const summary = output.match(/(\d+) tests passed, (\d+) failed, (\d+) skipped/)
  if (!summary) {
    if (exitCode !== 0) return { passed: 0, failed: 1, failures: ['forge test ended without a summary'] }
    throw new PoaError('TEST_RUN_UNREADABLE', 'forge printed no summary')
  }
  const [passed, failed, skipped] = summary.slice(1).map(Number) as [number, number, number]
  const failures = output.match(/^\[(FAIL|SKIP).*$/gm) ?? []
  return { passed, failed: failed + skipped + (exitCode !== 0 && failed === 0 ? 1 : 0), failures }
}

/** The parts of the assurance command that `npm test` runs, each figure with a gate as one test. The catalogue is judged from the suites' results. */
const FAST_PARTS = PART_NAMES.filter((name) => name !== 'catalogue')

function countFigures(results: readonly PartResult[]): Counts {
  const judged = results.flatMap(({ part, figures, failure }) => [
    ...figures
      .filter(({ gate }) => gate !== undefined)
      .map((figure) => ({
        isMet: figure.ok,
        name: `assurance > ${part} > ${figure.title}: ${describeFigure(figure)}`,
      })),
    ...(failure === undefined ? [] : [{ isMet: false, name: `assurance > ${part}: ${failure}` }]),
  ])
  const failures = judged.filter(({ isMet }) => !isMet).map(({ name }) => name)
  return { passed: judged.length - failures.length, failed: failures.length, failures }
}

const program = new Command('npm test --')
  .description(
    'Builds what is missing and runs every suite: circuits, TypeScript, contracts, and the fast part of the assurance command. A skipped test counts as failed.',
  )
  .argument('[filters...]', 'only test files whose path contains one of these; leaves contracts and assurance out')
  .option('--json', 'print the counts as JSON on stdout')
  .addHelpText('after', '\nExamples:\n  npm test\n  npm test -- test/circuits')
  .action(async (filters: string[], { json = false }: { json?: boolean }) => {
    const progress = new StageProgress({ isQuiet: json })
    await buildNativeProver(progress, { all: true })
    await buildKeys(progress)
    await progress.run('contracts', 'Compile the contracts', buildContracts)
    const { errors: _, ...vitest } = await progress.run('vitest', 'Circuits and TypeScript', () => runVitest(filters))
    const suites: Record<string, Counts> = { vitest }
    if (filters.length === 0) {
      suites.forge = await progress.run('forge', 'Contracts', runForge)
      suites.assurance = countFigures(await runParts(FAST_PARTS, 'fast', progress))
    }
    const passed = Object.values(suites).reduce((sum, suite) => sum + suite.passed, 0)
    const failed = Object.values(suites).reduce((sum, suite) => sum + suite.failed, 0)
    if (json) console.log(JSON.stringify({ ok: failed === 0, passed, failed, ...suites, seconds: progress.seconds }))
    else {
      for (const { failures } of Object.values(suites))
        for (const failure of failures) console.error(`\nFAILED ${failure}`)
      console.log(`\n${passed} passed, ${failed} failed`)
    }
    if (failed > 0 || passed === 0) process.exitCode = 1
  })

await reportAndExit(program)
