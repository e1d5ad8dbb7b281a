import type { AuditRow } from '../AuditRow.ts'
import type { Finding } from '../Finding.ts'

/**
 * Looks for one pattern while the rows of a replay go by. What it keeps grows with accounts, models and indexes, never with batches. An anomaly
 * breaks no rule of the protocol: it is a reason to look, with the evidence to look at.
 */
export type AnomalySearch = {
  readonly row: (row: AuditRow) => void
  /**
   * To be called after the last row.
   * @param now Unix seconds: the time of the pinned block
   */
  readonly finish: (now: number) => Finding[]
}
