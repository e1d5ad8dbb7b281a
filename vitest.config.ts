import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take a minute and more, the longest first. */
const LONG_FILES = [
  'test/prover/node/crashEmbedded.test.ts',
  'test/prover/node/crashDistributed.test.ts',
  'test/circuits/AttributionBatch.test.ts',
  'test/prover/proving/childProcessBackend.test.ts',
]

/** Begins with the long files: one that starts last would leave the other core idle for minutes. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const i = LONG_FILES.findIndex((file) => moduleId.endsWith(file))
      return i < 0 ? LONG_FILES.length : i
    }
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // `npm run test:standard` and `npm run test:browser`, with configurations of their own.
    exclude: [...configDefaults.exclude, 'test/standard/**', 'test/browser/**'],
    // Compiling circuits and making proofs takes seconds; a hung test still ends.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
})
