import type { Place } from '../Finding.ts'
import { type ArgsOf, accountOf, type Books, type DueCredit, dueOf, type Occasion } from './Books.ts'

export function creditAccount(books: Books, { account, amountWei }: ArgsOf<'AccountCredited'>, { place }: Occasion) {
  books.transaction!.credits.push({ account, amountWei, place })
  accountOf(books, account).creditedWei += amountWei
}

export function withdraw(books: Books, { account, amountWei }: ArgsOf<'Withdrawn'>, { place }: Occasion): void {
  const sums = accountOf(books, account)
  // Credits that were reported as wrong leave two sums that it may be.
  const loggedWei = sums.creditedWei - sums.withdrawnWei
  // What this very transaction is the cause of as well: a contract may close an epoch and withdraw at once.
  const pendingWei = books
    .transaction!.due.filter((due) => due.account === account)
    .reduce((sum, due) => sum + due.amountWei, 0n)
  const owedWei = dueOf(sums) + pendingWei - sums.withdrawableWei
  if (amountWei !== owedWei && amountWei !== loggedWei) {
    books.output.find('WITHDRAWAL_DIFFERS', { account }, place, {
      expected: `${owedWei} wei`,
      found: `${amountWei} wei`,
      message: `${account} withdrew ${amountWei} wei when it had been credited ${owedWei}`,
    })
  }
  sums.withdrawnWei += amountWei
  sums.withdrawableWei += owedWei
  books.totals.withdrawnWei += amountWei
}

/** Gives every credit of the transaction its one cause, and every cause its one credit. */
export function matchCredits(books: Books): void {
  const { credits, due, unexplained } = books.transaction!
  let left = [...credits]
  const take = (match: (credit: (typeof left)[number]) => boolean) => {
    const credit = left.find(match)
    if (credit !== undefined) left = left.filter((other) => other !== credit)
    return credit
  }
  const unpaid: DueCredit[] = []
  for (const cause of due) {
    accountOf(books, cause.account)[`${cause.cause}Wei`] += cause.amountWei
    const paid = (wei: bigint) => take(({ account, amountWei }) => account === cause.account && amountWei === wei)
    // A share of nothing is not credited, unless a log that was reported as wrong says more.
    const isPaid = cause.amountWei === 0n ? cause.loggedWei === 0n : paid(cause.amountWei) !== undefined
    if (!isPaid) unpaid.push(cause)
  }
  for (const cause of unpaid) {
    // What a log says that was reported as wrong is, if nothing else, what the ledger did.
    const { account: who, loggedWei } = cause
    const isAsLogged =
      loggedWei === 0n || take(({ account, amountWei }) => account === who && amountWei === loggedWei) !== undefined
    if (isAsLogged) continue
    const other = take(({ account }) => account === who)
    reportUnpaid(books, cause, other)
  }
  for (const { account, amountWei, place } of left) {
    const reported = unexplained.indexOf(amountWei)
    if (reported >= 0) unexplained.splice(reported, 1)
    else {
      books.output.find('CREDIT_WITHOUT_CAUSE', { account }, place, {
        expected: 'a cause in the same transaction',
        found: `${amountWei} wei`,
        message: `${account} was credited ${amountWei} wei for nothing that the events tell of`,
      })
    }
  }
}

function reportUnpaid(
  { output }: Books,
  { account, amountWei, cause, subject, place }: DueCredit,
  other: { readonly amountWei: bigint; readonly place: Place } | undefined,
): void {
  const code = other === undefined ? 'CREDIT_MISSING' : 'CREDIT_DIFFERS'
  output.find(code, { ...subject, account }, other?.place ?? place, {
    expected: `${amountWei} wei (${cause})`,
    found: other === undefined ? 'no credit' : `${other.amountWei} wei`,
    message: `${account} was due ${amountWei} wei (${cause}) and was credited ${other?.amountWei ?? 0n}`,
  })
}
