import type { ContributorEpochView, EarningsView } from '../../../src/api/views.ts'
import { countOf, formatCount } from './formatFigures.ts'
import { formatOpen } from './formatOpen.ts'

const open = (wei: bigint) => `${formatOpen(wei)} OPEN`

/** Whether a page of batches holds all of the epoch, or some are on other pages. */
type Listed = { readonly isWhole: boolean }

const sumOfBatches = ({ batches }: ContributorEpochView) =>
  batches.items.reduce((sum, { earningWei }) => sum + BigInt(earningWei), 0n)

/** What leads to an epoch's result, one amount after the other: together they are opening and booked, whatever is listed. */
export function nettingSteps(view: ContributorEpochView, { isWhole }: Listed): { name: string; wei: bigint }[] {
  const unlisted = BigInt(view.bookedWei) - sumOfBatches(view)
  return [
    ...(view.openingWei === '0' ? [] : [{ name: 'Debt', wei: BigInt(view.openingWei) }]),
    ...view.batches.items.map(({ batchId, earningWei }) => ({ name: `Batch ${batchId}`, wei: BigInt(earningWei) })),
    ...(unlisted === 0n ? [] : [{ name: isWhole ? 'In no batch' : 'Batches on other pages', wei: unlisted }]),
  ]
}

/** Why an account got what it got of one epoch, in sentences; the zeros and the debts too. */
export function explainNetting(view: ContributorEpochView, { isWhole }: Listed): string[] {
  const booked = BigInt(view.bookedWei)
  const opening = BigInt(view.openingWei)
  const sentences = [tellBooked(view, booked, isWhole)]
  const listed = sumOfBatches(view)
  if (isWhole && listed !== booked)
    sentences.push(`That does not add up: the batches of the epoch booked ${open(listed)} together.`)
  if (opening < 0n) sentences.push(tellDebt(view, opening))
  if (view.state === 'open') {
    sentences.push(
      'The epoch is still open: more batches may settle, and nothing is paid before it closes. What it holds then is netted: pluses and minuses of all its batches together, and what is owed from epochs before it.',
    )
    return sentences
  }
  const paid = BigInt(view.paidWei!)
  const carried = BigInt(view.carriedWei!)
  if (paid > 0n) {
    sentences.push(opening < 0n ? `What was left, ${open(paid)}, was paid.` : `All of it, ${open(paid)}, was paid.`)
  } else if (carried > 0n) {
    sentences.push(
      booked > 0n
        ? `That was not enough to make up for the debt: nothing was paid, and ${open(carried)} is carried to the next epoch.`
        : `So nothing was paid, and ${open(carried)} is carried to the next epoch as a debt.`,
    )
  } else {
    sentences.push(
      booked > 0n
        ? 'The debt took exactly all of it: nothing was paid, and nothing is owed.'
        : 'So nothing was paid, and nothing is owed.',
    )
  }
  return sentences
}

function tellBooked({ batches: { items }, state }: ContributorEpochView, booked: bigint, isWhole: boolean): string {
  if (isWhole && items.length === 0 && booked === 0n)
    return state === 'open' ? 'No batch of this epoch is settled yet.' : 'No batch of this epoch was settled.'
  const earnings = items.map(({ earningWei }) => BigInt(earningWei))
  const have = `${nameBatches(items.length, isWhole)} ${state === 'open' ? 'booked so far' : 'booked'}`
  if (isWhole && booked === 0n && earnings.every((earning) => earning === 0n))
    return `${have} nothing for this contributor.`
  const plus = earnings.filter((earning) => earning > 0n).length
  const minus = earnings.filter((earning) => earning < 0n).length
  const parts = isWhole && plus > 0 && minus > 0 ? `: ${plus} in its favour, ${minus} against it` : ''
  if (booked < 0n)
    return `${have} ${open(booked)} for this contributor${parts}: on the whole its data pushed against the answers that were given.`
  if (booked === 0n) return `${have} nothing on the whole for this contributor${parts}.`
  return `${have} ${open(booked)} for this contributor${parts}: on the whole its data pushed towards the answers that were given.`
}

/** They are counted where all of them are listed. */
function nameBatches(count: number, isWhole: boolean): string {
  if (!isWhole) return "The epoch's settled batches"
  return count === 1
    ? "The epoch's one settled batch"
    : `The epoch's ${countOf(count, 'settled batch', 'settled batches')}`
}

/** A debt is set against what was booked when the epoch closes, and not before: an epoch before it may still close otherwise. */
function tellDebt({ debt, state }: ContributorEpochView, opening: bigint): string {
  const owed = open(-opening)
  const name =
    debt === null
      ? `debt of ${owed} from earlier epochs`
      : debt.isQuartered
        ? `debt of ${open(BigInt(debt.carriedWei))} from epoch ${debt.epochId}, of which a quarter, ${owed}, counts under another index,`
        : `debt of ${owed} from epoch ${debt.epochId}`
  return state === 'open'
    ? `As known now, a ${name} will be set against it when it closes; epochs before it may still change that.`
    : `A ${name} was set against it.`
}

/** What an account has earned in all, in a sentence or two. Of single epochs only where all of them are listed. */
export function explainEarnings({ rank, epochs, paidWei, debtWei, netted, booked }: EarningsView): string[] {
  if (rank === null) return ['No model that this node knows has this account among its contributors.']
  const paid = BigInt(paidWei)
  const sentences = [tellPaid(paid, rank, epochs, netted)]
  const paying = netted.filter(({ paidWei }) => BigInt(paidWei) > 0n)
  const owing = netted.filter(({ carriedWei }) => BigInt(carriedWei) > 0n)
  if (netted.length === epochs) {
    if (paying.length > 1) {
      const best = paying.reduce((most, epoch) => (BigInt(epoch.paidWei) > BigInt(most.paidWei) ? epoch : most))
      sentences.push(
        `The largest part, ${open(BigInt(best.paidWei))}, came from epoch ${best.epochId} of model ${best.modelId}.`,
      )
    }
    if (owing.length > 0 && paid > 0n) sentences.push(`${countOf(owing.length, 'epoch')} ended with a debt.`)
  }
  const owed = BigInt(debtWei)
  if (owed > 0n) sentences.push(`It now carries a debt of ${open(owed)}, which later earnings are set against first.`)
  const bookedOpen = booked.reduce((sum, { bookedWei }) => sum + BigInt(bookedWei), 0n)
  if (bookedOpen !== 0n) sentences.push(`Open epochs have booked ${open(bookedOpen)} so far.`)
  return sentences
}

function tellPaid(paid: bigint, rank: number, epochs: number, netted: EarningsView['netted']): string {
  if (epochs === 0) return 'No epoch has been closed for this contributor yet, so nothing has been paid.'
  const closed = countOf(epochs, 'closed epoch')
  if (paid === 0n) {
    const nothing = `${closed} paid this contributor nothing`
    if (netted.every(({ carriedWei }) => carriedWei === '0')) return `${nothing}.`
    const hasEarned = netted.some(({ bookedWei }) => BigInt(bookedWei) > 0n)
    return hasEarned
      ? `${nothing}: what it earned was never more than what it owed.`
      : `${nothing}: on the whole its data pushed against the answers that were given.`
  }
  const paying = netted.filter(({ paidWei }) => BigInt(paidWei) > 0n).length
  const part = netted.length < epochs || paying === epochs ? '' : `${formatCount(paying)} of `
  return `Paid ${open(paid)} by ${part}${closed}, rank ${formatCount(rank)} of all contributors.`
}
