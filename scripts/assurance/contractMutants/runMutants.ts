import type { ReportProgress } from '../../../prover/StageProgress.ts'
import { PoaError } from '../../../src/errors.ts'
import type { Mutant } from './findMutants.ts'
import { LANES, type MutantSandbox } from './MutantSandbox.ts'

/** Tests that measure gas do not judge: to choose among mutants costs some. */
const NO_GAS = ['--no-match-test', '^test_GasOf']
const ALL_TESTS = [...NO_GAS, '--no-match-path', 'test/invariants/*']
const INVARIANTS = ['--match-path', 'test/invariants/*']

/**
 * Runs the tests against each mutant: those of its contract, then all, then the invariants, until one of them fails.
 * @param folders of tests, each for the contract of its name
 * @returns the mutants that no test failed for, in order
 * @throws PoaError MUTANT_BASELINE_FAILED when a test fails without a mutant: it would count for every one
 */
export async function findSurvivors(
  sandbox: MutantSandbox,
  mutants: readonly Mutant[],
  folders: ReadonlySet<string>,
  report: ReportProgress,
): Promise<readonly Mutant[]> {
  const stages = [ALL_TESTS, ...(folders.has('invariants') ? [INVARIANTS] : [])]
  for (const stage of stages) {
    const { failure, passed } = await sandbox.runTests(stage, 0)
    if (failure !== undefined || passed === 0)
      throw new PoaError('MUTANT_BASELINE_FAILED', `Without any mutant: ${failure ?? 'there is no test'}`)
  }

  const survivors = new Set<Mutant>()
  const waiting = [...mutants]
  let done = 0
  async function work(lane: number): Promise<void> {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const own = folders.has(mutant.contract) ? [['--match-path', `test/${mutant.contract}/*`, ...NO_GAS]] : []
      if (!(await isKilled(mutant, [...own, ...stages], lane))) survivors.add(mutant)
      done += 1
      report(done / mutants.length, `${done - survivors.size} of ${done} mutants killed`)
    }
  }
  async function isKilled({ id }: Mutant, selections: readonly (readonly string[])[], lane: number): Promise<boolean> {
    for (const selection of selections)
      if ((await sandbox.runTests(selection, lane, id)).failure !== undefined) return true
    return false
  }
  await Promise.all(Array.from({ length: LANES }, (_, lane) => work(lane)))
  return mutants.filter((mutant) => survivors.has(mutant))
}
