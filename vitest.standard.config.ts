import { defineConfig } from 'vitest/config'

/** `npm run test:standard`: what needs the keys of `standard`, which `npm test` does not make. */
export default defineConfig({
  test: {
    include: ['test/standard/*.test.ts'],
    // Where no engine can be built, one proof takes minutes on a busy machine.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    maxWorkers: 1,
  },
})
