const integers = new Intl.NumberFormat('en')
const percents = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1, signDisplay: 'negative' })
/** With the time zone. */
const instants = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' })
const moments = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })

const dates = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })
const momentsOfYears = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

const MINUTE = 60
const DAY = 86_400
/** From here on two parts could have the same day and month. */
const MOST_OF_A_YEAR = 300 * DAY
const BPS_PER_PERCENT = 100
const PER_MILLION = 1_000_000n

/** A figure below zero is told by a minus, not by a hyphen. */
const withMinus = (text: string) => text.replace('-', '\u2212')

export const formatCount = (count: number | bigint | string) =>
  withMinus(integers.format(typeof count === 'string' ? BigInt(count) : count))

/** `3 batches`, `1 batch`. */
export const countOf = (count: number | bigint, one: string, many = `${one}s`) =>
  `${formatCount(count)} ${BigInt(count) === 1n ? one : many}`

/** A part of a whole, 0 of nothing. */
export const formatShare = (part: bigint, whole: bigint) =>
  withMinus(percents.format(whole === 0n ? 0 : Number((part * PER_MILLION) / whole) / Number(PER_MILLION)))

export const formatFraction = (fraction: number) => percents.format(fraction)

export const formatBps = (bps: number) => `${bps / BPS_PER_PERCENT}%`

/** 0x and 4 digits at either end. */
export const shortHex = (hex: string) => (hex.length <= 14 ? hex : `${hex.slice(0, 6)}…${hex.slice(-4)}`)

/** Field elements have up to 77 digits. */
export const shortNumber = (decimal: string) =>
  decimal.length <= 14 ? decimal : `${decimal.slice(0, 6)}…${decimal.slice(-4)}`

export const fromUnixSeconds = (seconds: string) => new Date(Number(seconds) * 1000)

/** Names of equal parts of time, as short as they can be told apart. */
export function formatParts(from: readonly Date[], partSeconds: number): string[] {
  if (from.length === 0) return []
  const span = (from.at(-1)!.getTime() - from[0]!.getTime()) / 1000
  const format = new Intl.DateTimeFormat('en-GB', {
    ...(span > MOST_OF_A_YEAR && { year: 'numeric' }),
    ...((span >= DAY || partSeconds >= DAY) && { day: 'numeric', month: 'short' }),
    ...(partSeconds < DAY && { hour: '2-digit', minute: '2-digit' }),
    ...(partSeconds < MINUTE && { second: '2-digit' }),
  })
  return from.map((at) => format.format(at))
}

export const formatInstant = (at: Date) => instants.format(at)
export const formatDay = (at: Date) => dates.format(at)
/** The year only where it is another one. */
export const formatMoment = (at: Date) =>
  at.getFullYear() === new Date().getFullYear() ? moments.format(at) : momentsOfYears.format(at)

/** Seconds in the unit that suits: `0.35 s`, `12 s`, `4 min`, `2.5 h`, `3 d`. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toPrecision(2))} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Number((seconds / 3600).toFixed(1))} h`
  return `${Number((seconds / 86_400).toFixed(1))} d`
}
