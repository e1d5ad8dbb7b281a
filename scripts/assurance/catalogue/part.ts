import type { Part } from '../Part.ts'
import { judgeCatalogue } from './judgeCatalogue.ts'
import { readCatalogue } from './readCatalogue.ts'
import { runNamedTests } from './runNamedTests.ts'

/**
 * Runs the tests that the negative catalogue names, and counts which of its attacks are refused. `npm test` runs all tests anyway and judges the catalogue
 * by them, so a fast run here is no shorter than a full one.
 */
export const part: Part = {
  title: 'Negative catalogue',
  async run(_depth, report) {
    const catalogue = await readCatalogue()
    return [judgeCatalogue(catalogue, await runNamedTests(catalogue, report))]
  },
}
