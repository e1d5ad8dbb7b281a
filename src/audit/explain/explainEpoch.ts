import type { EpochRow } from '../AuditRow.ts'
import type { EarningExplanation } from './explainEarning.ts'
import { sayAccount, sayAmount, sayCount, sayList, sayMoment } from './say.ts'

/** Where the pools of an epoch went: poolsWei = paidWei + treasuryWei, and treasuryWei = unearnedWei + forDebtsWei - newDebtsWei. */
export type EpochBalance = {
  readonly poolsWei: bigint
  readonly paidWei: bigint
  readonly treasuryWei: bigint
  /** What of the pools no contributor's balance holds: pools less all that was booked for contributors, losses included. */
  readonly unearnedWei: bigint
  /** Debts from earlier epochs, as far as they opened this one. */
  readonly forDebtsWei: bigint
  /** Debts that the next epoch finds. */
  readonly newDebtsWei: bigint
}

export type EpochExplanation = {
  readonly epoch: EpochRow
  /** null while the epoch is open. */
  readonly balance: EpochBalance | null
  /** By slot. */
  readonly earnings: readonly EarningExplanation[]
  readonly headline: string
  readonly reasons: readonly string[]
}

/**
 * Says where the pools of an epoch went, or what it waits for.
 * @param earnings each account of the epoch, explained
 * @param now Unix seconds: the time of the pinned block
 */
export function explainEpoch(epoch: EpochRow, earnings: readonly EarningExplanation[], now: number): EpochExplanation {
  const { modelId, epochId, accounts, closing } = epoch
  const name = `Epoch ${epochId} of model ${modelId}`
  const activity = `It took ${sayCount(epoch.requests, 'request')}: ${epoch.settledRequests} settled in ${sayCount(epoch.batches, 'batch', 'batches')}, ${epoch.refundedRequests} refunded.`
  const pinned = `It pinned head ${epoch.modelVersion}, index ${epoch.indexVersion}, policy ${epoch.policyId} and circuit ${epoch.circuitId} when it opened at ${sayMoment(epoch.openedAt)}.`
  if (closing === null) {
    const headline = `${name} is open: its settled batches hold pools of ${sayAmount(epoch.poolsWei)}.`
    return { epoch, balance: null, earnings, headline, reasons: [activity, pinned, sayWaiting(epoch, now)] }
  }
  const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)
  const { paidWei, treasuryWei } = closing
  const balance = {
    poolsWei: epoch.poolsWei,
    paidWei,
    treasuryWei,
    unearnedWei: epoch.poolsWei - sum(accounts.map(({ bookedWei }) => bookedWei)),
    forDebtsWei: -sum(accounts.map(({ openingWei }) => openingWei)),
    newDebtsWei: sum(accounts.map(({ carriedWei }) => carriedWei)),
  }
  const paid = accounts.filter((account) => account.paidWei > 0n)
  const headline = `${name} paid ${sayAmount(paidWei)} of its pools of ${sayAmount(epoch.poolsWei)} to ${paid.length} of ${sayCount(accounts.length, 'contributor')}; ${sayAmount(treasuryWei)} went to the treasury.`
  return {
    epoch,
    balance,
    earnings,
    headline,
    reasons: [activity, pinned, ...sayTreasury(balance), ...sayAccounts(epoch)],
  }
}

function sayWaiting({ requests, settledRequests, refundedRequests, endsAt, isCurrent }: EpochRow, now: number): string {
  const outstanding = requests - settledRequests - refundedRequests
  const waits = [
    ...(isCurrent && now < endsAt ? [`runs until ${sayMoment(endsAt)} or until a later one opens`] : []),
    ...(outstanding > 0 ? [`has ${sayCount(outstanding, 'request')} neither settled nor refunded`] : []),
  ]
  return waits.length === 0
    ? 'Nothing stands in the way: once the epochs before it are closed, anyone can close it.'
    : `It ${sayList(waits)}.`
}

function sayTreasury({ treasuryWei, unearnedWei, forDebtsWei, newDebtsWei }: EpochBalance): string[] {
  const parts = [
    `${sayAmount(unearnedWei)} that nobody's balance holds (the smaller side of each inference's scores, losses, unassigned slots)`,
    ...(forDebtsWei > 0n ? [`plus ${sayAmount(forDebtsWei)} for debts from earlier epochs`] : []),
    ...(newDebtsWei > 0n ? [`less ${sayAmount(newDebtsWei)} that contributors now owe`] : []),
  ]
  return [`The treasury's ${sayAmount(treasuryWei)} is ${parts.join(', ')}.`]
}

function sayAccounts({ accounts }: EpochRow): string[] {
  const name = ({ contributor }: EpochRow['accounts'][number]) => sayAccount(contributor)
  const indebted = accounts.filter(({ carriedWei }) => carriedWei > 0n)
  const zero = accounts.filter(({ bookedWei }) => bookedWei === 0n)
  return [
    ...(indebted.length > 0 ? [`A debt is carried by ${sayList(indebted.map(name))}.`] : []),
    ...(zero.length > 0 ? [`Nothing at all was booked for ${sayList(zero.map(name))}.`] : []),
  ]
}
