import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { Hex } from 'viem'
import type { NodeDatabase } from '../store/openDatabase.ts'
import type { TraceFiles } from '../store/openTraceFiles.ts'
import { cancelTrace } from './cancelTrace.ts'

/**
 * Cancels once more what its operator had taken back before the database lost its last rows: the row stands, the file says otherwise.
 * @returns how many
 */
export async function cancelAgain({
  db: { kysely },
  files,
  logger,
}: {
  readonly db: Pick<NodeDatabase, 'kysely'>
  readonly files: Pick<TraceFiles, 'listCancelled'>
  readonly logger: Logger
}): Promise<number> {
  const takenBack = await files.listCancelled()
  if (takenBack.size === 0) return 0
  const { rows } = await sql<{ trace_id: Hex; file_hash: string }>`
    select trace_id, file_hash from traces t where cancelled_at is null
      and not exists (select from batch_requests br where br.request_id = t.request_id)
      and not exists (select from refunds f where f.request_id = t.request_id)`.execute(kysely)
  let cancelled = 0
  for (const { trace_id } of rows.filter(({ file_hash }) => takenBack.has(file_hash))) {
    const { kind } = await kysely.transaction().execute((trx) => cancelTrace(trx, trace_id, {}))
    if (kind === 'cancelled') cancelled += 1
  }
  if (cancelled > 0) logger.info({ cancelled }, 'cancelled again what the database had forgotten')
  return cancelled
}
