import { type ChildProcess, fork } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { PoaError } from '../../../src/errors.ts'
import { CIRCUITS_DIRECTORY, REPOSITORY_ROOT } from '../../circuits/compileCircuit.ts'
import { WHOLE } from './findAcceptedLie.ts'
import type { Failure, LieOutcome, LieTask, Notice, TestOutcome, TestTask } from './laneProcess.ts'
import type { SourceMutant } from './mutateCircom.ts'

/** What the tests made of a mutant. `stillborn`: the compiler refuses it or does not end, so there is no circuit to judge. */
export type Verdict =
  | { readonly fate: 'killed'; readonly by: string; readonly evidence: string }
  | { readonly fate: 'stillborn' | 'survived' }

const COPIED = ['circuits', 'prover', 'scripts', 'src', 'test/circuits', 'test/statement', 'package.json']
/** Where the attacker's generator takes its sources from, in a sandbox. */
const FORGER_SOURCES = 'forger-circuits'

/**
 * How a sandbox judges more strictly than the tests do. Only a witness that the mutant's constraints accept is evidence: that our own generator
 * refuses an input in another way is none, nor that a forgery breaks another number of constraints than it did.
 */
const REWRITES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'test/circuits/openCircuit.ts': {
    '.toBe(violations)': '.toBeGreaterThan(0)',
    'await expect(this.#circuit.computeWitness(input)).rejects.toThrow(/Assert Failed/)': `const row = await this.#circuit.computeWitness(input).then(
      (values) => checkConstraints(this.r1cs, values),
      () => 'refused',
    )
    expect(row, 'accepts what must be refused').toBeDefined()`,
  },
  // An attacker's generator of a mutant that takes a constraint away is that of the original, whose lines the tests rewrite.
  'scripts/circuits/compileForger.ts': {
    'await readdir(CIRCUITS_DIRECTORY,': 'await readdir(FORGED_CIRCUITS,',
    'from: join(CIRCUITS_DIRECTORY, name)': 'from: join(FORGED_CIRCUITS, name)',
    'const CIRCOMLIB =': `const FORGED_CIRCUITS = join(REPOSITORY_ROOT, '${FORGER_SOURCES}')\nconst CIRCOMLIB =`,
  },
  'scripts/circuits/compileCircuit.ts': {
    "await execFileAsync(process.execPath, ['--no-warnings', cli, ...args], {\n      cwd: REPOSITORY_ROOT,\n      maxBuffer: 1 << 26,\n    })":
      'await globalThis.runCircom(args)',
  },
}

/** Failures that say nothing about the circuit: the mutant has other lines or signals than those that a test names. */
const NO_EVIDENCE = [
  '^the forger has no signal',
  '^the circuit has no signal',
  '^these edits change no wire',
  '^--O2 has replaced',
  ' holds \\d+ times: ',
]
const NOT_COMPILED = '^circom: '

const LANE_PROCESS = fileURLToPath(new URL('laneProcess.ts', import.meta.url))
/** The compiler takes four seconds for `tiny` on an idle machine. */
const COMPILER_TIMEOUT_MS = 120_000

/** A copy of the circuits and their tests below build/, in which one mutant at a time takes the place of its original. */
export class Sandbox {
  readonly #root: string
  #process: ChildProcess

  private constructor(root: string) {
    this.#root = root
    this.#process = startLane(root)
  }

  /** @throws PoaError MUTATION_SANDBOX_STALE when a file is no longer what `REWRITES` knows */
  static async open(name: string): Promise<Sandbox> {
    const parent = join(REPOSITORY_ROOT, 'build', 'circuit-mutants')
    await mkdir(parent, { recursive: true })
    const root = await mkdtemp(join(parent, `${name}-`))
    for (const path of COPIED) await cp(join(REPOSITORY_ROOT, path), join(root, path), { recursive: true })
    await cp(CIRCUITS_DIRECTORY, join(root, FORGER_SOURCES), { recursive: true })
    for (const [path, pieces] of Object.entries(REWRITES)) {
      let text = await readFile(join(root, path), 'utf8')
      for (const [piece, other] of Object.entries(pieces)) text = replaceOnce(path, text, piece, other)
      await writeFile(join(root, path), text)
    }
    await addPackages(root)
    await shareForgers(root)
    return new Sandbox(root)
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
    await rm(this.#root, { recursive: true })
  }

  /**
   * Runs a test file without any mutant: nothing may fail, or no kill would mean anything.
   * @throws PoaError MUTATION_BASELINE_FAILED
   */
  async requireSound(testFile: string): Promise<void> {
    const outcome = await this.#run<TestOutcome>({ testFile, stops: false, ignored: [] })
    if (outcome === undefined || outcome.failures.length > 0 || outcome.passed === 0) {
      const { test, message } = outcome?.failures[0] ?? { test: 'no test', message: 'it does not end' }
      throw new PoaError('MUTATION_BASELINE_FAILED', `${testFile} fails without any mutant (${test}): ${message}`)
    }
  }

  /**
   * Judges a mutant. One that only takes constraints away is killed by a lie that it accepts and the original refuses, about its template alone or the
   * whole circuit; whatever survives that, and every other mutant, by a test.
   * @param testFiles from the repository's root, the closest to the template first
   */
  async judge(mutant: SourceMutant, testFiles: readonly string[]): Promise<Verdict> {
    if (mutant.removesOnly) {
      const own = mutant.file.replace(/\.circom$/, '')
      for (const template of new Set([own, WHOLE])) {
        const verdict = await this.#lieTo(mutant, template)
        if (verdict.fate !== 'survived') return verdict
      }
    }
    return this.#inPlace(mutant, () => this.#test(testFiles))
  }

  async #lieTo(mutant: SourceMutant, template: string): Promise<Verdict> {
    const original = await this.#run<LieOutcome>({ template })
    if (original?.error !== undefined) throw new PoaError('MUTATION_BASELINE_FAILED', `${template}: ${original.error}`)
    const outcome = await this.#inPlace(mutant, () => this.#run<LieOutcome>({ template, statement: mutant.before }))
    if (outcome === undefined || (outcome.error !== undefined && new RegExp(NOT_COMPILED).test(outcome.error)))
      return { fate: 'stillborn' }
    if (outcome.error !== undefined)
      throw new PoaError('MUTATION_RUN_FAILED', `${mutant.file}: ${mutant.after}: ${outcome.error}`)
    if (outcome.accepted === undefined) return { fate: 'survived' }
    return { fate: 'killed', by: 'a forged witness', evidence: outcome.accepted }
  }

  async #test(testFiles: readonly string[]): Promise<Verdict> {
    for (const [i, testFile] of testFiles.entries()) {
      const outcome = await this.#run<TestOutcome>({ testFile, stops: true, ignored: [...NO_EVIDENCE, NOT_COMPILED] })
      if (outcome === undefined) return { fate: 'stillborn' }
      const evidence = outcome.failures.find(isEvidence)
      if (evidence) return { fate: 'killed', by: `${testFile}: ${evidence.test}`, evidence: evidence.message }
      if (i === 0 && outcome.failures.some(({ message }) => new RegExp(NOT_COMPILED).test(message)))
        return { fate: 'stillborn' }
    }
    return { fate: 'survived' }
  }

  async #inPlace<Result>(mutant: SourceMutant, judge: () => Promise<Result>): Promise<Result> {
    const folders = ['circuits', ...(mutant.removesOnly ? [] : [FORGER_SOURCES])]
    const paths = folders.map((folder) => join(this.#root, folder, mutant.file))
    const original = await readFile(join(CIRCUITS_DIRECTORY, mutant.file), 'utf8')
    await Promise.all(paths.map((path) => writeFile(path, mutant.source)))
    try {
      return await judge()
    } finally {
      await Promise.all(paths.map((path) => writeFile(path, original)))
    }
  }

  /** Undefined when the compiler does not end. Nothing else is timed: a busy machine must not decide about a mutant. */
  #run<Outcome>(task: TestTask | LieTask): Promise<Outcome | undefined> {
    const child = this.#process
    return new Promise((resolve, reject) => {
      let compilers = 0
      let timer: NodeJS.Timeout | undefined
      const settle = (outcome: Outcome | undefined) => {
        clearTimeout(timer)
        child.off('exit', fail).off('message', receive)
        resolve(outcome)
      }
      const fail = (code: number | null) => {
        clearTimeout(timer)
        child.off('message', receive)
        reject(new PoaError('MUTATION_RUN_FAILED', `the process of ${JSON.stringify(task)} ended with ${code}`))
      }
      const abandon = () => {
        settle(undefined)
        child.kill('SIGKILL')
        this.#process = startLane(this.#root)
      }
      const receive = (message: Outcome | Notice) => {
        if (message !== 'compiler starts' && message !== 'compiler ended') return settle(message)
        compilers += message === 'compiler starts' ? 1 : -1
        clearTimeout(timer)
        if (compilers > 0) timer = setTimeout(abandon, COMPILER_TIMEOUT_MS)
      }
      child.on('message', receive).once('exit', fail)
      child.send(task)
    })
  }
}

const isEvidence = ({ message }: Failure) =>
  ![...NO_EVIDENCE, NOT_COMPILED].some((pattern) => new RegExp(pattern).test(message))

function startLane(root: string): ChildProcess {
  return fork(LANE_PROCESS, {
    cwd: root,
    execArgv: ['--import', 'tsx', '--no-warnings'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
}

function replaceOnce(path: string, text: string, piece: string, replacement: string): string {
  const parts = text.split(piece)
  if (parts.length !== 2)
    throw new PoaError('MUTATION_SANDBOX_STALE', `${path} holds ${parts.length - 1} times: ${piece}`)
  return parts.join(replacement)
}

/** circomlib as a copy, because the compiler follows no link out of its directory, and what stands in for vitest. All else is found above. */
async function addPackages(root: string): Promise<void> {
  const require = createRequire(import.meta.url)
  const packages = join(root, 'node_modules')
  await cp(dirname(require.resolve('circomlib/package.json')), join(packages, 'circomlib'), { recursive: true })
  await mkdir(join(packages, 'vitest'), { recursive: true })
  await writeFile(join(packages, 'vitest', 'package.json'), JSON.stringify({ type: 'module', exports: './index.js' }))
  const vitest = pathToFileURL(join(dirname(require.resolve('vitest/package.json')), 'dist', 'index.js'))
  await writeFile(
    join(packages, 'vitest', 'index.js'),
    `export { expect } from '${vitest}'\nexport const { describe, test, beforeAll } = globalThis.testShim\n`,
  )
}

/** Attackers' generators are named by their contents and only read, so that those of the test suite will do. */
async function shareForgers(root: string): Promise<void> {
  const [from, to] = [REPOSITORY_ROOT, root].map((base) => join(base, 'build', 'test-circuits')) as [string, string]
  await mkdir(to, { recursive: true })
  const names = await readdir(from).catch(() => [])
  for (const name of names.filter((name) => /^(forger|definitions)-/.test(name)))
    await symlink(relative(to, join(from, name)), join(to, name))
}
