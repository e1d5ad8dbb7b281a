import { PoaError } from '../../../src/errors.ts'
import { SHAPE_NAMES, shapeNamed } from '../../../src/shape.ts'
import type { Artifacts } from '../artifacts.ts'
import { type ComputeWitness, openComputeWitness } from '../computeWitness.ts'
import type { EngineBuildName } from './loadEngine.ts'
import { openWitnessFiller } from './openWitnessFiller.ts'

/**
 * Second stage with the native engine, or with the circuit's own generator where the engine's code does not mirror the circuit (another version of it,
 * or none of our shapes): slower, the same bytes. One thread, for it runs beside the proof before it.
 * @throws PoaError of openWitnessFiller, other than LAYOUT_MISMATCH
 */
export async function openNativeWitness(
  { symPath, wasmPath, manifest }: Artifacts,
  build: EngineBuildName,
): Promise<ComputeWitness> {
  const name = SHAPE_NAMES.find((each) => each === manifest.shape)
  if (name === undefined) return openComputeWitness(wasmPath)
  try {
    return (await openWitnessFiller({ symPath, wires: manifest.wires, shape: shapeNamed(name), threads: 1, build }))
      .fill
  } catch (error) {
    if (error instanceof PoaError && error.code === 'LAYOUT_MISMATCH') return openComputeWitness(wasmPath)
    throw error
  }
}
