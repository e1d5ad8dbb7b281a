/** A thread of openProofPool.ts. */
import { parentPort } from 'node:worker_threads'
import type { ProofItem } from '../../src/audit/VerifyProofs.ts'
import { PoaError } from '../../src/errors.ts'
import type { VerificationKey } from '../../src/proof/Groth16.ts'
import { verifyProofs } from '../../src/proof/verifyProofs.ts'

/** What a thread is asked. It answers in order. */
export type ProofGroup = { readonly verificationKey: VerificationKey; readonly items: readonly ProofItem[] }

/** What it answers: a verdict for each, or why the key cannot be used. */
export type ProofGroupVerdicts = {
  readonly verdicts: readonly boolean[]
  readonly fault?: { readonly code: string; readonly message: string }
}

parentPort!.on('message', (group: ProofGroup) => {
  parentPort!.postMessage(judge(group))
})

function judge({ verificationKey, items }: ProofGroup): ProofGroupVerdicts {
  try {
    return { verdicts: verifyProofs(verificationKey, items) }
  } catch (error) {
    if (!(error instanceof PoaError)) throw error
    return { verdicts: [], fault: { code: error.code, message: error.message } }
  }
}
