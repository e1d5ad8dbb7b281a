import type { Address, Hex } from 'viem'
import type { FindingCode } from './findingCodes.ts'

/**
 * - `fault`: the chain's books are not what payments, proofs and rules make of them.
 * - `gap`: something could not be checked, so nothing is known of it.
 * - `anomaly`: by the rules, but worth a look.
 * - `info`: worth knowing.
 */
export type Severity = 'fault' | 'gap' | 'anomaly' | 'info'

/** Where on the chain; null of a finding about the state at the pinned block. */
export type Place = { readonly transaction: Hex; readonly block: number; readonly logIndex: number }

/** What a finding is about: as many of these as name it. */
export type FindingSubject = {
  readonly modelId?: bigint
  readonly epochId?: bigint
  readonly batchId?: bigint
  readonly requestId?: bigint
  readonly policyId?: bigint
  readonly modelVersion?: bigint
  readonly indexVersion?: bigint
  readonly circuitId?: Hex
  readonly account?: Address
  readonly contract?: Address
  /** Position in the index, from 0. */
  readonly slot?: number
  /** Position of an inference in its batch, from 0. */
  readonly position?: number
  /** Line of a bundle, from 1. */
  readonly line?: number
}

/** One difference, with its evidence. Its severity and title stand in `findingCodes.ts`. */
export type Finding = {
  readonly code: FindingCode
  readonly subject: FindingSubject
  readonly at: Place | null
  /** What the replay makes it, as text; null where there is nothing to compare. */
  readonly expected: string | null
  readonly found: string | null
  /** One sentence in plain English. */
  readonly message: string
}
