import type { Groth16Proof } from '../../src/proof/Groth16.ts'
import type { CircuitInput } from './prepareInput.ts'

/** What a backend makes of one circuit input. */
export type RawProof = {
  readonly proof: Groth16Proof
  readonly publicSignals: readonly bigint[]
  readonly seconds: { readonly witness: number; readonly prove: number }
}

/** The two heavy stages, witness and proof. snarkjs is one; tests bring a fake one; a faster engine can be another. */
export type ProvingBackend = {
  /**
   * @param signal calls the proof off: it rejects once whatever was computing it has ended
   * @throws PoaError WITNESS_FAILED or PROOF_FAILED; PROVER_PROCESS_ENDED when the process died under it, PROVER_TIMED_OUT when it took too long,
   * PROOF_ABORTED when it was called off
   */
  prove(input: CircuitInput, onStage?: (stage: ProvingStage) => void, signal?: AbortSignal): Promise<RawProof>
  /** Frees processes and memory; waits until they are gone. */
  close(): Promise<void>
}

export type ProvingStage = 'witness' | 'prove'
