import { PoaError } from '../src/errors.ts'
import type { CircuitInput } from './prepareInput.ts'
import { calculateWitness } from './snarkjs.ts'

/**
 * Second stage: the circuit's own generator fills in every wire.
 * @returns the bytes of a .wtns file. They hold private data.
 * @throws PoaError WITNESS_FAILED when no witness exists. Its message is the generator's and names signals and lines, not values.
 */
export async function computeWitness(wasmPath: string, input: CircuitInput): Promise<Uint8Array> {
  try {
    return await calculateWitness(wasmPath, input)
  } catch (cause) {
    throw new PoaError('WITNESS_FAILED', `the circuit has no witness for this batch: ${(cause as Error).message}`, {
      cause,
    })
  }
}
