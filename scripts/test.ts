/** `npm test`: builds what is missing, then runs every suite. Ends with one line that counts all of them. */
import { Command } from 'commander'
import { reportAndExit } from '../prover/reportAndExit.ts'
import { StageProgress } from '../prover/StageProgress.ts'
import { judgeCatalogue } from './assurance/catalogue/judgeCatalogue.ts'
import { readCatalogue } from './assurance/catalogue/readCatalogue.ts'
import { meetsGate } from './assurance/Part.ts'
import { describeFigure } from './assurance/printFigures.ts'
import { PART_NAMES, runParts } from './assurance/runParts.ts'
import { buildContracts } from './buildContracts.ts'
import { buildKeys } from './buildKeys.ts'
import { buildNativeProver } from './buildNativeProver.ts'
import { findChromium } from './findChromium.ts'
import { runForge } from './runForge.ts'
import { type Counts, runVitest } from './runVitest.ts'

/** The catalogue is left out, because it is judged by what the suites gave. */
const FAST_PARTS = PART_NAMES.filter((name) => name !== 'catalogue')

/** Runs the fast part of the assurance command: each figure with a gate counts as one test. */
async function runFastAssurance(suites: readonly Counts[], progress: StageProgress): Promise<Counts> {
  const catalogue = judgeCatalogue(
    await readCatalogue(),
    suites.flatMap(({ results }) => results),
  )
  const parts = await runParts(FAST_PARTS, 'fast', progress)
  const figures = parts.flatMap(({ part, figures }) => figures.map((figure) => ({ part, figure })))
  const judged = [...figures, { part: 'catalogue', figure: catalogue }].filter(({ figure }) => figure.gate)
  const missed = judged.filter(({ figure }) => !meetsGate(figure))
  const failures = [
    ...missed.map(({ part, figure }) => [`${part}: ${describeFigure(figure)}`, ...(figure.notes ?? [])].join('\n  ')),
    ...parts.flatMap(({ part, failure }) => (failure === undefined ? [] : [`${part}: ${failure}`])),
  ]
  return { passed: judged.length - missed.length, failed: failures.length, failures, results: [] }
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
    const vitest = await progress.run('vitest', 'Circuits and TypeScript', () => runVitest(filters))
    const suites: Record<string, Counts> = { vitest }
    if (filters.length === 0) {
      if (findChromium() === undefined) {
        console.error('No Chromium here: the tests of the explorer are left out. POA_CHROMIUM names one.')
      } else {
        const config = ['--config', 'vitest.browser.config.ts']
        suites.browser = await progress.run('browser', 'Explorer in a browser', () => runVitest(config))
      }
      suites.forge = await progress.run('forge', 'Contracts', () => runForge())
      suites.assurance = await runFastAssurance([vitest, suites.forge], progress)
    }
    const sum = (key: 'passed' | 'failed') => Object.values(suites).reduce((total, suite) => total + suite[key], 0)
    const [passed, failed] = [sum('passed'), sum('failed')]
    if (json) {
      const told = Object.entries(suites).map(([name, { passed, failed, failures }]) => [
        name,
        { passed, failed, failures },
      ])
      console.log(
        JSON.stringify({ ok: failed === 0, passed, failed, ...Object.fromEntries(told), seconds: progress.seconds }),
      )
    } else {
      for (const { failures } of Object.values(suites))
        for (const failure of failures) console.error(`\nFAILED ${failure}`)
      console.log(`\n${passed} passed, ${failed} failed`)
    }
    if (failed > 0 || passed === 0) process.exitCode = 1
  })

await reportAndExit(program)
