/** Before each test file: an alias that no longer fits must not leave the tests with the ordinary builds. */
import { ENGINE_BUILDS, enginePath } from '../../prover/proving/native/loadEngine.ts'

for (const build of ENGINE_BUILDS)
  if (!enginePath(build).startsWith(`${process.env.POA_SANITIZED_DIRECTORY}`))
    throw new Error(`${enginePath(build)} is not sanitized`)
