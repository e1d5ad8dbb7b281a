import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url))

// For the processes in which tests run, and theirs; this one needs no sanitizer.
Object.assign(process.env, JSON.parse(process.env.POA_SANITIZED_ENVIRONMENT ?? '{}'))

/** `npm run sanitize`: the tests of the native engine, which get sanitized builds. Nothing but this file leads to those. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^.*\/loadEngine\.ts$/, replacement: beside('sanitizedEngine.ts') },
      { find: /^.*\/buildOnce\.ts$/, replacement: beside('buildOnce.ts') },
    ],
  },
  test: {
    root: beside('../..'),
    include: ['test/prover/native/*.test.ts'],
    // The tests of how ordinary builds are made and found.
    exclude: ['test/prover/native/build.test.ts'],
    setupFiles: [beside('requireSanitized.ts')],
    // Sanitized code takes ten times as long.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
