import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CONTRACTS_DIRECTORY } from '../../buildContracts.ts'
import { REPOSITORY_ROOT } from '../../circuits/compileCircuit.ts'
import type { Figure, Part } from '../Part.ts'
import { ACCEPTED_SURVIVORS } from './acceptedSurvivors.ts'
import type { Mutant } from './findMutants.ts'
import { MutantSandbox } from './MutantSandbox.ts'
import { mutateSources } from './mutateSources.ts'
import { findSurvivors } from './runMutants.ts'

/** How many mutants a fast run tries, about: evenly spaced among all. */
const SAMPLE_SIZE = 60

export const part: Part = {
  title: 'Mutants of the contracts',
  async run(depth, report) {
    report(0, 'finding mutants')
    const all = await readSources(CONTRACTS_DIRECTORY)
    // The invariants take longer to compile and to run than a whole fast run, and only meet what survived the other tests.
    const sources = depth === 'full' ? all : new Map([...all].filter(([path]) => !path.startsWith('test/invariants/')))
    const { mutants, render } = await mutateSources(sources, (path) => /^src\/\w+\.sol$/.test(path))
    const step = depth === 'full' ? 1 : Math.floor(mutants.length / SAMPLE_SIZE)
    const chosen = mutants.filter((_, i) => i % step === 0)

    report(0, 'compiling mutants')
    const directory = join(REPOSITORY_ROOT, 'build/contract-mutants', depth)
    const sandbox = await MutantSandbox.create(directory, CONTRACTS_DIRECTORY, render(chosen))
    const folders = new Set(
      [...sources.keys()].filter((path) => path.startsWith('test/')).map((path) => path.split('/')[1]!),
    )
    const survivors = await findSurvivors(sandbox, chosen, folders, report)
    return [killed(chosen, survivors), staleReasons(mutants, chosen, survivors)]
  },
}

/** The Solidity sources of a foundry project and of its tests, by path. */
export async function readSources(project: string): Promise<ReadonlyMap<string, string>> {
  const paths = await readdir(project, { recursive: true })
  const sources = paths.filter((path) => /^(src|test)\/.*\.sol$/.test(path)).sort()
  return new Map(
    await Promise.all(sources.map(async (path) => [path, await readFile(join(project, path), 'utf8')] as const)),
  )
}

/** `Contract.function: original -> replacement`. */
export function nameOf({ contract, member, original, replacement }: Mutant): string {
  return `${contract}.${member}: ${original} -> ${replacement || '(nothing)'}`
}

function killed(mutants: readonly Mutant[], survivors: readonly Mutant[]): Figure {
  const reasons = new Map(ACCEPTED_SURVIVORS.flatMap(({ reason, mutants }) => mutants.map((name) => [name, reason])))
  return {
    name: 'contractMutantsKilled',
    title: 'mutants of the contracts killed',
    value: mutants.length - survivors.length,
    total: mutants.length,
    gate: { atLeast: 90 },
    notes: survivors.map(
      (mutant) => `line ${mutant.line}, ${nameOf(mutant)}: ${reasons.get(nameOf(mutant)) ?? 'NO TEST NOTICES IT'}`,
    ),
  }
}

/** Reasons for survivors that are none any more. */
function staleReasons(all: readonly Mutant[], tried: readonly Mutant[], survivors: readonly Mutant[]): Figure {
  const [known, triedNames, survived] = [all, tried, survivors].map((mutants) => new Set(mutants.map(nameOf)))
  const stale = ACCEPTED_SURVIVORS.flatMap(({ mutants }) => mutants).filter(
    (name) => !known!.has(name) || (triedNames!.has(name) && !survived!.has(name)),
  )
  return {
    name: 'staleSurvivorReasons',
    title: 'reasons for mutants that do not survive',
    value: stale.length,
    gate: { atMost: 0 },
    notes: stale,
  }
}
