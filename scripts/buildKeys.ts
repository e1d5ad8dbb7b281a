import { terminate } from '../prover/proving/snarkjs.ts'
import type { StageProgress } from '../prover/StageProgress.ts'
import { SHAPE_NAMES } from '../src/shape.ts'
import { ensureDevKeysOfShape } from './keys/ensureDevKeys.ts'

/** Circuits and DEV keys of every shape, each only where needed; one stage a shape. */
export async function buildKeys(progress: StageProgress): Promise<void> {
  for (const shape of SHAPE_NAMES) {
    await progress.run(shape, `Circuit and DEV keys: ${shape}`, (onProgress) =>
      ensureDevKeysOfShape(shape, { onProgress }),
    )
  }
  await terminate()
}
