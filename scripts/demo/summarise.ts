import type { ProvenBatch } from '../../prover/proving/proveBatch.ts'
import { earningWeiRoundedDown } from '../../src/statement/bookBatch.ts'
import { OPEN_SUPPLY_WEI } from '../startLocalChain.ts'
import type { Forgery } from './attemptForgeries.ts'
import type { DemoModel } from './buildDemoModel.ts'
import type { Payout } from './closeAndWithdraw.ts'
import type { DemoBundle, DemoResult, ExplainedInference } from './DemoResult.ts'
import { leaveOneOut, spearman } from './leaveOneOut.ts'
import { type ContributorKind, DATANETS } from './loadCorpus.ts'
import { FEE_WEI, type ServedInference } from './serveInferences.ts'

export type DemoRecord = {
  readonly model: DemoModel
  readonly inferences: readonly ServedInference[]
  readonly proven: readonly ProvenBatch[]
  readonly payout: Payout
  readonly forgeries: readonly Forgery[]
  /** Sum of all balances in the genesis block, read from the chain. */
  readonly supplyWei: bigint
  readonly gas: Readonly<Record<string, number>>
  readonly seconds: Readonly<Record<string, number>>
  readonly constraints: number
  readonly bundle: DemoBundle
  readonly prover: string
}

/** Mislabelled and noise contributors may earn at most this part of an honest contributor's pay for a sample. */
const WORTHLESS_PAY_LIMIT = 0.1
const LEAST_RANK_CORRELATION = 0.8

/** Puts the results together and checks all that must hold. Retrains the head once for each contributor. */
export function summarise(record: DemoRecord): DemoResult {
  const { model, inferences, proven, payout, forgeries } = record
  const { epoch, sharesWei } = payout
  const truth = leaveOneOut({
    ...model.training,
    classes: DATANETS.length,
    queries: inferences.map(({ query }) => query),
  })
  const contributors = model.corpus.contributors.map(({ id, name, kind }, slot) => ({
    id,
    name,
    kind,
    account: epoch.contributors[slot]!.account,
    samples: model.training.contributors.filter((owner) => owner === slot).length,
    earningWei: epoch.contributors[slot]!.bookedWei,
    paidWei: epoch.contributors[slot]!.paidWei,
    leaveOneOut: truth.totals[slot]!,
  }))
  const looRankCorrelation = spearman(
    contributors.map(({ earningWei }) => Number(earningWei)),
    contributors.map(({ leaveOneOut }) => leaveOneOut),
  )
  const feesWei = FEE_WEI * BigInt(inferences.length)
  const withdrawnWei = payout.contributorsWei.reduce((sum, wei) => sum + wei, 0n)
  const sharesSum = sharesWei.modelOwner + sharesWei.stakers + sharesWei.prover + sharesWei.treasury
  const payASample = (kinds: readonly ContributorKind[]) => {
    const chosen = contributors.filter(({ kind }) => kinds.includes(kind))
    const samples = chosen.reduce((sum, { samples }) => sum + samples, 0)
    return chosen.reduce((sum, { paidWei }) => sum + Number(paidWei), 0) / samples
  }

  const checks: Record<string, boolean> = {
    'every inference is settled': payout.settledTraces === inferences.length && payout.settledBatches === proven.length,
    'the supply at genesis is 1,000,000,000 OPEN': record.supplyWei === OPEN_SUPPLY_WEI,
    'payments, treasury and shares sum to the fees': epoch.paidWei + epoch.treasuryWei + sharesSum === feesWei,
    'payments and treasury sum to the pools': epoch.paidWei + epoch.treasuryWei === epoch.poolsWei,
    'contributors withdrew what they were paid': withdrawnWei === epoch.paidWei,
    'the contracts hold nothing any more': payout.leftInContractsWei === 0n,
    'what the chain booked is what the reference computes': contributors.every(
      ({ earningWei }, slot) => earningWei === bookedByReference(proven, slot),
    ),
    'every forgery was refused': forgeries.length > 0 && forgeries.every(({ isRejected }) => isRejected),
    'mislabelled and noise samples earn under a tenth of honest ones': (['mislabelled', 'noise'] as const).every(
      (kind) => payASample([kind]) < WORTHLESS_PAY_LIMIT * payASample(['honest']),
    ),
    'the ranking agrees with leave-one-out retraining': looRankCorrelation >= LEAST_RANK_CORRELATION,
  }
  const failures = Object.entries(checks).flatMap(([check, holds]) => (holds ? [] : [check]))
  return {
    ok: failures.length === 0,
    failures,
    batches: proven.length,
    tracesSettled: payout.settledTraces,
    proofsVerifiedOnChain: payout.settledBatches,
    feesWei,
    epochPoolWei: epoch.poolsWei,
    paidWei: epoch.paidWei,
    treasuryWei: epoch.treasuryWei,
    withdrawnWei,
    sharesWei,
    contributors,
    looRankCorrelation,
    forgedProofRejected: checks['every forgery was refused']!,
    forgeries,
    accuracy: model.accuracy,
    explained: explainInference(record),
    seconds: record.seconds,
    gas: record.gas,
    constraints: record.constraints,
    bundle: record.bundle,
    prover: record.prover,
  }
}

/** Each batch is floored to wei for itself, as the contract does. */
function bookedByReference(proven: readonly ProvenBatch[], slot: number): bigint {
  return proven.reduce((sum, { claim }) => sum + earningWeiRoundedDown(claim.earnings[slot]!), 0n)
}

/** The first right answer: everybody's part in it. */
function explainInference({ model, inferences, proven }: DemoRecord): ExplainedInference {
  const position = inferences.findIndex(({ query }) => query.label === query.truth)
  const { query, trace } = inferences[position]!
  const attributions = proven.flatMap(({ statement }) => statement.attributions)
  const contributions = attributions[position]!.earnings.map((earning, slot) => ({
    id: model.corpus.contributors[slot]!.id,
    earningWei: earningWeiRoundedDown(earning),
  })).sort((a, b) => (abs(a.earningWei) < abs(b.earningWei) ? 1 : -1))
  return { text: query.text, answer: DATANETS[query.label]!, poolWei: trace.poolWei, contributions }
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value
}
