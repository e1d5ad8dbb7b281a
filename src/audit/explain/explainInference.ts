import type { Address } from 'viem'
import { earningWeiRoundedDown } from '../../statement/bookBatch.ts'
import type { BatchRow, InferenceRow, RequestFacts, RequestRow } from '../AuditRow.ts'
import type { InferenceShare } from './explainEarning.ts'
import { sayAccount, sayAmount, sayCount, sayMoment, sayShare } from './say.ts'

/** What became of a paid request. */
export type InferenceFacts =
  | {
      readonly request: RequestFacts
      /** The batch that it is in, settled or not. */
      readonly batch: BatchRow
      /** null unless the batch is disclosed. */
      readonly inference: InferenceRow | null
    }
  | {
      /** Refunded, or waiting. */
      readonly request: RequestRow
      readonly batch: null
      readonly inference: null
    }

/** What one inference gives one slot. */
export type SlotEarning = {
  readonly slot: number
  /** null for a slot that nobody is assigned to. */
  readonly contributor: Address | null
  readonly score: bigint
  /** 2^-64 wei. */
  readonly earning: bigint
}

export type InferenceExplanation = InferenceFacts & {
  readonly headline: string
  readonly reasons: readonly string[]
  /** By slot; null unless the batch is disclosed. */
  readonly slots: readonly SlotEarning[] | null
}

/**
 * Says what a paid request came to: who earned how much from it and by which scores, or why it was refunded.
 * @param now Unix seconds: the time of the pinned block
 */
export function explainInference(facts: InferenceFacts, now: number): InferenceExplanation {
  const slots = facts.inference === null ? null : listSlots(facts.inference)
  if (facts.batch === null) return { ...facts, slots, headline: sayFate(facts.request, now), reasons: [] }
  const { headline, reasons } = explainBatched(facts.request, facts.batch, facts.inference, now)
  return { ...facts, slots, headline, reasons }
}

function listSlots({ contributors, scores, earnings }: InferenceRow): SlotEarning[] {
  return scores.map((score, slot) => ({
    slot,
    contributor: contributors[slot] ?? null,
    score,
    earning: earnings[slot]!,
  }))
}

/** What a slot has in a recomputed inference. */
export function shareOf(inference: InferenceRow, slot: number): InferenceShare {
  const { batchId, position, requestId, poolWei, total, scores, earnings } = inference
  const positiveMass = scores.reduce((sum, score) => (score > 0n ? sum + score : sum), 0n)
  const negativeMass = scores.reduce((sum, score) => (score < 0n ? sum - score : sum), 0n)
  const masses = { positiveMass, negativeMass, total }
  return { batchId, position, requestId, poolWei, ...masses, score: scores[slot]!, earning: earnings[slot]! }
}

function sayFate({ requestId, payer, feeWei, batchId, deadline, refundedAt }: RequestRow, now: number): string {
  const paid = `Request ${requestId}, for which ${sayAccount(payer)} paid ${sayAmount(feeWei)},`
  const missed =
    batchId === null
      ? `no operator sealed it by ${sayMoment(deadline)}`
      : `its batch ${batchId} was not settled by ${sayMoment(deadline)}`
  if (refundedAt !== null) return `${paid} was refunded at ${sayMoment(refundedAt)}: ${missed}. Nobody earned from it.`
  if (now > deadline) return `${paid} waits to be refunded: ${missed}. Anyone can have that done.`
  return `${paid} waits to be sealed, until ${sayMoment(deadline)}; then anyone can have it refunded.`
}

function explainBatched(request: RequestFacts, batch: BatchRow, inference: InferenceRow | null, now: number) {
  const { requestId, payer, feeWei, poolWei } = request
  const { batchId, modelId, epochId, settlement, requests } = batch
  const paid = `Request ${requestId}, for which ${sayAccount(payer)} paid ${sayAmount(feeWei)}, is`
  const inBatch = `batch ${batchId}, epoch ${epochId} of model ${modelId}`
  if (settlement === null) {
    const deadline = sayMoment(batch.settleDeadline)
    if (now <= batch.settleDeadline)
      return { headline: `${paid} sealed in ${inBatch}; it can be settled until ${deadline}.`, reasons: [] }
    return {
      headline: `${paid} sealed in ${inBatch}, which was not settled by ${deadline} and cannot be settled any more.`,
      reasons: [
        'Anyone can have it refunded: from then on, or as much later as it was paid after the first of the batch.',
      ],
    }
  }
  const position = requests.findIndex((each) => each.requestId === requestId)
  const place = `${paid} inference ${position} of ${inBatch}`
  const others = feeWei - poolWei
  const split = `${sayAmount(poolWei)} of the fee is the contributors' pool, ${sayAmount(others)} went to model owner, stakers, prover and treasury.`
  if (inference === null) {
    return {
      headline: `${place}; its scores are proved, but private.`,
      reasons: [
        split,
        `The proof of batch ${batchId} shows only what each contributor earned from its ${sayCount(requests.length, 'inference')} together. Nobody disclosed them here.`,
      ],
    }
  }
  return { headline: `${place}; ${sayEarners(inference)}.`, reasons: [split, ...sayScores(inference)] }
}

function sayEarners({ earnings, scores, contributors }: InferenceRow): string {
  const earners = contributors.filter((_, slot) => earnings[slot]! > 0n).length
  const losers = contributors.filter((_, slot) => scores[slot]! < 0n).length
  const against = losers > 0 ? `, the data of ${losers} pushed against its answer` : ''
  return `${sayCount(earners, 'contributor')} earned from it${against}`
}

function sayScores(inference: InferenceRow): string[] {
  const { total, rate, poolWei, scores, earnings, label } = inference
  const answer = `The answer is class ${label}.`
  if (total === 0n)
    return [
      answer,
      'Every score is 0, so nobody earns from it and its pool is left for the epoch to give to the treasury.',
    ]
  const { positiveMass, negativeMass } = shareOf(inference, 0)
  const earned = earnings.reduce((sum, earning) => (earning > 0n ? sum + earning : sum), 0n)
  const earnedWei = earningWeiRoundedDown(earned)
  return [
    answer,
    `The positive scores sum to ${positiveMass}, the negative ones to ${-negativeMass}; T is the larger, ${total}.`,
    `A score of 1 is worth floor(pool * 2^64 / T) = ${rate} of 2^-64 wei.`,
    ...scores.flatMap((score, slot) => (score === 0n ? [] : [sayOfSlot(inference, slot)])),
    `What is earned sums to ${sayAmount(earnedWei)}, ${sayShare(earnedWei, poolWei)} of the pool. Negative scores cost as much a unit, and all of it is netted over the epoch.`,
  ]
}

function sayOfSlot(inference: InferenceRow, slot: number): string {
  const contributor = inference.contributors[slot]
  const { score, earning } = shareOf(inference, slot)
  const who = contributor === undefined ? `slot ${slot}, which nobody is assigned to,` : sayAccount(contributor)
  const wei = earningWeiRoundedDown(earning < 0n ? -earning : earning)
  return score > 0n
    ? `${who}: score +${score}, earns ${sayAmount(wei)} (${sayShare(wei, inference.poolWei)} of the pool).`
    : `${who}: score ${score}, loses ${sayAmount(wei)}.`
}
