import { sql } from 'kysely'
import type { Logger } from 'pino'
import { getAddress, type Hex } from 'viem'
import { signedPart, type TraceSubmission } from '../../src/api/submission.ts'
import { traceIdOf } from '../../src/api/typedData.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import type { TraceFiles } from '../store/openTraceFiles.ts'
import { cancelTrace } from './cancelTrace.ts'
import { type StoredAs, storeTraces } from './storeTraces.ts'

export type IngestOptions = {
  readonly db: Pick<NodeDatabase, 'kysely'>
  readonly files: Pick<TraceFiles, 'readPending' | 'close'>
  readonly logger: Logger
}

/** Counts of files: back in the database, there already, done with, and of models that the mirror does not know, or not yet. */
export type Ingested = {
  readonly restored: number
  readonly known: number
  readonly closed: number
  readonly waiting: number
}

const FILES_AT_ONCE = 100

type PendingFile = { readonly hash: string; readonly traceId: Hex; readonly submission: TraceSubmission }

/**
 * Compares the pending trace files with the database: a trace that is missing there is stored again, be it that the process died between file and row,
 * or that the database lost its last rows with the power. Files of traces that are done with are closed. What a file holds was checked before it was
 * written, so it is not checked again. Files whose model the mirror does not know are left: it may not have caught up, or be of another escrow.
 */
export async function ingestPendingFiles({ db, files, logger }: IngestOptions): Promise<Ingested> {
  const counts = { restored: 0, known: 0, closed: 0, waiting: 0 }
  let chunk: PendingFile[] = []
  const ingest = async () => {
    for (const outcome of await ingestChunk(db, files, chunk)) counts[outcome] += 1
    chunk = []
  }
  for await (const { hash, submission } of files.readPending()) {
    const { chainId, escrow } = submission
    chunk.push({ hash, submission, traceId: traceIdOf({ chainId, escrow }, signedPart(submission)) })
    if (chunk.length >= FILES_AT_ONCE) await ingest()
  }
  if (chunk.length > 0) await ingest()
  if (counts.restored + counts.closed + counts.waiting > 0)
    logger.info(counts, 'compared trace files with the database')
  return counts
}

async function ingestChunk(
  { kysely }: IngestOptions['db'],
  files: IngestOptions['files'],
  chunk: readonly PendingFile[],
): Promise<(keyof Ingested)[]> {
  const stored = await readStored(
    kysely,
    chunk.map(({ traceId }) => traceId),
  )
  const outcomes: (keyof Ingested)[] = []
  for (const file of chunk) {
    const isDone = stored.get(file.traceId)
    const standing = isDone === undefined ? await restore(kysely, files, file) : isDone ? 'closed' : 'known'
    if (standing === 'closed') await files.close(file.hash)
    outcomes.push(standing)
  }
  return outcomes
}

/**
 * Which of the traces have a row, and whether they are done with: another one stands, or the money has gone its way.
 * Not by the view of statuses: this runs beside the API and must cost little.
 */
async function readStored(kysely: NodeDatabase['kysely'], traceIds: readonly Hex[]): Promise<Map<Hex, boolean>> {
  const { rows } = await sql<{ trace_id: Hex; is_done: boolean }>`
    select t.trace_id, t.cancelled_at is not null
      or exists (select from refunds f where f.request_id = t.request_id)
      or exists (select from batch_requests br join settlements s on s.batch_id = br.batch_id
        where br.request_id = t.request_id) as is_done
    from traces t where t.trace_id in (${sql.join(traceIds)})`.execute(kysely)
  return new Map(rows.map(({ trace_id, is_done }) => [trace_id, is_done]))
}

async function restore(
  kysely: NodeDatabase['kysely'],
  files: IngestOptions['files'],
  { hash, traceId, submission }: PendingFile,
): Promise<keyof Ingested> {
  const model = await kysely
    .selectFrom('current_operators')
    .innerJoin('mirrored_deployment', (join) => join.onTrue())
    .select('operator')
    .where('model_id', '=', submission.modelId)
    .where('chain_id', '=', submission.chainId)
    .where('escrow', '=', getAddress(submission.escrow))
    .executeTakeFirst()
  if (model === undefined) return 'waiting'
  const trace = { traceId, operator: model.operator as Hex, fileHash: hash, submission }
  const { storedAs, replaced } = await kysely.transaction().execute(async (trx) => {
    const storedAs = (await storeTraces(trx, [trace]))[0]!
    if (storedAs !== 'conflict') return { storedAs }
    // Of two traces of one request the higher nonce stands, as it did before.
    const live = await trx
      .selectFrom('traces')
      .select(['trace_id', 'nonce'])
      .where('request_id', '=', submission.requestId)
      .where('cancelled_at', 'is', null)
      .executeTakeFirst()
    if (live === undefined || live.nonce >= submission.nonce) return { storedAs }
    const replaced = await cancelTrace(trx, live.trace_id as Hex, { replacedBy: traceId })
    if (replaced.kind !== 'cancelled') return { storedAs }
    return { storedAs: (await storeTraces(trx, [trace]))[0] as StoredAs, replaced }
  })
  if (replaced) await files.close(replaced.fileHash)
  return storedAs === 'conflict' ? 'closed' : storedAs === 'new' ? 'restored' : 'known'
}
