const OPEN_WEI = 10n ** 18n
const WEI_DIGITS = 18
const LEAST_DECIMALS = 4
const MINUS = '\u2212'
const whole = new Intl.NumberFormat('en')

/** The fewest decimals, at least 4, that show four digits of the largest of the amounts: a column is read by its decimal point. */
export function decimalsFor(amountsWei: Iterable<bigint>): number {
  let largest = 0n
  for (const amount of amountsWei) {
    const magnitude = amount < 0n ? -amount : amount
    if (magnitude > largest) largest = magnitude
  }
  if (largest === 0n || largest >= OPEN_WEI) return LEAST_DECIMALS
  const leadingZeros = WEI_DIGITS - largest.toString().length
  return Math.min(WEI_DIGITS, leadingZeros + LEAST_DECIMALS)
}

/** Wei as OPEN, rounded half away from zero: `1,234.5000`. */
export function formatOpen(wei: bigint, decimals = decimalsFor([wei]), { sign = false } = {}): string {
  const unit = 10n ** BigInt(WEI_DIGITS - decimals)
  const magnitude = wei < 0n ? -wei : wei
  const rounded = (magnitude + unit / 2n) / unit
  const scale = 10n ** BigInt(decimals)
  const fraction = (rounded % scale).toString().padStart(decimals, '0')
  const prefix = rounded === 0n ? '' : wei < 0n ? MINUS : sign ? '+' : ''
  return `${prefix}${whole.format(rounded / scale)}.${fraction}`
}

/** For charts, whose axes take numbers: exact to some 15 digits. */
export function toOpen(wei: bigint): number {
  return Number(wei) / Number(OPEN_WEI)
}
