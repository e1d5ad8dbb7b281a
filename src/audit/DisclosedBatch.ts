import type { Address } from 'viem'
import type { Shape } from '../shape.ts'
import type { BatchContext, SealedTraces } from '../statement/context.ts'
import type { AuditRow } from './AuditRow.ts'
import type { Finding, Place } from './Finding.ts'

/** A disclosed batch beside what the chain has of it: all that recomputing it needs. */
export type DisclosedBatch = {
  /** The JSON of a `trace-batch.json`, not yet parsed. */
  readonly traceBatch: unknown
  readonly batchId: bigint
  readonly shape: Shape
  /** As the replay derived it. */
  readonly context: BatchContext
  /** As the escrow logged it when the batch was sealed. */
  readonly sealed: SealedTraces
  /** By slot, in 2^-64 wei, from the settlement's calldata. */
  readonly earnings: readonly bigint[]
  /** As registered for the versions that the batch's epoch pinned. */
  readonly weightsCommitment: bigint
  readonly indexCommitment: bigint
  readonly contributors: readonly Address[]
  /** The event that settled it. */
  readonly at: Place
}

/** Recomputes a disclosed batch; throws nothing for what is wrong with it: that is a finding. */
export type RecomputeTraces = (batch: DisclosedBatch) => {
  readonly rows: readonly AuditRow[]
  readonly findings: readonly Finding[]
}
