import { earningWeiRoundedDown } from '../../statement/bookBatch.ts'
import type { EpochAccount } from '../AuditRow.ts'
import type { Place } from '../Finding.ts'
import { sayAccount, sayAmount, sayCount, sayList, saySigned } from './say.ts'

/** What one contributor has in one inference of a disclosed batch. */
export type InferenceShare = {
  readonly batchId: bigint
  /** In the batch, from 0. */
  readonly position: number
  readonly requestId: bigint
  readonly poolWei: bigint
  /** Sum of the positive scores of all slots, and of the magnitudes of the negative ones; T is the larger. */
  readonly positiveMass: bigint
  readonly negativeMass: bigint
  readonly total: bigint
  readonly score: bigint
  /** 2^-64 wei. */
  readonly earning: bigint
}

/** What one settled batch booked for one contributor. */
export type BatchShare = {
  readonly batchId: bigint
  readonly inferences: number
  readonly poolsWei: bigint
  readonly earningWei: bigint
  /** The settlement's event; null when whoever explains does not know it. */
  readonly place: Place | null
  /** null unless the batch is disclosed. */
  readonly disclosed: readonly InferenceShare[] | null
}

/** All that an amount follows from: one contributor's account for one epoch. */
export type EarningFacts = {
  readonly modelId: bigint
  readonly epochId: bigint
  readonly indexVersion: bigint
  readonly isClosed: boolean
  /** Whether it is the next epoch to be closed: only then no earlier one may still leave a debt. */
  readonly isNext: boolean
  readonly account: EpochAccount
  /** The settled batches of the epoch in the order in which they were booked. */
  readonly batches: readonly BatchShare[]
  /** Whether the contributor's vector in the index is 0 throughout, so that it can earn nothing; null unless the index is disclosed. */
  readonly hasZeroVector: boolean | null
}

export type EarningExplanation = EarningFacts & {
  /** What came out and why, in one sentence. */
  readonly headline: string
  /** What it follows from, one step a sentence. */
  readonly reasons: readonly string[]
}

/** Says why a contributor got what it got for an epoch, a zero or a debt included. */
export function explainEarning(facts: EarningFacts): EarningExplanation {
  const reasons = [...sayOpening(facts), ...sayBookings(facts), ...sayInferences(facts), ...sayNetting(facts)]
  return { ...facts, headline: sayOutcome(facts), reasons }
}

function sayOutcome(facts: EarningFacts): string {
  const { modelId, epochId, isClosed, isNext, account } = facts
  const who = sayAccount(account.contributor)
  const epoch = `epoch ${epochId} of model ${modelId}`
  if (isClosed && account.paidWei > 0n) return `${who} was paid ${sayAmount(account.paidWei)} for ${epoch}.`
  if (isClosed) return `${who} was paid nothing for ${epoch}: ${sayWhyNothing(facts)}.`
  const soFar = `${capitalise(epoch)} is open; ${who} has booked ${sayAmount(account.bookedWei)} so far`
  if (account.debt !== null) return `${soFar}; a debt from earlier epochs comes off when it closes.`
  if (!isNext) return `${soFar}; an earlier epoch is not closed and may leave a debt that comes off.`
  const outcome = account.bookedWei > 0n ? sayAmount(account.bookedWei) : `nothing: ${sayWhyNothing(facts)}`
  return `${soFar}. If nothing more came, it would be paid ${outcome}.`
}

function sayWhyNothing({ account, batches, hasZeroVector }: EarningFacts): string {
  const { debt, openingWei, bookedWei } = account
  if (batches.length === 0) return 'no batch of it is settled'
  if (bookedWei > 0n && debt !== null) {
    const ofDebt = -openingWei === debt.amountWei ? '' : `, of which ${sayAmount(-openingWei)} counts`
    const debtText = `the debt of ${sayAmount(debt.amountWei)} that epoch ${debt.epochId} left${ofDebt}`
    return `the ${sayAmount(bookedWei)} that it earned went to ${debtText}`
  }
  if (batches.every(({ earningWei }) => earningWei === 0n)) {
    const why = hasZeroVector === true ? ', since its vector in the influence index is 0' : ''
    return `it earned 0 in ${batches.length === 1 ? 'the one batch' : `each of the ${batches.length} batches`}${why}`
  }
  if (bookedWei === 0n) return 'what its data earned and what it cost are equal'
  return `its data pushed against more than it spoke for, which comes to ${sayAmount(bookedWei)}`
}

function sayOpening({ account, indexVersion, isClosed, isNext }: EarningFacts): string[] {
  const { debt, openingWei } = account
  if (!isClosed && !isNext) {
    const soFar = debt === null ? 'nothing' : `${sayAmount(debt.amountWei)} from epoch ${debt.epochId}`
    return [`What it owes from earlier epochs is known once they are closed; so far it is ${soFar}.`]
  }
  if (debt === null) return ['It owed nothing from earlier epochs.']
  const owed = `It owed ${sayAmount(debt.amountWei)} from epoch ${debt.epochId}`
  if (debt.indexVersion === indexVersion) return [`${owed}, under the same index, so all of it counts.`]
  const rule = `Under another index (${indexVersion}) a quarter of a debt counts, rounded up`
  return [`${owed}, under index ${debt.indexVersion}.`, isClosed ? `${rule}: ${sayAmount(-openingWei)}.` : `${rule}.`]
}

function sayBookings({ account, batches }: EarningFacts): string[] {
  if (batches.length === 0) return []
  const gains = batches.filter(({ earningWei }) => earningWei > 0n)
  const losses = batches.filter(({ earningWei }) => earningWei < 0n)
  const parts = [
    ...(gains.length > 0 ? [`${saySigned(sumOf(gains))} in ${sayCount(gains.length, 'batch', 'batches')}`] : []),
    ...(losses.length > 0 ? [`${saySigned(sumOf(losses))} in ${sayCount(losses.length, 'batch', 'batches')}`] : []),
  ]
  const zeros = batches.length - gains.length - losses.length
  if (zeros > 0) parts.push(`nothing in ${sayCount(zeros, 'batch', 'batches')}`)
  const sentences = [`Slot ${account.slot} was booked ${saySigned(account.bookedWei)}: ${sayList(parts)}.`]
  if (batches.length > 1) {
    const best = largest(gains, ({ earningWei }) => earningWei)
    const worst = largest(losses, ({ earningWei }) => -earningWei)
    if (best !== undefined) sentences.push(`It earned most in ${sayBatch(best)}.`)
    if (worst !== undefined) sentences.push(`It lost most in ${sayBatch(worst)}.`)
  }
  return sentences
}

function sayBatch({ batchId, earningWei, poolsWei, inferences }: BatchShare): string {
  const count = sayCount(inferences, 'inference')
  return `batch ${batchId}: ${saySigned(earningWei)}, with pools of ${sayAmount(poolsWei)} for ${count}`
}

function sayInferences({ batches }: EarningFacts): string[] {
  const shares = batches.flatMap(({ disclosed }) => disclosed ?? [])
  const hidden = batches.filter(({ disclosed }) => disclosed === null).map(({ batchId }) => batchId)
  const sentences: string[] = []
  if (shares.length > 0) {
    const gains = shares.filter(({ score }) => score > 0n)
    const losses = shares.filter(({ score }) => score < 0n)
    const zeros = shares.length - gains.length - losses.length
    const difference = zeros > 0 ? ` and made no difference to ${zeros}` : ''
    sentences.push(
      `Of the ${sayCount(shares.length, 'answer')} disclosed, its data spoke for ${gains.length}, pushed against ${losses.length}${difference}.`,
    )
    const best = largest(gains, ({ earning }) => earning)
    const worst = largest(losses, ({ earning }) => -earning)
    if (best !== undefined) sentences.push(sayInferenceShare(best))
    if (worst !== undefined) sentences.push(sayInferenceShare(worst))
  }
  if (hidden.length > 0) {
    const named = hidden.length === 1 ? `batch ${hidden[0]}` : `batches ${sayList(hidden)}`
    sentences.push(`The inferences of ${named} are not disclosed: their scores are proved, but private.`)
  }
  return sentences
}

/** How one inference's score becomes wei. */
function sayInferenceShare(share: InferenceShare): string {
  const { batchId, position, requestId, poolWei, total, score, earning, positiveMass, negativeMass } = share
  const name = `Inference ${position} of batch ${batchId} (request ${requestId}): pool ${sayAmount(poolWei)}, T = ${total}`
  const [verb, mass] =
    score < 0n
      ? ['costs', `${score} of a negative mass ${negativeMass}`]
      : ['earns', `+${score} of a positive mass ${positiveMass}`]
  const wei = earningWeiRoundedDown(earning < 0n ? -earning : earning)
  return `${name}; its score ${mass} ${verb} ${sayAmount(wei)}.`
}

function sayNetting({ account, isClosed }: EarningFacts): string[] {
  const { openingWei, bookedWei, paidWei, carriedWei } = account
  if (!isClosed) return []
  const sum = `${sayAmount(openingWei)} opening ${bookedWei < 0n ? '-' : '+'} ${sayAmount(bookedWei < 0n ? -bookedWei : bookedWei)} booked`
  if (carriedWei > 0n)
    return [`${sum} = ${sayAmount(-carriedWei)}: a debt of ${sayAmount(carriedWei)} for the epochs to come.`]
  return [
    `${sum} = ${sayAmount(paidWei)}, ${paidWei > 0n ? 'which was credited to it' : 'so nothing was credited to it'}.`,
  ]
}

const sumOf = (shares: readonly BatchShare[]) => shares.reduce((sum, { earningWei }) => sum + earningWei, 0n)

/** The first of the largest; undefined of none. */
function largest<Item>(items: readonly Item[], measure: (item: Item) => bigint): Item | undefined {
  return items.reduce<Item | undefined>(
    (best, item) => (best === undefined || measure(item) > measure(best) ? item : best),
    undefined,
  )
}

const capitalise = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
