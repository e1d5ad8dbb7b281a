import type { Selectable } from 'kysely'
import type { JobView } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'

export type JobRow = Pick<
  Selectable<Tables['proof_jobs']>,
  'state' | 'attempts' | 'stage' | 'fraction' | 'expected_seconds' | 'deadline_at' | 'reason_code' | 'reason'
>

export function toJobView(row: JobRow): JobView {
  return {
    state: row.state,
    attempts: row.attempts,
    stage: row.stage,
    fraction: row.fraction,
    expectedSeconds: row.expected_seconds,
    deadlineAt: row.deadline_at.toISOString(),
    reasonCode: row.reason_code,
    reason: row.reason,
  }
}
