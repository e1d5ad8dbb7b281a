import type { Address } from 'viem'
import { type Debts, type NettedEpoch, netEpoch } from '../../statement/netEpoch.ts'
import type { EpochAccount, EpochRow } from '../AuditRow.ts'
import type { Place } from '../Finding.ts'
import type { FindingCode } from '../findingCodes.ts'
import { askState } from '../stateQuestions.ts'
import {
  type ArgsOf,
  type Booked,
  type Books,
  type Epoch,
  epochKey,
  type Model,
  type Netting,
  type Occasion,
} from './Books.ts'
import { findModel } from './registries.ts'

/** Nettings are judged when the epoch's closing says that they are complete. */
export function noteNetting(books: Books, args: ArgsOf<'ContributorNetted'>, { place }: Occasion): void {
  const { nettings } = books.transaction!
  const key = epochKey(args.modelId, args.epochId)
  const ofEpoch = nettings.get(key)
  if (ofEpoch === undefined) nettings.set(key, [{ args, place }])
  else ofEpoch.push({ args, place })
}

export function closeEpoch(books: Books, event: ArgsOf<'EpochClosed'>, { place, block }: Occasion): void {
  const { modelId, epochId } = event
  const { transaction } = books
  const nettings = transaction!.nettings.get(epochKey(modelId, epochId)) ?? []
  transaction!.nettings.delete(epochKey(modelId, epochId))
  const model = findModel(books, modelId, place)
  const epoch = books.epochs.get(epochKey(modelId, epochId))
  const subject = { modelId, epochId }
  if (model === undefined || epoch === undefined) {
    reportClosing(
      books,
      subject,
      place,
      'an open epoch',
      epochId <= (model?.lastClosedEpochId ?? 0n) ? 'one closed before' : 'an unknown one',
    )
    for (const { args } of nettings) transaction!.unexplained.push(args.paidWei)
    transaction!.unexplained.push(event.treasuryWei)
    return
  }
  requireClosable(books, model, epoch, place, block.timestamp)
  const contributors = model.indexes.get(epoch.indexVersion)?.contributors ?? []
  const own = net(epoch, epoch.own, contributors, model.debts)
  // After a booking that was reported as wrong the ledger nets what it booked: that is its state, and not another fault.
  const logged = net(epoch, epoch.logged, contributors, model.loggedDebts) ?? own
  if (own === undefined || logged === undefined) {
    reportClosing(books, subject, place, 'earnings that its pools pay for', 'more than that')
    for (const { args } of nettings) transaction!.unexplained.push(args.paidWei)
    transaction!.unexplained.push(event.treasuryWei)
  } else {
    compareNettings(books, { epoch, own, logged, nettings, place })
    compareTotals(books, event, own, logged, place)
    const treasury = books.policies.get(epoch.policyId)?.treasury
    if (treasury !== undefined) {
      const due = { account: treasury, cause: 'treasury', subject, place } as const
      transaction!.due.push({ ...due, amountWei: own.treasuryWei, loggedWei: event.treasuryWei })
    }
  }
  model.lastClosedEpochId = epochId
  books.epochs.delete(epochKey(modelId, epochId))
  books.totals.closedEpochs += 1
  books.totals.paidWei += own?.paidWei ?? 0n
  books.totals.treasuryWei += own?.treasuryWei ?? 0n
  expectEpoch(books, epoch, 0)
  const accounts = accountRows(own?.accounts ?? [], model.debts)
  keepDebts(model, epoch, nettings, own, logged)
  books.output.row({
    ...rowOf(epoch, model, accounts),
    closing: { closedAt: block.timestamp, place, paidWei: event.paidWei, treasuryWei: event.treasuryWei },
  })
}

function reportClosing(books: Books, subject: object, place: Place, expected: string, found: string): void {
  books.output.find('EPOCH_CLOSED_WRONGLY', subject, place, {
    expected,
    found,
    message: `the closing of an epoch needs ${expected}, and this was ${found}`,
  })
}

function requireClosable(books: Books, model: Model, epoch: Epoch, place: Place, timestamp: number): void {
  const { modelId, epochId } = epoch
  const subject = { modelId, epochId }
  if (epochId !== model.lastClosedEpochId + 1n) {
    reportClosing(books, subject, place, `epoch ${model.lastClosedEpochId + 1n} closed first`, `epoch ${epochId}`)
  }
  if (epochId >= model.currentEpochId && timestamp < epoch.endsAt) {
    reportClosing(books, subject, place, `a time of ${epoch.endsAt} or later, or a later epoch`, `at ${timestamp}`)
  }
  const outstanding = outstandingOf(epoch)
  if (outstanding !== 0) reportClosing(books, subject, place, 'no outstanding requests', `with ${outstanding} of them`)
}

const outstandingOf = ({ requests, settledRequests, refundedRequests }: Epoch) =>
  Math.max(0, requests - settledRequests - refundedRequests)

/** undefined when the pools do not pay for the earnings, which no batch within its bounds brings about. */
function net(
  { indexVersion }: Epoch,
  { poolsWei, earningsWei }: Booked,
  contributors: readonly Address[],
  debts: Debts,
): NettedEpoch | undefined {
  try {
    return netEpoch({ indexVersion, contributors, batches: [{ poolsWei, earningsWei }] }, debts)
  } catch {
    return undefined
  }
}

const COLUMNS = {
  openingWei: 'OPENING_DIFFERS',
  bookedWei: 'BOOKED_DIFFERS',
  paidWei: 'PAYOUT_DIFFERS',
  carriedWei: 'CARRIED_DIFFERS',
} as const satisfies Record<string, FindingCode>

function compareNettings(
  books: Books,
  closing: {
    readonly epoch: Epoch
    readonly own: NettedEpoch
    readonly logged: NettedEpoch
    readonly nettings: readonly Netting[]
    readonly place: Place
  },
): void {
  const { epoch, own, logged, nettings, place } = closing
  const { modelId, epochId } = epoch
  const bySlot = new Map(nettings.toReversed().map((netting) => [netting.args.slot, netting]))
  for (const [slot, account] of own.accounts.entries()) {
    const subject = { modelId, epochId, account: account.contributor, slot }
    const netting = bySlot.get(BigInt(slot))
    if (netting === undefined || netting.args.contributor !== account.contributor) {
      books.output.find('NETTING_DIFFERS', subject, netting?.place ?? place, {
        expected: account.contributor,
        found: netting?.args.contributor ?? 'nobody',
        message: `slot ${slot} of epoch ${epochId} is ${account.contributor}'s to be netted`,
      })
    }
    for (const [column, code] of Object.entries(COLUMNS) as [keyof typeof COLUMNS, FindingCode][]) {
      const found = netting?.args[column]
      if (found === undefined || found === account[column] || found === logged.accounts[slot]?.[column]) continue
      books.output.find(code, subject, netting!.place, {
        expected: `${account[column]} wei`,
        found: `${found} wei`,
        message: `${column} of ${account.contributor} in epoch ${epochId} is ${found} where its batches and debt give ${account[column]}`,
      })
    }
    books.transaction!.due.push({
      account: account.contributor,
      cause: 'earned',
      amountWei: account.paidWei,
      loggedWei: netting?.args.paidWei ?? logged.accounts[slot]?.paidWei ?? account.paidWei,
      subject: { modelId, epochId },
      place: netting?.place ?? place,
    })
  }
  for (const netting of nettings) {
    const { args, place: where } = netting
    if (bySlot.get(args.slot) !== netting) {
      // What is credited for it has a cause, if a bad one.
      books.transaction!.unexplained.push(args.paidWei)
      books.output.find(
        'NETTING_DIFFERS',
        { modelId, epochId, account: args.contributor, slot: Number(args.slot) },
        where,
        {
          expected: 'one netting of each slot',
          found: 'another one',
          message: `slot ${args.slot} of epoch ${epochId} had been netted before`,
        },
      )
      continue
    }
    if (args.slot < BigInt(own.accounts.length)) continue
    const subject = { modelId, epochId, account: args.contributor, slot: Number(args.slot) }
    books.output.find('NETTING_DIFFERS', subject, where, {
      expected: 'nobody',
      found: args.contributor,
      message: `slot ${args.slot} is beyond the contributors of epoch ${epochId}`,
    })
  }
}

function compareTotals(
  books: Books,
  event: ArgsOf<'EpochClosed'>,
  own: NettedEpoch,
  logged: NettedEpoch,
  place: Place,
): void {
  const { modelId, epochId } = event
  const text = ({ poolsWei, paidWei, treasuryWei }: Pick<NettedEpoch, 'poolsWei' | 'paidWei' | 'treasuryWei'>) =>
    `pools ${poolsWei}, paid ${paidWei}, treasury ${treasuryWei}`
  if (text(event) === text(own) || text(event) === text(logged)) return
  books.output.find('EPOCH_TOTALS_DIFFER', { modelId, epochId }, place, {
    expected: text(own),
    found: text(event),
    message: `the totals of epoch ${epochId} are not the sums of what it booked and paid`,
  })
}

/** The debts that the epoch leaves, by the netting, and as the ledger logged them. */
function keepDebts(
  { debts, loggedDebts }: Model,
  { epochId, indexVersion }: Epoch,
  nettings: readonly Netting[],
  own: NettedEpoch | undefined,
  logged: NettedEpoch | undefined,
): void {
  const keep = (into: typeof debts, contributor: Address, amountWei: bigint) => {
    if (amountWei > 0n) into.set(contributor, { amountWei, indexVersion, epochId })
    else into.delete(contributor)
  }
  for (const { contributor, carriedWei } of own?.accounts ?? []) keep(debts, contributor, carriedWei)
  for (const { contributor, carriedWei } of logged?.accounts ?? []) keep(loggedDebts, contributor, carriedWei)
  for (const { args } of nettings) {
    keep(loggedDebts, args.contributor, args.carriedWei)
    if (own === undefined) keep(debts, args.contributor, args.carriedWei)
  }
}

function accountRows(accounts: NettedEpoch['accounts'], debts: Model['debts']): EpochAccount[] {
  return accounts.map((account, slot) => ({ ...account, slot, debt: debts.get(account.contributor) ?? null }))
}

/** An epoch's record as the ledger must answer it. */
export function expectEpoch(books: Books, epoch: Epoch, outstanding: number): void {
  const { modelId, epochId, modelVersion, indexVersion, policyId, circuitId, openedAt, endsAt, own, logged } = epoch
  const subject = { modelId, epochId }
  const fixed = {
    modelVersion: Number(modelVersion),
    indexVersion: Number(indexVersion),
    policyId: Number(policyId),
    circuitId,
    openedAt,
    endsAt,
    outstanding,
  }
  books.answers.expect(
    askState('epochLedger', 'epochOf', modelId, epochId),
    'EPOCH_STATE_DIFFERS',
    subject,
    [{ ...fixed, poolsWei: own.poolsWei }],
    [{ ...fixed, poolsWei: logged.poolsWei }],
  )
  for (const [slot, earningWei] of own.earningsWei.entries()) {
    const question = askState('epochLedger', 'bookedEarningOf', modelId, epochId, BigInt(slot))
    const other = logged.earningsWei[slot] ?? earningWei
    books.answers.expect(question, 'BOOKED_STATE_DIFFERS', { ...subject, slot }, [earningWei], [other])
  }
}

/** An epoch that is not closed at the pinned block. */
export function finishEpoch(books: Books, epoch: Epoch): void {
  const { modelId, indexVersion, own } = epoch
  expectEpoch(books, epoch, outstandingOf(epoch))
  // No epoch is entered of a model that is not known.
  const model = books.models.get(modelId)!
  const contributors = model.indexes.get(indexVersion)?.contributors ?? []
  // Its opening is not known before the epochs before it are closed, nor what it will pay.
  const accounts = contributors.map((contributor, slot) => ({
    contributor,
    slot,
    debt: model.debts.get(contributor) ?? null,
    openingWei: 0n,
    paidWei: 0n,
    carriedWei: 0n,
    bookedWei: own.earningsWei[slot] ?? 0n,
  }))
  books.output.row({ ...rowOf(epoch, model, accounts), closing: null })
}

function rowOf(epoch: Epoch, model: Model, accounts: readonly EpochAccount[]): Omit<EpochRow, 'closing'> {
  const { modelId, epochId, modelVersion, indexVersion, policyId, circuitId, openedAt, endsAt } = epoch
  const { requests, settledRequests, refundedRequests, batches, own } = epoch
  return {
    kind: 'epoch',
    modelId,
    epochId,
    modelVersion,
    indexVersion,
    policyId,
    circuitId,
    openedAt,
    endsAt,
    isCurrent: epochId === model.currentEpochId,
    isNext: epochId === model.lastClosedEpochId + 1n,
    requests,
    settledRequests,
    refundedRequests,
    batches,
    poolsWei: own.poolsWei,
    accounts,
  }
}
