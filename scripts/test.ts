/** `npm test`: builds what is missing, then runs every suite. Ends with one line that counts all of them. */
import { Command } from 'commander'
import { reportAndExit } from '../prover/reportAndExit.ts'
import { StageProgress } from '../prover/StageProgress.ts'
import { PoaError } from '../src/errors.ts'
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

const program = new Command('npm test --')
  .description(
    'Builds what is missing and runs every suite: circuits, TypeScript and contracts. A skipped test counts as failed.',
  )
  .argument('[filters...]', 'only test files whose path contains one of these; leaves the contracts out')
  .option('--json', 'print the counts as JSON on stdout')
  .addHelpText('after', '\nExamples:\n  npm test\n  npm test -- test/circuits')
  .action(async (filters: string[], { json = false }: { json?: boolean }) => {
    const progress = new StageProgress({ isQuiet: json })
    await buildNativeProver(progress, { all: true })
    await buildKeys(progress)
    await progress.run('contracts', 'Compile the contracts', buildContracts)
    const { errors: _, ...vitest } = await progress.run('vitest', 'Circuits and TypeScript', () => runVitest(filters))
    const forge =
      filters.length > 0 ? { passed: 0, failed: 0, failures: [] } : await progress.run('forge', 'Contracts', runForge)
    const passed = vitest.passed + forge.passed
    const failed = vitest.failed + forge.failed
    if (json)
      console.log(JSON.stringify({ ok: failed === 0, passed, failed, vitest, forge, seconds: progress.seconds }))
    else {
      for (const failure of [...vitest.failures, ...forge.failures]) console.error(`\nFAILED ${failure}`)
      console.log(`\n${passed} passed, ${failed} failed`)
    }
    if (failed > 0 || passed === 0) process.exitCode = 1
  })

await reportAndExit(program)
