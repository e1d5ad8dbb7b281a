import type { Groth16Proof } from '../../src/proof/Groth16.ts'
import type { CircuitInput } from './prepareInput.ts'

/** What a backend makes of one circuit input. */
export type RawProof = {
  readonly proof: Groth16Proof
  readonly publicSignals: readonly bigint[]
  /** What each stage took, without waiting for its turn. */
  readonly seconds: { readonly witness: number; readonly prove: number }
}

/** The two heavy stages, witness and proof. A child process is one; tests bring a fake one. */
export type ProvingBackend = {
  /**
   * Opens the key, unless it is open. The first proof does so too, but the native prover takes seconds to minutes the first time that it ever sees a
   * key, and here somebody can be told.
   * @param onProgress a fraction in 0 .. 1, while a key is made ready for the first time
   * @throws PoaError as `prove`; KEY_NOT_PREPARED
   */
  prepare(onProgress?: (fraction: number) => void, signal?: AbortSignal): Promise<void>
  /**
   * Several may be asked for at once: they are made in order, and the witness of one while the one before it is proved.
   * @param onStage may be told a stage twice, when the proof has to be begun again because another one's end took the process with it
   * @param signal calls the proof off: it rejects once whatever was computing it has ended
   * @throws PoaError WITNESS_FAILED or PROOF_FAILED; PROVER_PROCESS_ENDED when the process died under it, PROVER_TIMED_OUT when it took too long,
   * PROOF_ABORTED when it was called off
   */
  prove(input: CircuitInput, onStage?: (stage: ProvingStage) => void, signal?: AbortSignal): Promise<RawProof>
  /** Frees processes and memory; waits until they are gone. */
  close(): Promise<void>
}

export type ProvingStage = 'witness' | 'prove'
