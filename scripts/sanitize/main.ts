/** `npm run sanitize`: the tests of the native prover with sanitizers. See prover/native/README.md, "Limits". */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { reportAndExit } from '../../prover/reportAndExit.ts'
import { StageProgress } from '../../prover/StageProgress.ts'
import { PoaError } from '../../src/errors.ts'
import { buildKeys } from '../buildKeys.ts'
import { runVitest } from '../runVitest.ts'
import { openReports, readReports } from './reports.ts'
import { buildSanitized, SANITIZERS, type SanitizedBuilds, type Sanitizer } from './sanitizers.ts'

const CONFIGURATION = fileURLToPath(new URL('vitest.config.ts', import.meta.url))

/**
 * Commits each fault, as the tests run the engine: a sanitizer that reports nothing because it is not at work must not pass for a clean engine.
 * @throws PoaError SANITIZER_BLIND
 */
async function requireSight({ name, faults }: Sanitizer, built: SanitizedBuilds): Promise<void> {
  for (const [fault, word] of Object.entries(faults)) {
    const { directory, environment } = await openReports(built, fault)
    const code = `require(${JSON.stringify(`${built.directory}/faults.node`)}).${fault}()`
    const { stderr } = spawnSync(process.execPath, ['-e', code], {
      env: { ...process.env, ...environment },
      encoding: 'utf8',
    })
    const { findings } = await readReports(directory, stderr)
    if (!findings.some((finding) => finding.includes(word) && finding.includes(fault)))
      throw new PoaError('SANITIZER_BLIND', `the ${name} sanitizer did not report the deliberate fault ${fault}`, {
        hint: `What it wrote, if anything, lies in ${directory}. ${stderr}`,
      })
  }
}

async function runTests(built: SanitizedBuilds, filters: readonly string[]) {
  const { directory, environment } = await openReports(built, 'tests')
  const { passed, failed, failures, errors } = await runVitest(['--config', CONFIGURATION, ...filters], {
    POA_SANITIZED_DIRECTORY: built.directory,
    POA_SANITIZED_BUILDS: built.builds.join(),
    POA_SANITIZED_ENVIRONMENT: JSON.stringify(environment),
  })
  return { passed, failed, failures, ...(await readReports(directory, errors)) }
}

const program = new Command('npm run sanitize --')
  .description(
    'Compiles the native prover with sanitizers (addresses, undefined behaviour, data races), sees that deliberate faults are reported, and runs its tests. Fails on any report.',
  )
  .argument('[filters...]', 'only test files whose path contains one of these')
  .option('--json', 'print the result as JSON on stdout')
  .addHelpText('after', '\nExamples:\n  npm run sanitize\n  npm run sanitize -- threads.test keyFile.test')
  .action(async (filters: string[], { json = false }: { json?: boolean }) => {
    const progress = new StageProgress({ isQuiet: json })
    const compiled: { sanitizer: Sanitizer; built: SanitizedBuilds }[] = []
    for (const sanitizer of SANITIZERS) {
      const { name, title } = sanitizer
      const built = await progress.run(`${name}-build`, `${title}: compile`, (report) =>
        buildSanitized(sanitizer, report),
      )
      await progress.run(`${name}-faults`, `${title}: deliberate faults`, () => requireSight(sanitizer, built))
      compiled.push({ sanitizer, built })
    }
    await buildKeys(progress)
    const runs = []
    for (const { sanitizer, built } of compiled) {
      const { name, title, faults } = sanitizer
      const tests = await progress.run(`${name}-tests`, `${title}: tests`, () => runTests(built, filters))
      runs.push({ sanitizer: name, builds: built.builds, faultsReported: Object.keys(faults), ...tests })
    }
    const isClean = runs.every(({ passed, failed, findings }) => passed > 0 && failed === 0 && findings.length === 0)
    if (json) console.log(JSON.stringify({ ok: isClean, runs, seconds: progress.seconds }))
    else {
      for (const { failures, findings } of runs) {
        for (const failure of failures) console.error(`\nFAILED ${failure}`)
        for (const finding of findings) console.error(`\nREPORTED ${finding}`)
      }
      for (const { sanitizer, builds, faultsReported, passed, failed, findings, ofNode } of runs)
        console.log(
          `${sanitizer} (${builds.join(', ')}): ${faultsReported.length} deliberate faults reported; ${passed} tests passed, ${failed} failed, ${findings.length} reports${ofNode > 0 ? ` (and ${ofNode} of Node itself)` : ''}`,
        )
    }
    if (!isClean) process.exitCode = 1
  })

await reportAndExit(program)
