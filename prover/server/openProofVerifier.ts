import type { Worker } from 'node:worker_threads'
import { PoaError } from '../../src/errors.ts'
import type { ProofClaim } from '../../src/proof/verifyProof.ts'
import { RetryLaterError } from '../intake/RetryLaterError.ts'
import { startThread } from '../startThread.ts'
import type { ProofFault } from './proofVerifierWorker.ts'

/** Proofs that may wait for their turn. */
const LARGEST_QUEUE = 16
const BUSY_RETRY_SECONDS = 2

export type ProofVerifier = {
  /** @returns what is wrong with the proof; undefined when it is valid. @throws RetryLaterError VERIFIER_BUSY */
  findFault(claim: ProofClaim): Promise<ProofFault>
  close(): Promise<void>
}

type Waiting = { resolve: (fault: ProofFault) => void; reject: (cause: unknown) => void }

/** Verifies proofs in a thread of its own, which starts with the first: pairings take tens of milliseconds, during which the API would stand still. */
export function openProofVerifier(): ProofVerifier {
  let worker: Worker | undefined
  const waiting: Waiting[] = []

  const start = () => {
    const started = startThread(new URL('./proofVerifierWorker.ts', import.meta.url))
    const fail = (cause: unknown) => {
      if (worker !== started) return // told already
      worker = undefined
      for (const { reject } of waiting.splice(0))
        reject(new PoaError('INTERNAL', 'the verifier thread ended', { cause }))
    }
    // The thread answers in the order in which it was asked.
    started.on('message', (fault: ProofFault) => waiting.shift()?.resolve(fault))
    started.on('error', fail)
    started.on('exit', fail)
    started.unref()
    return started
  }

  return {
    findFault(claim) {
      if (waiting.length >= LARGEST_QUEUE)
        throw new RetryLaterError('VERIFIER_BUSY', `${LARGEST_QUEUE} proofs wait to be verified`, BUSY_RETRY_SECONDS)
      worker ??= start()
      worker.postMessage(claim)
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
      })
    },
    async close() {
      await worker?.terminate()
    },
  }
}
