import type { Part } from '../Part.ts'
import { judgeCatalogue } from './judgeCatalogue.ts'
import { readCatalogue, restingOnContracts } from './readCatalogue.ts'
import { runNamedTests } from './runNamedTests.ts'

/**
 * Runs the tests that the negative catalogue names, and counts which of its attacks are refused. A fast run takes the entries that rest on tests of the
 * contracts alone; `npm test`, which runs all tests anyway, judges all entries by them.
 */
export const part: Part = {
  title: 'Negative catalogue',
  async run(depth, report) {
    const catalogue = await readCatalogue()
    const chosen = depth === 'fast' ? restingOnContracts(catalogue) : catalogue
    return [judgeCatalogue(chosen, await runNamedTests(chosen, report))]
  },
}
