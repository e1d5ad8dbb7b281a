import type { Hex } from 'viem'

/** A proof to be made. `deadlineAt` is absolute: the batch's settle deadline, after which nobody has use for it. */
export type ProofOrder = { readonly batchHash: Hex; readonly batchId: bigint; readonly deadlineAt: Date }

/** Proof jobs by where they are. */
export type ProofCounts = { readonly queued: number; readonly active: number; readonly dead: number }

/** Makes one proof, or throws. It ends soon after `signal` is aborted. */
export type ProofHandler = (batchHash: Hex, signal: AbortSignal) => Promise<void>

/** The proofs to be made, shared by every process on the same database. */
export type ProofQueue = {
  /**
   * Orders a proof; harmless to repeat, as long as its job is queued or under way. A job that is done is ordered anew: a reorganisation can give a
   * batch another id, and its old proof is of no use then. A dead one stays dead: only `retryJob` revives it.
   */
  enqueue(order: ProofOrder): Promise<void>
  /** Starts to take jobs, `concurrency` at a time (1). Once, or again after `drain`. */
  work(handler: ProofHandler, options?: { readonly concurrency?: number }): Promise<void>
  /** Takes no more jobs and waits up to `timeoutMs` for those under way; then calls them off, and they go back to the queue. */
  drain(timeoutMs: number): Promise<void>
  counts(): Promise<ProofCounts>
  /** Drains without waiting and ends everything that the queue started. The database stays open. */
  close(): Promise<void>
}
