import type { Groth16Proof, VerificationKey } from '../proof/Groth16.ts'

/** A statement and its proof, under a key that comes beside it. */
export type ProofItem = { readonly publicSignals: readonly bigint[]; readonly proof: Groth16Proof }

/** Says of each item whether its proof shows its signals; all under one sound key. The order is kept. */
export type VerifyProofs = (
  verificationKey: VerificationKey,
  items: readonly ProofItem[],
) => Promise<readonly boolean[]>
