import { buildEngines } from '../../../prover/native/build.mjs'

/** Builds the engine where it is missing or out of date. Several test files may do so at once. */
export function buildOnce(): void {
  const { missing, builds } = buildEngines()
  if (missing) throw new Error(`the native engine cannot be tested: ${missing} is missing`)
  for (const { name, state, message } of builds) if (state === 'failed') throw new Error(`${name}: ${message}`)
}
