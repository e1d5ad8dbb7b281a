import type { TestResult } from '../../runVitest.ts'
import type { Figure } from '../Part.ts'
import { type Catalogue, GROUP_NAMES } from './readCatalogue.ts'

/**
 * What the catalogue is worth, given what the tests gave. An entry counts as refused when every test that it names ran and passed, when no other entry
 * has its id, and when no other entry rests on the same tests. Each entry that a group lacks counts as one that is not refused.
 *
 * @param results of all tests of both suites, as runVitest and runForge return them
 */
export function judgeCatalogue(catalogue: Catalogue, results: readonly TestResult[]): Figure {
  const outcomes = new Map<string, boolean>()
  // Two tests of one name stand or fall together.
  for (const { name, passed } of results) outcomes.set(name, passed && (outcomes.get(name) ?? true))
  const ids = new Set<string>()
  const evidence = new Map<string, string>()
  const notes: string[] = []
  let refused = 0
  let total = 0
  for (const name of GROUP_NAMES) {
    const { title, goal, entries } = catalogue[name]
    total += Math.max(goal, entries.length)
    if (entries.length < goal) notes.push(`${title}: ${goal - entries.length} entries are missing`)
    for (const { id, tests } of entries) {
      const key = JSON.stringify([...tests].sort())
      const faults = [
        ...(ids.has(id) ? ['the id is taken'] : []),
        ...(evidence.has(key) ? [`the tests are those of ${evidence.get(key)}`] : []),
        ...tests.filter((test) => !outcomes.has(test)).map((test) => `no such test ran: ${test}`),
        ...tests.filter((test) => outcomes.get(test) === false).map((test) => `failed: ${test}`),
      ]
      ids.add(id)
      evidence.set(key, id)
      if (faults.length === 0) refused += 1
      else notes.push(`${id}: ${faults.join('; ')}`)
    }
  }
  return {
    name: 'catalogueRefused',
    title: 'attacks of the catalogue refused',
    value: refused,
    total,
    gate: { atLeast: 100 },
    notes,
  }
}
