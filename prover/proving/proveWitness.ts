import { PoaError } from '../../src/errors.ts'
import type { Groth16Proof } from '../../src/proof/Groth16.ts'
import { prove } from './snarkjs.ts'

/**
 * Third stage, where the native prover is not used: the Groth16 proof by snarkjs. It never sets anything up; a missing key was
 * refused when the artifacts were loaded.
 * @throws PoaError PROOF_FAILED
 */
export async function proveWitness(
  zkeyPath: string,
  witness: Uint8Array,
): Promise<{ proof: Groth16Proof; publicSignals: readonly bigint[] }> {
  try {
    return await prove(zkeyPath, witness)
  } catch (cause) {
    throw new PoaError('PROOF_FAILED', `no proof: ${(cause as Error).message}`, { cause })
  }
}
