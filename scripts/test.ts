/** `npm test`: builds what is missing, then runs every suite. Ends with one line that counts all of them. */
import { Command } from 'commander'
import { reportAndExit } from '../prover/reportAndExit.ts'
import { StageProgress } from '../prover/StageProgress.ts'
import { buildContracts } from './buildContracts.ts'
import { buildKeys } from './buildKeys.ts'
import { buildNativeProver } from './buildNativeProver.ts'
import { runForge } from './runForge.ts'
import { type Counts, runVitest } from './runVitest.ts'

const NONE: Counts = { passed: 0, failed: 0, failures: [], results: [] }

const counts = ({ passed, failed, failures }: Counts) => ({ passed, failed, failures })

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
    const vitest = await progress.run('vitest', 'Circuits and TypeScript', () => runVitest(filters))
    const forge = filters.length > 0 ? NONE : await progress.run('forge', 'Contracts', () => runForge())
    const passed = vitest.passed + forge.passed
    const failed = vitest.failed + forge.failed
    const suites = { vitest: counts(vitest), forge: counts(forge) }
    if (json) console.log(JSON.stringify({ ok: failed === 0, passed, failed, ...suites, seconds: progress.seconds }))
    else {
      for (const failure of [...vitest.failures, ...forge.failures]) console.error(`\nFAILED ${failure}`)
      console.log(`\n${passed} passed, ${failed} failed`)
    }
    if (failed > 0 || passed === 0) process.exitCode = 1
  })

await reportAndExit(program)
