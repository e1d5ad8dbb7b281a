import type { Address } from 'viem'
import type { Forgery } from './attemptForgeries.ts'
import type { ContributorKind } from './loadCorpus.ts'

/** What the demo found out; every figure is measured or read from the chain. */
export type DemoResult = {
  /** Everything that had to hold holds; see `failures`. */
  readonly ok: boolean
  readonly failures: readonly string[]
  readonly batches: number
  readonly tracesSettled: number
  readonly proofsVerifiedOnChain: number
  /** All fees: epochPoolWei and the four shares. */
  readonly feesWei: bigint
  /** The contributors' pools: paidWei and treasuryWei. */
  readonly epochPoolWei: bigint
  /** Credited to contributors when the epoch closed. */
  readonly paidWei: bigint
  /** What the pools held beyond the payments. */
  readonly treasuryWei: bigint
  /** Withdrawn by contributors. */
  readonly withdrawnWei: bigint
  readonly sharesWei: {
    readonly modelOwner: bigint
    readonly stakers: bigint
    readonly prover: bigint
    readonly treasury: bigint
  }
  readonly contributors: readonly ContributorResult[]
  /** Spearman's rank correlation of net earnings with leave-one-contributor-out retraining. */
  readonly looRankCorrelation: number
  readonly forgedProofRejected: boolean
  readonly forgeries: readonly Forgery[]
  /** Held-out accuracy of the head. */
  readonly accuracy: number
  readonly explained: ExplainedInference
  /** Files of the first batch, for `poa proof verify` and `poa proof make`. */
  readonly bundle: DemoBundle
  /** What made the proofs: `native (ifma, 2 threads)`. */
  readonly prover: string
  readonly seconds: Readonly<Record<string, number>>
  /** The most that one call of each function used. */
  readonly gas: Readonly<Record<string, number>>
  readonly constraints: number
}

export type ContributorResult = {
  readonly id: string
  readonly name: string
  readonly kind: ContributorKind
  /** Where it is paid: chain and explorer know it by this alone. */
  readonly account: Address
  readonly samples: number
  /** Net over the epoch, in wei; negative when it misled more than it helped. */
  readonly earningWei: bigint
  readonly paidWei: bigint
  /** What the answers would lose without it, by retraining: margin in logits, summed over the inferences. */
  readonly leaveOneOut: number
}

/** One inference and who pushed its answer. */
export type ExplainedInference = {
  readonly text: string
  readonly answer: string
  readonly poolWei: bigint
  /** In wei, rounded down as the chain does; the strongest first. */
  readonly contributions: readonly { readonly id: string; readonly earningWei: bigint }[]
}

/** Paths relative to the repository. The trace batch is what its operator and prover keep to themselves. */
export type DemoBundle = { readonly proof: string; readonly public: string; readonly traceBatch: string }
