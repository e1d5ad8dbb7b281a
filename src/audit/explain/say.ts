import type { Address } from 'viem'

/** From here on an amount is told in OPEN; a millionth of one. */
const LEAST_TOLD_IN_OPEN = 10n ** 12n

/** Wei as a person reads it: OPEN, rounded to six decimals, and wei for what is less than a millionth of one. Exact amounts stand in the facts. */
export function sayAmount(wei: bigint): string {
  if (wei === 0n) return '0 OPEN'
  if (wei < LEAST_TOLD_IN_OPEN && -wei < LEAST_TOLD_IN_OPEN) return `${wei} wei`
  return `${sayOpen(wei, 6).replace(/\.?0+$/, '')} OPEN`
}

/** OPEN with so many decimals, for a column of amounts: rounded, and without a sign where nothing else is left. */
export function sayOpen(wei: bigint, decimals: number): string {
  const units = roundedQuotient(wei < 0n ? -wei : wei, 10n ** BigInt(18 - decimals))
  const digits = String(units).padStart(decimals + 1, '0')
  return `${wei < 0n && units > 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** With its sign, also when it is positive. */
export function saySigned(wei: bigint): string {
  return wei > 0n ? `+${sayAmount(wei)}` : sayAmount(wei)
}

/** The last second that a date can tell, in the year 275760. */
const LAST_MOMENT = 8_640_000_000_000

/** Unix seconds as date and time, UTC; as a number where there is no such date: a chain may say anything. */
export function sayMoment(unixSeconds: number): string {
  if (unixSeconds > LAST_MOMENT) return `second ${unixSeconds}`
  return `${new Date(unixSeconds * 1000).toISOString().replace('T', ' ').slice(0, 19)} UTC`
}

export function sayAccount(account: Address): string {
  return `${account.slice(0, 6)}…${account.slice(-4)}`
}

/** "1 batch", "3 batches". */
export function sayCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** "3, 4 and 2 more". */
export function sayList(items: readonly (string | bigint)[], shown = 5): string {
  const more = items.length - shown
  if (more > 0) return `${items.slice(0, shown).join(', ')} and ${more} more`
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** A part of a whole in per cent, rounded to one decimal; "0.0 %" of nothing. */
export function sayShare(part: bigint, whole: bigint): string {
  const perMille = whole === 0n ? 0n : roundedQuotient(part * 1000n, whole)
  return `${perMille / 10n}.${perMille % 10n} %`
}

/** Of what is not negative; half is rounded up. */
const roundedQuotient = (dividend: bigint, divisor: bigint) => (2n * dividend + divisor) / (2n * divisor)
