import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import type { ProofItem, VerifyProofs } from '../../src/audit/VerifyProofs.ts'
import { InvalidInputError, PoaError } from '../../src/errors.ts'
import type { VerificationKey } from '../../src/proof/Groth16.ts'
import { startThread } from '../startThread.ts'
import type { ProofGroup, ProofGroupVerdicts } from './proofPoolWorker.ts'

/** Proofs in one product: with fewer, what a product costs in itself counts; with more, little is gained and memory grows. */
const LARGEST_GROUP = 128

/** Verifies proofs on threads of its own. */
export type ProofPool = {
  /**
   * As `verifyProofs` of src/proof, divided among the threads. What is under way at once is for the caller to bound.
   * @throws (rejects) PoaError VKEY_... for an unsound key; PROOF_POOL_FAILED when a thread ended
   */
  readonly verifyProofs: VerifyProofs
  /** Ends the threads; what is under way is rejected. */
  close(): Promise<void>
}

type Job = ProofGroup & {
  readonly resolve: (verdicts: readonly boolean[]) => void
  readonly reject: (cause: PoaError) => void
}

/**
 * Starts worker threads that verify proofs.
 * @param threads 1 or more; default: one a core
 * @throws InvalidInputError
 */
export function openProofPool(threads: number = availableParallelism()): ProofPool {
  if (!Number.isSafeInteger(threads) || threads < 1)
    throw new InvalidInputError('threads', 'a positive integer', threads)
  const waiting: Job[] = []
  /** What each thread is at. */
  const jobs = new Map<Worker, Job | undefined>()
  let failure: PoaError | undefined

  const fail = (cause: unknown) => {
    // The first one is the cause; the others follow from it.
    failure ??= new PoaError('PROOF_POOL_FAILED', 'a thread that verifies proofs ended', { cause })
    for (const job of [...jobs.values(), ...waiting.splice(0)]) job?.reject(failure)
  }
  const handOut = () => {
    for (const [worker, current] of jobs) {
      if (current !== undefined || waiting.length === 0) continue
      const job = waiting.shift()!
      jobs.set(worker, job)
      const { verificationKey, items } = job
      worker.postMessage({ verificationKey, items } satisfies ProofGroup)
    }
  }
  for (let i = 0; i < threads; i++) {
    const worker = startThread(new URL('./proofPoolWorker.ts', import.meta.url))
    worker.on('message', ({ verdicts, fault }: ProofGroupVerdicts) => {
      const job = jobs.get(worker)
      jobs.set(worker, undefined)
      if (fault === undefined) job?.resolve(verdicts)
      else job?.reject(new PoaError(fault.code, fault.message))
      handOut()
    })
    worker.on('error', fail)
    worker.on('exit', fail)
    jobs.set(worker, undefined)
  }

  const verifyGroup = (verificationKey: VerificationKey, items: readonly ProofItem[]) =>
    new Promise<readonly boolean[]>((resolve, reject) => {
      if (failure !== undefined) throw failure
      waiting.push({ verificationKey, items, resolve, reject })
      handOut()
    })

  return {
    async verifyProofs(verificationKey, items) {
      // Few enough that each thread gets a part, and no larger than pays.
      const size = Math.min(LARGEST_GROUP, Math.max(1, Math.ceil(items.length / threads)))
      const groups = Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
        verifyGroup(verificationKey, items.slice(i * size, (i + 1) * size)),
      )
      return (await Promise.all(groups)).flat()
    },
    async close() {
      await Promise.all([...jobs.keys()].map((worker) => worker.terminate()))
    },
  }
}
