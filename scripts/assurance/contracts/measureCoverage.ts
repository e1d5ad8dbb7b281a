import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PoaError } from '../../../src/errors.ts'
import { REPOSITORY_ROOT } from '../../circuits/compileCircuit.ts'
import type { Figure } from '../Part.ts'
import { type FileCoverage, readCoverage } from './readCoverage.ts'
import { runForge } from './runForgeTests.ts'

/**
 * Lines and branches of our contracts that the unit tests run, without the optimiser. The invariants are left out: what only a random sequence
 * reaches has no test.
 */
export async function measureCoverage(): Promise<readonly Figure[]> {
  const files = (await runCoverage()).filter(({ file }) => /^src\/(?!generated\/)/.test(file))
  if (files.length === 0) throw new PoaError('FORGE_FAILED', 'forge coverage reported no file below src/')
  const sum = (kind: 'lines' | 'branches' | 'skips') => {
    const [value, total] = [0, 1].map((i) => files.reduce((all, file) => all + file[kind][i]!, 0)) as [number, number]
    return { value, total }
  }
  const missed = (kind: 'missedLines' | 'missedBranches') =>
    files.filter((file) => file[kind].length > 0).map((file) => `${file.file}: line ${file[kind].join(', ')}`)
  return [
    {
      name: 'coverageLines',
      title: 'lines of the contracts run by unit tests',
      ...sum('lines'),
      gate: { atLeast: 98 },
      notes: missed('missedLines'),
    },
    {
      name: 'coverageBranches',
      title: 'branches of the contracts taken by unit tests',
      ...sum('branches'),
      gate: { atLeast: 95 },
      notes: [...missed('missedBranches'), 'of an if without else forge counts the side that is taken'],
    },
    {
      name: 'coverageSkips',
      title: 'ifs without else shown to be skipped as well',
      ...sum('skips'),
      notes: ['a lower bound: forge gives a line the count of the last thing on it'],
    },
  ]
}

async function runCoverage(): Promise<readonly FileCoverage[]> {
  const directory = await mkdtemp(join(tmpdir(), 'poa-coverage-'))
  try {
    const path = join(directory, 'lcov.info')
    const stdout = await runForge(
      [
        'coverage',
        ...['--no-match-test', 'invariant|test_Gas'],
        // Its own parser does not find imports outside the root otherwise.
        ...[
          '--remappings',
          `@openzeppelin/contracts/=${join(REPOSITORY_ROOT, 'node_modules/@openzeppelin/contracts')}/`,
        ],
        ...['--report', 'lcov', '--report-file', path],
      ],
      // Without the optimiser gas is another.
      { FORGE_SNAPSHOT_EMIT: 'false' },
    )
    const lcov = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new PoaError('FORGE_FAILED', `forge coverage: ${stdout.trim().slice(-2000)}`, { cause })
    })
    return readCoverage(lcov)
  } finally {
    await rm(directory, { recursive: true })
  }
}
