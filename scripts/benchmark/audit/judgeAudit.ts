import type { AuditCost } from './measureAudit.ts'

/** For 10,000 settlements on two cores. */
const MOST_SECONDS = 600
/** Of the peak of the second half, over that of the first. */
const MOST_GROWTH = 1.1
/** Before that many samples a process is still starting up: its memory grows because it has not been full yet. */
const FEWEST_SAMPLES = 60

/** One thing that has to hold. */
export type Gate = { readonly name: string; readonly holds: boolean; readonly found: string }

/** The parts of the audit's report that are judged. */
export type JudgedReport = { readonly ok: boolean; readonly checked: { readonly proofs: number } }

/** The peaks of the first and of the second half of a process' life; undefined when there are too few samples to tell. */
export function peaksOf(
  residentMiB: readonly number[],
): { readonly first: number; readonly second: number } | undefined {
  if (residentMiB.length < FEWEST_SAMPLES) return undefined
  const middle = residentMiB.length >> 1
  return { first: Math.max(...residentMiB.slice(0, middle)), second: Math.max(...residentMiB.slice(middle)) }
}

/** Judges an audit of a chain on which nothing is wrong, and of its bundle. */
export function judgeAudit(
  settlements: number,
  report: JudgedReport,
  online: AuditCost,
  offline: AuditCost,
): readonly Gate[] {
  const peaks = peaksOf(online.residentMiB)
  return [
    { name: 'nothing is wrong', holds: report.ok && online.exitCode === 0, found: `exit code ${online.exitCode}` },
    {
      name: `${settlements} proofs verified`,
      holds: report.checked.proofs === settlements,
      found: `${report.checked.proofs}`,
    },
    {
      name: 'the bundle says the same, offline',
      holds: offline.exitCode === 0,
      found: `exit code ${offline.exitCode}`,
    },
    {
      name: `at most ${MOST_SECONDS} s`,
      holds: online.seconds <= MOST_SECONDS,
      found: `${online.seconds.toFixed(1)} s`,
    },
    {
      name: `memory of the second half at most ${MOST_GROWTH} times that of the first`,
      holds: peaks === undefined || peaks.second <= MOST_GROWTH * peaks.first,
      found: peaks === undefined ? 'too short to tell' : `${(peaks.second / peaks.first).toFixed(2)}`,
    },
  ]
}
