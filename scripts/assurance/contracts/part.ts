import type { Figure, Part } from '../Part.ts'
import { measureCoverage } from './measureCoverage.ts'
import { measureInvariants } from './measureInvariants.ts'
import { measureSizes } from './measureSizes.ts'
import { runForgeTests } from './runForgeTests.ts'

/** Stateful invariants among hostile actors, fuzz tests, coverage and size of the contracts. */
export const part: Part = {
  title: 'Contracts: invariants, fuzz tests, coverage',
  async run(depth, report) {
    report(0, 'sizes and coverage')
    const figures = [...(await measureSizes()), ...(await measureCoverage())]
    const before = depth === 'full' ? 0.15 : 0.6
    if (depth === 'full') {
      report(0.05, 'fuzz tests')
      figures.push(...(await measureFuzzTests()))
    }
    report(before, 'invariants')
    const invariants = await measureInvariants(depth, (fraction, note) =>
      report(before + (1 - before) * fraction, note),
    )
    return [...invariants, ...figures]
  },
}

/** Every fuzz test with 10,000 inputs. */
async function measureFuzzTests(): Promise<readonly Figure[]> {
  const tests = await runForgeTests(['--match-test', '^testFuzz_'])
  const failed = tests.filter(({ isPassed }) => !isPassed)
  return [
    {
      name: 'fuzzTests',
      title: 'fuzz tests of the contracts that pass',
      value: tests.length - failed.length,
      total: tests.length,
      gate: { atLeast: 100 },
      notes: failed.map(({ name, reason }) => `${name}: ${reason}`),
    },
    {
      name: 'fuzzRuns',
      title: 'inputs for each fuzz test, at least',
      value: Math.min(...tests.map(({ kind }) => kind.Fuzz?.runs ?? 0)),
      gate: { atLeast: 10_000 },
    },
  ]
}
