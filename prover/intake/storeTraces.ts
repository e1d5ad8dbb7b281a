import { type Kysely, sql } from 'kysely'
import type { Address, Hex } from 'viem'
import type { TraceSubmission } from '../../src/api/submission.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import type { Tables } from '../store/tables.ts'

/** An accepted trace on its way into the database. */
export type AcceptedTrace = {
  readonly traceId: Hex
  readonly operator: Address
  /** Of its file in the trace store. */
  readonly fileHash: string
  readonly submission: TraceSubmission
}

/** What `storeTraces` did: `conflict` when another trace stands for the same request. */
export type StoredAs = 'new' | 'known' | 'conflict'

/**
 * Stores traces, their witnesses and their events in one statement, so in one transaction and one round trip. What is there already stays as it is.
 * @returns what became of each, in their order
 */
export async function storeTraces(kysely: Kysely<Tables>, traces: readonly AcceptedTrace[]): Promise<StoredAs[]> {
  // A trace that is given twice is stored once; in one order everywhere, so that two processes cannot wait for each other.
  const rows = [...new Map(traces.map((trace) => [trace.traceId, toRow(trace)])).values()].sort((a, b) =>
    a.request_id < b.request_id ? -1 : 1,
  )
  const { rows: stored } = await sql<{ trace_id: Hex }>`
    with given as (
      select * from jsonb_to_recordset(${toJson(rows)}::jsonb) as given(
        trace_id text, request_id numeric, model_id numeric, operator text, input_commitment numeric, output_commitment numeric,
        nonce numeric, deadline numeric, signature text, file_hash text, features jsonb, label integer, input_salt numeric,
        output_salt numeric)),
    stored as (
      insert into traces (trace_id, request_id, model_id, operator, input_commitment, output_commitment, nonce, deadline,
        signature, file_hash)
      select trace_id, request_id, model_id, operator, input_commitment, output_commitment, nonce, deadline, signature, file_hash
      from given on conflict do nothing returning trace_id),
    opened as (
      insert into trace_witnesses (trace_id, features, label, input_salt, output_salt)
      select trace_id, features, label, input_salt, output_salt from given join stored using (trace_id)),
    told as (
      insert into events (kind, trace_id, data)
      select 'trace.accepted', trace_id, jsonb_build_object('requestId', request_id::text, 'modelId', model_id::text)
      from given join stored using (trace_id))
    select trace_id from stored`.execute(kysely)
  const isNew = new Set(stored.map(({ trace_id }) => trace_id))
  const others = rows.map(({ trace_id }) => trace_id).filter((traceId) => !isNew.has(traceId))
  const known = others.length === 0 ? new Set<string>() : await readKnown(kysely, others)
  return traces.map(({ traceId }) => (isNew.has(traceId) ? 'new' : known.has(traceId) ? 'known' : 'conflict'))
}

async function readKnown(kysely: Kysely<Tables>, traceIds: readonly string[]): Promise<Set<string>> {
  const rows = await kysely.selectFrom('traces').select('trace_id').where('trace_id', 'in', traceIds).execute()
  return new Set(rows.map(({ trace_id }) => trace_id))
}

function toRow({ traceId, operator, fileHash, submission }: AcceptedTrace) {
  const { requestId, modelId, inputCommitment, outputCommitment, nonce, deadline, signature } = submission
  const { features, label, inputSalt, outputSalt } = submission
  return {
    trace_id: traceId,
    request_id: requestId,
    model_id: modelId,
    operator,
    input_commitment: inputCommitment,
    output_commitment: outputCommitment,
    nonce,
    deadline,
    signature,
    file_hash: fileHash,
    features,
    label,
    input_salt: inputSalt,
    output_salt: outputSalt,
  }
}
