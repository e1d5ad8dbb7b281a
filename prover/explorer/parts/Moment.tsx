import { signal } from '@preact/signals'
import { formatDay, formatDuration, formatInstant, formatMoment, fromUnixSeconds } from '../words/formatFigures.ts'

const TICK_MS = 15_000
/** A month; what is longer ago is better told by its date. */
const LONGEST_RELATIVE_SECONDS = 2_592_000
const now = signal(Date.now())
setInterval(() => {
  now.value = Date.now()
}, TICK_MS)

/** When something happened or will: the instant, and how long ago. */
export function Moment({ at, relative = false }: { at: string; relative?: boolean }) {
  const date = /^\d+$/.test(at) ? fromUnixSeconds(at) : new Date(at)
  // The signal says when to look again; what happened since is not in the future.
  const seconds = Math.round((Math.max(now.value, Date.now()) - date.getTime()) / 1000)
  const ago =
    seconds >= 0 ? (seconds < 5 ? 'just now' : `${formatDuration(seconds)} ago`) : `in ${formatDuration(-seconds)}`
  return (
    <time dateTime={date.toISOString()} title={formatInstant(date)}>
      {!relative ? formatMoment(date) : Math.abs(seconds) < LONGEST_RELATIVE_SECONDS ? ago : formatDay(date)}
    </time>
  )
}
