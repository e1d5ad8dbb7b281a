import { defineConfig } from 'vitest/config'

/** `npm run test:standard`: what needs the keys of `standard`, which `npm test` does not make. */
export default defineConfig({
  test: {
    include: ['test/standard/*.test.ts'],
    // One proof takes up to a minute where no engine can be built.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    maxWorkers: 1,
  },
})
