/** The worker thread of openProofVerifier.ts. */
import { parentPort } from 'node:worker_threads'
import { PoaError } from '../../src/errors.ts'
import { type ProofClaim, requireValidProof } from '../../src/proof/verifyProof.ts'

/** What is wrong with the proof; undefined when nothing is. */
export type ProofFault = { readonly code: string; readonly detail: string } | undefined

parentPort!.on('message', (claim: ProofClaim) => {
  parentPort!.postMessage(findFault(claim))
})

function findFault(claim: ProofClaim): ProofFault {
  try {
    requireValidProof(claim)
    return undefined
  } catch (error) {
    if (error instanceof PoaError) return { code: error.code, detail: error.message }
    throw error
  }
}
