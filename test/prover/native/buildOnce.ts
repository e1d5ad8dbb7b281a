import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Builds every build of the engine where it is missing or out of date. Several test files may do so at once. */
export function buildOnce(): void {
  const script = fileURLToPath(new URL('../../../prover/native/build.mjs', import.meta.url))
  const result = JSON.parse(execFileSync(process.execPath, [script, '--all', '--json'], { encoding: 'utf8' }))
  if (result.missing) throw new Error(`the native engine cannot be tested: ${result.missing} is missing`)
}
