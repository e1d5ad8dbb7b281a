import { defineConfig } from 'vitest/config'

/** The explorer in a real browser: run by `npm test` when there is one, and by `npm run test:browser`. */
export default defineConfig({
  test: {
    include: ['test/browser/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
  },
})
