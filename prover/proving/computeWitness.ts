import { PoaError } from '../../src/errors.ts'
import type { CircuitInput } from './prepareInput.ts'
import { openWasmWitness } from './wasmWitness.ts'

/**
 * Second stage: the circuit's own generator fills in every wire.
 * @returns the bytes of a .wtns file. They hold private data.
 * @throws PoaError WITNESS_FAILED when no witness exists. Its message names the line that failed and no value.
 */
export type ComputeWitness = (input: CircuitInput) => Promise<Uint8Array>

/** Makes a circuit's witnesses ready to be computed: its generator is compiled here, once. */
export async function openComputeWitness(wasmPath: string): Promise<ComputeWitness> {
  const fill = await openWasmWitness(wasmPath)
  return async (input) => {
    try {
      return fill(input)
    } catch (cause) {
      // The generator's message may quote a value of the input, all of which is private.
      const place =
        (cause as Error).message.match(/Error in template \w+ line: \d+/)?.[0] ?? 'the input does not fit the circuit'
      throw new PoaError('WITNESS_FAILED', `the circuit has no witness for this batch: ${place}`, { cause })
    }
  }
}

/** As `openComputeWitness`, for one witness. */
export async function computeWitness(wasmPath: string, input: CircuitInput): Promise<Uint8Array> {
  return (await openComputeWitness(wasmPath))(input)
}
