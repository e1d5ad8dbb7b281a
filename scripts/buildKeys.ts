import { Option } from 'commander'
import { terminate } from '../prover/proving/snarkjs.ts'
import type { StageProgress } from '../prover/StageProgress.ts'
import { SHAPE_NAMES, type ShapeName } from '../src/shape.ts'
import { ensureDevKeysOfShape } from './keys/ensureDevKeys.ts'

/** What tests and demo need. The other shapes take minutes and hundreds of megabytes, so they are built when somebody names them. */
export const DEFAULT_SHAPES: readonly ShapeName[] = ['tiny', 'small']

/** `--shape a b`, for commands that build. */
export const shapesOption = () =>
  new Option('--shape <names...>', 'circuits of circuits/circuits.json').choices(SHAPE_NAMES).default(DEFAULT_SHAPES)

/** Circuits and DEV keys of some shapes, each only where needed; one stage a shape. */
export async function buildKeys(progress: StageProgress, shapes: readonly ShapeName[] = DEFAULT_SHAPES): Promise<void> {
  for (const shape of shapes) {
    await progress.run(shape, `Circuit and DEV keys: ${shape}`, (onProgress) =>
      ensureDevKeysOfShape(shape, { onProgress }),
    )
  }
  await terminate()
}
