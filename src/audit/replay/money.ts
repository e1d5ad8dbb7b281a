import type { Address } from 'viem'
import type { Place } from '../Finding.ts'
import { type ArgsOf, accountOf, type Books, type DueCredit, dueOf, type Occasion, type Transaction } from './Books.ts'

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

type Credit = Transaction['credits'][number]

/** Gives every credit of the transaction its one cause, and every cause its one credit. */
export function matchCredits(books: Books): void {
  const { credits, due, unexplained } = books.transaction!
  const left = new Map<Address, Credit[]>()
  for (const credit of credits) {
    const ofAccount = left.get(credit.account)
    if (ofAccount === undefined) left.set(credit.account, [credit])
    else ofAccount.push(credit)
  }
  const take = (account: Address, amountWei?: bigint): Credit | undefined => {
    const ofAccount = left.get(account) ?? []
    const i = ofAccount.findIndex((credit) => amountWei === undefined || credit.amountWei === amountWei)
    return i < 0 ? undefined : ofAccount.splice(i, 1)[0]
  }
  const unpaid: DueCredit[] = []
  for (const cause of due) {
    const { account, amountWei, loggedWei } = cause
    // A share of nothing is not credited, so nobody is known by it, unless a log that was reported as wrong says more.
    if (amountWei === 0n && loggedWei === 0n) continue
    accountOf(books, account)[`${cause.cause}Wei`] += amountWei
    if (amountWei === 0n || take(account, amountWei) === undefined) unpaid.push(cause)
  }
  for (const cause of unpaid) {
    // What a log says that was reported as wrong is, if nothing else, what the ledger did.
    const isAsLogged = cause.loggedWei === 0n || take(cause.account, cause.loggedWei) !== undefined
    if (!isAsLogged) reportUnpaid(books, cause, take(cause.account))
  }
  for (const { account, amountWei, place } of [...left.values()].flat()) {
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
