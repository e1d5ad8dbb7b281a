import { type Kysely, sql } from 'kysely'
import type { Address, Hex } from 'viem'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import type { Tables } from '../store/tables.ts'

/** Which trace is asked about. */
export type TraceKey = { readonly traceId: Hex; readonly requestId: bigint; readonly modelId: bigint }

/** What a paid request pins, and by which commitments a model's head and index are known. */
export type PinnedVersions = {
  readonly indexVersion: bigint
  readonly weightsCommitment: bigint
  readonly indexCommitment: bigint
  readonly isCircuitRetired: boolean
}

/** What the database says that decides about a trace. */
export type TraceFacts = {
  /** The node has it. */
  readonly known: { readonly isCancelled: boolean } | undefined
  /** Of the model, now. Absent: no such model. */
  readonly operator: Address | undefined
  /** The payment, if the mirror has it. */
  readonly request: MirroredRequest | undefined
  /** The trace that stands for the same request, be it this one. */
  readonly live: { readonly traceId: Hex; readonly nonce: bigint } | undefined
  /** Unix seconds of the newest block that the mirror knows: deadlines on chain are about the chain's clock. */
  readonly chainTime: bigint
}

export type MirroredRequest = {
  readonly modelId: bigint
  readonly epochId: bigint
  readonly feeWei: bigint
  readonly sealDeadline: bigint
  readonly isRefunded: boolean
  readonly isSettled: boolean
  readonly sealed:
    | {
        readonly inputCommitment: bigint
        readonly outputCommitment: bigint
        readonly settleDeadline: bigint
      }
    | undefined
  readonly versions: PinnedVersions | undefined
}

type Row = {
  is_known: boolean
  is_cancelled: boolean
  operator: Address | null
  request_model_id: bigint | null
  epoch_id: bigint
  fee_wei: bigint
  seal_deadline: bigint
  is_refunded: boolean
  is_settled: boolean
  sealed_input: bigint | null
  sealed_output: bigint
  settle_deadline: bigint
  live_trace_id: Hex | null
  live_nonce: bigint
  index_version: bigint | null
  weights_commitment: bigint | null
  index_commitment: bigint
  is_circuit_retired: boolean
  chain_time: bigint | null
}

/**
 * Reads the facts about several traces in one statement; answers in their order. Each look-up has a limit, which holds the planner to one index scan a trace:
 * it takes the list for a hundred rows and would rather read a whole table, which grows.
 */
export async function readTraceFacts(kysely: Kysely<Tables>, keys: readonly TraceKey[]): Promise<TraceFacts[]> {
  const { rows } = await sql<Row>`
    select k.trace_id is not null as is_known, k.cancelled_at is not null as is_cancelled, o.operator,
      r.model_id as request_model_id, r.epoch_id, r.fee_wei, r.seal_deadline, f.request_id is not null as is_refunded,
      coalesce(b.is_settled, false) as is_settled, b.input_commitment as sealed_input, b.output_commitment as sealed_output,
      b.settle_deadline, l.trace_id as live_trace_id, l.nonce as live_nonce,
      e.index_version, e.weights_commitment, e.index_commitment, coalesce(e.is_circuit_retired, false) as is_circuit_retired,
      (select timestamp from blocks order by number desc limit 1) as chain_time
    from rows from (jsonb_to_recordset(${toJson(keys)}::jsonb) as ("traceId" text, "requestId" numeric, "modelId" numeric))
      with ordinality as w(trace_id, request_id, model_id, place)
    left join lateral (select * from traces where trace_id = w.trace_id limit 1) k on true
    left join lateral (select * from current_operators where model_id = w.model_id limit 1) o on true
    left join lateral (select * from requests where request_id = w.request_id limit 1) r on true
    left join lateral (select * from refunds where request_id = w.request_id limit 1) f on true
    left join lateral (
      select br.input_commitment, br.output_commitment, b.settle_deadline,
        exists (select from settlements s where s.batch_id = b.batch_id) as is_settled
      from batch_requests br join batches b on b.batch_id = br.batch_id where br.request_id = w.request_id limit 1) b on true
    left join lateral (
      select * from traces where request_id = w.request_id and cancelled_at is null limit 1) l on true
    left join lateral (
      select e.index_version, i.index_commitment, v.weights_commitment,
        exists (select from circuit_retirements c where c.circuit_id = e.circuit_id) as is_circuit_retired
      from epochs e
      join influence_indexes i on i.model_id = e.model_id and i.index_version = e.index_version
      join model_versions v on v.model_id = e.model_id and v.model_version = e.model_version
      where e.model_id = r.model_id and e.epoch_id = r.epoch_id limit 1) e on true
    order by w.place`.execute(kysely)
  return rows.map(toFacts)
}

function toFacts(row: Row): TraceFacts {
  return {
    known: row.is_known ? { isCancelled: row.is_cancelled } : undefined,
    operator: row.operator ?? undefined,
    request: row.request_model_id === null ? undefined : toRequest(row, row.request_model_id),
    live: row.live_trace_id === null ? undefined : { traceId: row.live_trace_id, nonce: row.live_nonce },
    chainTime: row.chain_time ?? 0n,
  }
}

function toRequest(row: Row, modelId: bigint): MirroredRequest {
  const { sealed_input: sealedInput, weights_commitment: weightsCommitment, index_version: indexVersion } = row
  return {
    modelId,
    epochId: row.epoch_id,
    feeWei: row.fee_wei,
    sealDeadline: row.seal_deadline,
    isRefunded: row.is_refunded,
    isSettled: row.is_settled,
    sealed:
      sealedInput === null
        ? undefined
        : { inputCommitment: sealedInput, outputCommitment: row.sealed_output, settleDeadline: row.settle_deadline },
    versions:
      weightsCommitment === null || indexVersion === null
        ? undefined
        : {
            indexVersion,
            weightsCommitment,
            indexCommitment: row.index_commitment,
            isCircuitRetired: row.is_circuit_retired,
          },
  }
}
