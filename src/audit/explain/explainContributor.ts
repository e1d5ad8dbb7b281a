import type { Address } from 'viem'
import type { AccountRow, DebtRow } from '../AuditRow.ts'
import type { EarningExplanation } from './explainEarning.ts'
import { sayAccount, sayAmount, sayCount, sayList } from './say.ts'

export type ContributorFacts = {
  readonly account: Address
  /** What the epochs below are of; null: of all models, of all epochs. */
  readonly scope: { readonly modelId: bigint | null; readonly epochId: bigint | null }
  /** What the account was credited and withdrew; null when it was never credited and stood in no index. */
  readonly credits: AccountRow | null
  /** What it owes, by model. */
  readonly debts: readonly DebtRow[]
  /** Its epochs in order, explained. */
  readonly earnings: readonly EarningExplanation[]
}

export type ContributorExplanation = ContributorFacts & {
  readonly headline: string
  readonly reasons: readonly string[]
}

/** Says what an account got altogether, from what, and what is left of it. */
export function explainContributor(facts: ContributorFacts): ContributorExplanation {
  const reasons = [...saySums(facts), ...sayOtherCredits(facts), ...sayDebts(facts), ...sayBalance(facts)]
  return { ...facts, headline: sayWhole(facts), reasons }
}

function sayWhole({ account, scope, earnings, credits }: ContributorFacts): string {
  const who = sayAccount(account)
  const where = sayScope(scope)
  if (earnings.length === 0 && where !== null) return `${who} has no account in ${where}.`
  if (earnings.length === 0) {
    return credits === null
      ? `${who} contributed to no model here and was never credited with anything.`
      : `${who} contributed to no model here.`
  }
  const closed = earnings.filter(({ isClosed }) => isClosed)
  const paidWei = closed.reduce((sum, { account }) => sum + account.paidWei, 0n)
  if (closed.length === 0) {
    return where === null
      ? `${who} has not been paid yet: none of its epochs is closed.`
      : `${who} has not been paid for ${where} yet: nothing of that is closed.`
  }
  const epochs = sayCount(closed.length, 'closed epoch')
  return paidWei > 0n
    ? `${who} was paid ${sayAmount(paidWei)} over ${epochs}.`
    : `${who} was paid nothing over ${epochs}.`
}

/** null when nothing was left out. */
function sayScope({ modelId, epochId }: ContributorFacts['scope']): string | null {
  if (epochId === null) return modelId === null ? null : `model ${modelId}`
  return `epoch ${epochId} of ${modelId === null ? 'any model' : `model ${modelId}`}`
}

function saySums({ earnings }: ContributorFacts): string[] {
  if (earnings.length === 0) return []
  const batches = earnings.flatMap((earning) => earning.batches)
  const gainedWei = batches.reduce((sum, { earningWei }) => (earningWei > 0n ? sum + earningWei : sum), 0n)
  const lostWei = batches.reduce((sum, { earningWei }) => (earningWei < 0n ? sum - earningWei : sum), 0n)
  const models = [...new Set(earnings.map(({ modelId }) => modelId))]
  const where = models.length === 1 ? `model ${models[0]}` : `models ${sayList(models)}`
  const sums = `Its data earned ${sayAmount(gainedWei)} and lost ${sayAmount(lostWei)} in ${sayCount(batches.length, 'settled batch', 'settled batches')} of ${where}.`
  return gainedWei === 0n && lostWei === 0n
    ? [`Its data earned 0 in ${sayCount(batches.length, 'settled batch', 'settled batches')} of ${where}.`]
    : [sums]
}

function sayOtherCredits({ credits }: ContributorFacts): string[] {
  if (credits === null) return []
  const parts = [
    [credits.modelOwnerWei, 'as a model owner'],
    [credits.stakersWei, 'for the stakers'],
    [credits.proverWei, 'as a prover'],
    [credits.treasuryWei, 'as a treasury'],
    [credits.refundedWei, 'in refunds'],
  ] as const
  const others = parts.filter(([wei]) => wei > 0n).map(([wei, what]) => `${sayAmount(wei)} ${what}`)
  return others.length === 0 ? [] : [`Besides it was credited with ${sayList(others)}.`]
}

function sayDebts({ debts }: ContributorFacts): string[] {
  return debts.map(
    ({ modelId, amountWei, epochId }) =>
      `It owes ${sayAmount(amountWei)} to the epochs of model ${modelId} that follow, since epoch ${epochId}.`,
  )
}

function sayBalance({ credits }: ContributorFacts): string[] {
  if (credits === null) return []
  const { withdrawnWei, claimableWei } = credits
  return [`It withdrew ${sayAmount(withdrawnWei)} and can withdraw ${sayAmount(claimableWei)}.`]
}
