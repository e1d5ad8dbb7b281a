import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Hex } from 'viem'
import type { Page, TraceSummary, TraceView } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'
import { type JobRow, toJobView } from './toJobView.ts'

export type TraceFilter = {
  readonly modelId?: bigint | undefined
  readonly requestId?: bigint | undefined
  readonly summary?: TraceSummary | undefined
}

/** Traces that one page looks through for a summary: no index knows it, and a rare one must not have the database read all that it holds. */
export const LARGEST_SEARCH = 2000

/** The newest traces first, from the one behind `after` on. A page of one summary may hold fewer than `limit` and still have a next one. */
export async function readTraces(
  kysely: Kysely<Tables>,
  {
    modelId,
    requestId,
    summary,
    after,
    limit,
  }: TraceFilter & { readonly after?: Hex | undefined; readonly limit: number },
): Promise<Page<TraceView>> {
  const isWanted = sql.join<boolean>(
    [
      sql`true`,
      ...(modelId === undefined ? [] : [sql`s.model_id = ${modelId}`]),
      ...(requestId === undefined ? [] : [sql`s.request_id = ${requestId}`]),
      ...(after === undefined ? [] : [sql`${PLACE} < ${placeOf(after)}`]),
    ],
    sql` and `,
  )
  let query = selectTraces(kysely)
    .where(isWanted)
    .orderBy('s.accepted_at', 'desc')
    .orderBy('s.trace_id', 'desc')
    .limit(limit + 1)
  let searchedTo: Hex | undefined
  if (summary !== undefined) {
    searchedTo = await findNth(kysely, isWanted, LARGEST_SEARCH)
    query = query.where('s.summary', '=', summary)
    if (searchedTo !== undefined) query = query.where(sql<boolean>`${PLACE} >= ${placeOf(searchedTo)}`)
  }
  const rows = await query.execute()
  const items = rows.slice(0, limit).map(toTraceView)
  return { items, next: rows.length > limit ? items.at(-1)!.traceId : (searchedTo ?? null) }
}

const PLACE = sql`(s.accepted_at, s.trace_id)`
const placeOf = (traceId: Hex) => sql`(select accepted_at, trace_id from traces where trace_id = ${traceId})`

/** The n-th of the wanted traces, the newest first; undefined when there are fewer. */
async function findNth(kysely: Kysely<Tables>, isWanted: RawBuilder<boolean>, n: number): Promise<Hex | undefined> {
  const row = await kysely
    .selectFrom('traces as s')
    .select('s.trace_id')
    .where(isWanted)
    .orderBy('s.accepted_at', 'desc')
    .orderBy('s.trace_id', 'desc')
    .offset(n - 1)
    .limit(1)
    .executeTakeFirst()
  return row?.trace_id as Hex | undefined
}

export async function readTrace(kysely: Kysely<Tables>, traceId: Hex): Promise<TraceView | undefined> {
  const row = await selectTraces(kysely).where('s.trace_id', '=', traceId).executeTakeFirst()
  return row && toTraceView(row)
}

function selectTraces(kysely: Kysely<Tables>) {
  return kysely
    .selectFrom('trace_statuses as s')
    .leftJoin('proof_jobs as j', 'j.batch_hash', 's.batch_hash')
    .selectAll('s')
    .select(['j.attempts', 'j.expected_seconds', 'j.deadline_at'])
}
type TraceRow = Awaited<ReturnType<ReturnType<typeof selectTraces>['executeTakeFirstOrThrow']>>

function toTraceView(row: TraceRow): TraceView {
  return {
    traceId: row.trace_id,
    requestId: `${row.request_id}`,
    modelId: `${row.model_id}`,
    operator: row.operator,
    inputCommitment: `${row.input_commitment}`,
    outputCommitment: `${row.output_commitment}`,
    nonce: `${row.nonce}`,
    acceptedAt: row.accepted_at.toISOString(),
    summary: row.summary,
    trace: { state: row.trace_state },
    request: {
      state: row.request_state,
      epochId: row.epoch_id?.toString() ?? null,
      poolWei: row.pool_wei?.toString() ?? null,
      sealDeadline: row.seal_deadline?.toString() ?? null,
    },
    batch:
      row.batch_id === null || row.position === null || row.settle_deadline === null
        ? null
        : { batchId: `${row.batch_id}`, position: row.position, settleDeadline: `${row.settle_deadline}` },
    job: row.job_state === null ? null : toJobView({ ...row, state: row.job_state } as JobRow),
    transaction:
      row.transaction_kind === null || row.transaction_state === null
        ? null
        : {
            kind: row.transaction_kind,
            state: row.transaction_state,
            hash: row.mined_hash,
            reasonCode: row.transaction_reason_code,
          },
  }
}
