import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PoaError } from '../../../src/errors.ts'
import { REPOSITORY_ROOT } from '../../circuits/compileCircuit.ts'
import { findFoundryBinary } from '../../findFoundryBinary.ts'

/** A run of the tests: what failed first, or that nothing did. */
export type TestRun = { readonly failure: string | undefined; readonly passed: number }

/**
 * The same everywhere, or forge compiles again. Gas plays no part, so that loops without an end are what gas must end. Nor does the optimiser,
 * which would take two thirds of the time to compile.
 */
const SETTINGS = {
  FOUNDRY_OPTIMIZER: 'false',
  FOUNDRY_GAS_LIMIT: '300000000',
  FOUNDRY_FUZZ_RUNS: '64',
  FOUNDRY_FUZZ_SEED: '0x1',
  FOUNDRY_INVARIANT_RUNS: '4',
  FOUNDRY_INVARIANT_DEPTH: '50',
  FORGE_SNAPSHOT_CHECK: 'false',
  FOUNDRY_FUZZ_FAILURE_PERSIST_DIR: 'cache/failures/fuzz',
  FOUNDRY_INVARIANT_FAILURE_PERSIST_DIR: 'cache/failures/invariant',
}

/**
 * Tests run at the same time, each in a lane of its own: a copy of the compiled project. forge writes its cache whenever it runs, and a run
 * that reads a cache half written by another compiles everything again.
 */
export const LANES = 2

/** A foundry project like one of ours, of which the contracts hold mutants. It stays, so that forge compiles only what changed. */
export class MutantSandbox {
  readonly #directory: string

  private constructor(directory: string) {
    this.#directory = directory
  }

  /**
   * Writes and compiles the project.
   * @param directory where it is to stand, once for each lane
   * @param project the folder of which it is a copy, with foundry.toml
   * @param sources of src and test, by path from there
   * @throws PoaError CONTRACT_COMPILATION_FAILED, also when a mutant does not compile, which no operator should make
   */
  static async create(
    directory: string,
    project: string,
    sources: ReadonlyMap<string, string>,
  ): Promise<MutantSandbox> {
    const sandbox = new MutantSandbox(directory)
    const first = sandbox.#laneDirectory(0)
    for (const path of await readdir(first, { recursive: true }).catch(() => []))
      if (/^(src|test)\/.*\.sol$/.test(path) && !sources.has(path)) await rm(join(first, path))
    for (const [path, text] of sources) {
      const file = join(first, path)
      await mkdir(dirname(file), { recursive: true })
      if ((await readFile(file, 'utf8').catch(() => undefined)) !== text) await writeFile(file, text)
    }
    await cp(join(project, 'test/fixtures'), join(first, 'test/fixtures'), { recursive: true }).catch(ignoreMissing)
    const settings = await readFile(join(project, 'foundry.toml'), 'utf8')
    const modules = join(REPOSITORY_ROOT, 'node_modules')
    await writeFile(
      join(first, 'foundry.toml'),
      settings
        .replaceAll('../node_modules', modules)
        .replace('"scripts/solc.mjs"', `"${join(REPOSITORY_ROOT, 'scripts/solc.mjs')}"`),
    )
    const { exitCode, output } = await sandbox.#runForge(['build'], 0)
    if (exitCode !== 0) throw new PoaError('CONTRACT_COMPILATION_FAILED', `mutants in ${directory}: ${output.trim()}`)
    for (let lane = 1; lane < LANES; ++lane) {
      await rm(sandbox.#laneDirectory(lane), { recursive: true, force: true })
      // With its times, by which forge sees that nothing changed.
      await cp(first, sandbox.#laneDirectory(lane), { recursive: true, preserveTimestamps: true })
    }
    return sandbox
  }

  /**
   * Runs tests until one fails.
   * @param selection forge's arguments that say which
   * @param lane from 0, below LANES; runs at the same time need different ones
   * @param mutant the id of the active one; none when left out
   * @throws PoaError TEST_RUN_UNREADABLE
   */
  async runTests(selection: readonly string[], lane: number, mutant?: number): Promise<TestRun> {
    // What another mutant failed with would be tried first.
    await rm(join(this.#laneDirectory(lane), 'cache/failures'), { recursive: true, force: true })
    const active = mutant === undefined ? [] : ['--block-coinbase', `0x${mutant.toString(16).padStart(40, '0')}`]
    const { exitCode, output } = await this.#runForge(['test', '-j', '1', '--fail-fast', ...selection, ...active], lane)
    const passed = output.match(/(\d+) tests passed, 0 failed, 0 skipped/)?.[1]
    const failure = output.match(/^\[FAIL.*$/m)?.[0]
    if (exitCode === 0 && passed !== undefined) return { failure: undefined, passed: Number(passed) }
    if (exitCode !== 0 && failure !== undefined) return { failure, passed: 0 }
    throw new PoaError('TEST_RUN_UNREADABLE', `forge test ended with ${exitCode}: ${output.trim()}`)
  }

  #laneDirectory(lane: number): string {
    return join(this.#directory, String(lane))
  }

  #runForge(
    args: readonly string[],
    lane: number,
  ): Promise<{ readonly exitCode: number | string; readonly output: string }> {
    return new Promise((resolve) => {
      const options = {
        cwd: this.#laneDirectory(lane),
        env: { ...process.env, ...SETTINGS },
        maxBuffer: 1 << 28,
      }
      execFile(findFoundryBinary('forge'), [...args, '--color', 'never'], options, (error, stdout, stderr) => {
        resolve({ exitCode: error ? (error.code ?? error.signal ?? 'nothing') : 0, output: `${stdout}${stderr}` })
      })
    })
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
