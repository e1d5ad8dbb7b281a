import { buildEngines } from '../prover/native/build.mjs'
import type { StageProgress } from '../prover/StageProgress.ts'

/**
 * Compiles the native prover where it is missing or out of date; one stage. What keeps it from being built is said on stderr and stops nothing: snarkjs
 * proves then.
 * @param all every build, for tests; else the fastest that this machine runs
 */
export async function buildNativeProver(progress: StageProgress, { all = false } = {}): Promise<void> {
  const { missing, builds } = await progress.run('native', 'Native prover', () => buildEngines({ all }))
  if (missing !== undefined) console.error(`  not built, ${missing} is missing: snarkjs will prove`)
  for (const { name, state, message } of builds)
    if (state === 'failed') console.error(`  ${name} not built, the compiler refused it: ${message}`)
}
