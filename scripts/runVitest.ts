import { spawn } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { REPOSITORY_ROOT } from './circuits/compileCircuit.ts'

/** How one test ended. The name is `file > describe > test`, the file relative to the repository. */
export type TestResult = { readonly name: string; readonly passed: boolean }

/** What a suite found. `failures` names what failed, for the end of a long log. */
export type Counts = {
  readonly passed: number
  readonly failed: number
  readonly failures: readonly string[]
  readonly results: readonly TestResult[]
}

/** What is read of vitest's report. */
export type VitestReport = {
  readonly numPassedTests: number
  readonly numTotalTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

/** One for each process: parts of `npm run assurance` run side by side. */
const RESULTS_PATH = join(REPOSITORY_ROOT, 'build', 'test-results', `vitest-${process.pid}.json`)

/** Runs a program all of whose output goes to stderr as well; stdout is kept for the result. `onOutput` sees what it writes to its stdout. */
export async function runSuite(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  onOutput: (chunk: string) => void = () => {},
): Promise<{ exitCode: number; output: string; errors: string }> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
    onOutput(String(chunk))
    process.stderr.write(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk
    process.stderr.write(chunk)
  })
  const exitCode = await new Promise<number>((resolve, reject) =>
    child.once('error', reject).once('close', (code) => resolve(code ?? 1)),
  )
  return { exitCode, output, errors }
}

/**
 * Runs vitest.
 * @param args file filters and options
 * @param env environment variables besides those of this process
 * @param onFile called with the number of files that are done, for a progress bar: it may miss some
 * @returns with what it wrote to stderr
 */
export async function runVitest(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  onFile: (done: number) => void = () => {},
): Promise<Counts & { readonly errors: string }> {
  await mkdir(join(RESULTS_PATH, '..'), { recursive: true })
  await rm(RESULTS_PATH, { force: true }) // the counts must be this run's, not an earlier one's
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${RESULTS_PATH}`]
  const vitest = join(REPOSITORY_ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  let done = 0
  const { exitCode, errors } = await runSuite(
    process.execPath,
    [vitest, 'run', ...reporters, ...args],
    REPOSITORY_ROOT,
    env,
    (chunk) => {
      // ` ✓ test/proof/evmProof.test.ts (3 tests) 91ms`
      done += stripVTControlCharacters(chunk).match(/\.test\.ts \(\d+ tests?/g)?.length ?? 0
      onFile(done)
    },
  )
  const report = JSON.parse(await readFile(RESULTS_PATH, 'utf8')) as VitestReport
  await rm(RESULTS_PATH)
  const { numPassedTests: passed, numTotalTests, testResults } = report
  const failed = numTotalTests - passed
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(REPOSITORY_ROOT, name)
    const tests = assertionResults.filter((test) => test.status !== 'passed')
    if (tests.length === 0) return status === 'passed' ? [] : [`${file}: ${message}`]
    return tests.map((test) => `${file} > ${test.fullName} (${test.status})\n${test.failureMessages?.join('\n') ?? ''}`)
  })
  // A file that does not load, or an error outside a test, fails the run without failing a test.
  return {
    passed,
    failed: exitCode === 0 ? failed : Math.max(1, failed),
    failures,
    results: readVitestResults(report),
    errors,
  }
}

/** How each test ended, from vitest's report. */
export function readVitestResults({ testResults }: Pick<VitestReport, 'testResults'>): TestResult[] {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => ({
      name: [relative(REPOSITORY_ROOT, name), ...ancestorTitles, title].join(' > '),
      passed: status === 'passed',
    })),
  )
}
