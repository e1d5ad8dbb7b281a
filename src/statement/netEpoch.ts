import { type Address, getAddress } from 'viem'
import { InvalidInputError } from '../errors.ts'
import type { BookedBatch } from './bookBatch.ts'

/** What an account owes a model's later epochs. */
export type Debt = {
  /** wei, above 0 */
  readonly amountWei: bigint
  /** The version of the index under which the debt was last written. */
  readonly indexVersion: bigint
}

/** The debts of one model by payout address, in checksum form; an account without an entry owes nothing. */
export type Debts = ReadonlyMap<Address, Debt>

/** An epoch that may be closed. */
export type SettledEpoch = {
  readonly indexVersion: bigint
  /** Payout addresses of that index, no two the same. Slots beyond them are unassigned. */
  readonly contributors: readonly Address[]
  /** Its settled batches in the order in which they were booked. */
  readonly batches: readonly Pick<BookedBatch, 'poolsWei' | 'earningsWei'>[]
}

/** One contributor's account for an epoch: paidWei - carriedWei = openingWei + bookedWei, and one of the two is 0. */
export type NettedAccount = {
  readonly contributor: Address
  /** What the debt from earlier epochs amounts to; never positive. */
  readonly openingWei: bigint
  /** What the epoch's batches booked for the slot. */
  readonly bookedWei: bigint
  readonly paidWei: bigint
  /** The debt that the next epoch finds. */
  readonly carriedWei: bigint
}

/** A closed epoch: poolsWei = paidWei + treasuryWei. */
export type NettedEpoch = {
  /** In slot order. */
  readonly accounts: readonly NettedAccount[]
  readonly poolsWei: bigint
  readonly paidWei: bigint
  /** What the pools hold beyond the payments; whatever unassigned slots earned is part of it. */
  readonly treasuryWei: bigint
  /** The debts that the model's next epoch finds, those of accounts outside this index included. */
  readonly debts: Debts
}

/** A slot's balance in an epoch stays within this many wei: the ledger keeps it in 85 bits, sign included. */
const BALANCE_BOUND = 1n << 84n
/** A debt from another index is divided by this: a quarter is kept. */
const OTHER_INDEX_DEBT_DIVISOR = 4n

/**
 * Nets an epoch as EpochLedger.closeEpoch does. A debt opens the epoch in full under the same index; under another a quarter of it, rounded up,
 * is kept. What an epoch leaves a contributor is paid when positive and carried when negative.
 * @param debts as the model's epoch before left them; empty for the first
 * @throws InvalidInputError when a contributor stands in the index twice, a slot's balance does not fit the ledger's 85 bits, or
 * more would be paid than the pools hold (no batch that `bookBatch` booked does that)
 */
export function netEpoch(epoch: SettledEpoch, debts: Debts): NettedEpoch {
  const { indexVersion } = epoch
  const contributors = epoch.contributors.map((address) => getAddress(address))
  for (const [slot, contributor] of contributors.entries()) {
    if (contributors.indexOf(contributor) !== slot)
      throw new InvalidInputError(`contributors[${slot}]`, 'in the index once', contributor)
  }
  const booked = sumBatches(epoch)
  const left = new Map(debts)
  const accounts = contributors.map((contributor, slot): NettedAccount => {
    const debt = debts.get(contributor)
    const openingWei =
      debt === undefined
        ? 0n
        : -(debt.indexVersion === indexVersion ? debt.amountWei : keptDebtRoundedUp(debt.amountWei))
    const bookedWei = booked[slot] ?? 0n
    const balanceWei = openingWei + bookedWei
    const paidWei = balanceWei > 0n ? balanceWei : 0n
    const carriedWei = balanceWei < 0n ? -balanceWei : 0n
    if (carriedWei > 0n) left.set(contributor, { amountWei: carriedWei, indexVersion })
    else left.delete(contributor)
    return { contributor, openingWei, bookedWei, paidWei, carriedWei }
  })

  const poolsWei = epoch.batches.reduce((sum, batch) => sum + batch.poolsWei, 0n)
  const paidWei = accounts.reduce((sum, account) => sum + account.paidWei, 0n)
  if (paidWei > poolsWei) throw new InvalidInputError('batches', `paid by their pools (${poolsWei} wei)`, paidWei)
  return { accounts, poolsWei, paidWei, treasuryWei: poolsWei - paidWei, debts: left }
}

/** The epoch's balance of each slot, in wei. */
function sumBatches({ batches }: SettledEpoch): bigint[] {
  const balances: bigint[] = []
  for (const [b, { earningsWei }] of batches.entries()) {
    for (const [slot, earningWei] of earningsWei.entries()) {
      const balance = (balances[slot] ?? 0n) + earningWei
      if (balance < -BALANCE_BOUND || balance >= BALANCE_BOUND) {
        const field = `batches[${b}].earningsWei[${slot}]`
        throw new InvalidInputError(field, 'such that the balance of the slot is in -2^84 .. 2^84-1', balance)
      }
      balances[slot] = balance
    }
  }
  return balances
}

/** What is left of a debt under another index, against the debtor. */
function keptDebtRoundedUp(amountWei: bigint): bigint {
  return (amountWei + OTHER_INDEX_DEBT_DIVISOR - 1n) / OTHER_INDEX_DEBT_DIVISOR
}
