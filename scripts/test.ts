/** `npm test`: builds what is missing, then runs every suite. Ends with one line that counts all of them. */
import { spawn } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Command } from 'commander'
import { reportAndExit } from '../prover/reportAndExit.ts'
import { StageProgress } from '../prover/StageProgress.ts'
import { PoaError } from '../src/errors.ts'
import { buildContracts, CONTRACTS_DIRECTORY } from './buildContracts.ts'
import { buildKeys } from './buildKeys.ts'
import { buildNativeProver } from './buildNativeProver.ts'
import { REPOSITORY_ROOT } from './circuits/compileCircuit.ts'
import { findFoundryBinary } from './findFoundryBinary.ts'

/** What a suite found. `failures` names what failed, for the end of a long log. */
type Counts = { readonly passed: number; readonly failed: number; readonly failures: readonly string[] }

/** What is read of vitest's report. */
type VitestReport = {
  readonly numPassedTests: number
  readonly numTotalTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

const RESULTS_PATH = join(REPOSITORY_ROOT, 'build', 'test-results', 'vitest.json')

/** Runs a program whose output goes to stderr; stdout is kept for the result. */
async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ exitCode: number; output: string }> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
    process.stderr.write(chunk)
  })
  const exitCode = await new Promise<number>((resolve, reject) =>
    child.once('error', reject).once('close', (code) => resolve(code ?? 1)),
  )
  return { exitCode, output }
}

async function runVitest(filters: readonly string[]): Promise<Counts> {
  await mkdir(join(RESULTS_PATH, '..'), { recursive: true })
  await rm(RESULTS_PATH, { force: true }) // the counts must be this run's
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${RESULTS_PATH}`]
  const vitest = join(REPOSITORY_ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const { exitCode } = await run(process.execPath, [vitest, 'run', ...reporters, ...filters], REPOSITORY_ROOT)
  const report = JSON.parse(await readFile(RESULTS_PATH, 'utf8')) as VitestReport
  const { numPassedTests: passed, numTotalTests, testResults } = report
  const failed = numTotalTests - passed
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(REPOSITORY_ROOT, name)
    const tests = assertionResults.filter((test) => test.status !== 'passed')
    if (tests.length === 0) return status === 'passed' ? [] : [`${file}: ${message}`]
    return tests.map((test) => `${file} > ${test.fullName} (${test.status})\n${test.failureMessages?.join('\n') ?? ''}`)
  })
  // A file that does not load, or an error outside a test, fails the run without failing a test.
  return { passed, failed: exitCode === 0 ? failed : Math.max(1, failed), failures }
}

async function runForge(): Promise<Counts> {
  const { exitCode, output } = await run(findFoundryBinary('forge'), ['test'], CONTRACTS_DIRECTORY, {
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
    const vitest = await progress.run('vitest', 'Circuits and TypeScript', () => runVitest(filters))
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
