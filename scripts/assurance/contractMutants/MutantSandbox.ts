import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PoaError } from '../../../src/errors.ts'
import { REPOSITORY_ROOT } from '../../circuits/compileCircuit.ts'
import { findFoundryBinary } from '../../findFoundryBinary.ts'

/** A run of the tests: what failed first, or that nothing did. */
export type TestRun = { readonly failure: string | undefined; readonly passed: number }

/** The same everywhere, or forge compiles again. Gas plays no part, so that loops without an end are what gas must end. */
const SETTINGS = {
  FOUNDRY_OPTIMIZER_RUNS: '1',
  FOUNDRY_GAS_LIMIT: '300000000',
  FOUNDRY_FUZZ_RUNS: '64',
  FOUNDRY_FUZZ_SEED: '0x1',
  FOUNDRY_INVARIANT_RUNS: '4',
  FOUNDRY_INVARIANT_DEPTH: '50',
  FORGE_SNAPSHOT_CHECK: 'false',
}

/** A foundry project like one of ours, of which the contracts hold mutants. It stays, so that forge compiles only what changed. */
export class MutantSandbox {
  readonly #directory: string

  private constructor(directory: string) {
    this.#directory = directory
  }

  /**
   * Writes and compiles the project.
   * @param directory where it is to stand
   * @param project the folder of which it is a copy, with foundry.toml
   * @param sources of src and test, by path from there
   * @throws PoaError CONTRACT_COMPILATION_FAILED, also when a mutant does not compile, which no operator should make
   */
  static async create(
    directory: string,
    project: string,
    sources: ReadonlyMap<string, string>,
  ): Promise<MutantSandbox> {
    for (const path of await readdir(directory, { recursive: true }).catch(() => []))
      if (/^(src|test)\/.*\.sol$/.test(path) && !sources.has(path)) await rm(join(directory, path))
    for (const [path, text] of sources) {
      const file = join(directory, path)
      await mkdir(dirname(file), { recursive: true })
      if ((await readFile(file, 'utf8').catch(() => undefined)) !== text) await writeFile(file, text)
    }
    await cp(join(project, 'test/fixtures'), join(directory, 'test/fixtures'), { recursive: true }).catch(ignoreMissing)
    const settings = await readFile(join(project, 'foundry.toml'), 'utf8')
    const modules = join(REPOSITORY_ROOT, 'node_modules')
    await writeFile(
      join(directory, 'foundry.toml'),
      settings
        .replaceAll('../node_modules', modules)
        .replace('"scripts/solc.mjs"', `"${join(REPOSITORY_ROOT, 'scripts/solc.mjs')}"`),
    )
    const sandbox = new MutantSandbox(directory)
    const { exitCode, output } = await sandbox.#runForge(['build'])
    if (exitCode !== 0) throw new PoaError('CONTRACT_COMPILATION_FAILED', `mutants in ${directory}: ${output.trim()}`)
    return sandbox
  }

  /**
   * Runs tests until one fails.
   * @param selection forge's arguments that say which
   * @param lane keeps what forge remembers of failures apart; runs at the same time need different ones
   * @param mutant the id of the active one; none when left out
   * @throws PoaError TEST_RUN_UNREADABLE
   */
  async runTests(selection: readonly string[], lane: number, mutant?: number): Promise<TestRun> {
    const failures = join(this.#directory, 'cache', `failures-${lane}`)
    // What another mutant failed with would be tried first.
    await rm(failures, { recursive: true, force: true })
    const active = mutant === undefined ? [] : ['--block-coinbase', `0x${mutant.toString(16).padStart(40, '0')}`]
    const { exitCode, output } = await this.#runForge(['test', '-j', '1', '--fail-fast', ...selection, ...active], {
      FOUNDRY_FUZZ_FAILURE_PERSIST_DIR: join(failures, 'fuzz'),
      FOUNDRY_INVARIANT_FAILURE_PERSIST_DIR: join(failures, 'invariant'),
    })
    const passed = output.match(/(\d+) tests passed, 0 failed, 0 skipped/)?.[1]
    const failure = output.match(/^\[FAIL.*$/m)?.[0]
    if (exitCode === 0 && passed !== undefined) return { failure: undefined, passed: Number(passed) }
    if (exitCode !== 0 && failure !== undefined) return { failure, passed: 0 }
    throw new PoaError('TEST_RUN_UNREADABLE', `forge test ended with ${exitCode}: ${output.trim()}`)
  }

  #runForge(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly exitCode: number | string; readonly output: string }> {
    return new Promise((resolve) => {
      const options = {
        cwd: this.#directory,
        env: { ...process.env, ...SETTINGS, ...environment },
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
