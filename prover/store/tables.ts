import type { ColumnType, Generated } from 'kysely'

/*
 * The tables of `migrations/`, as Kysely types them. Both databases hand int8 and numeric over as bigint (exactIntegers.ts). JSON columns are
 * written as text (`toJson`) and read as parsed values.
 */

type Json<Value> = ColumnType<Value, string, string>
type Instant = ColumnType<Date, Date | string | undefined, Date | string>

/** Where on the chain a mirrored row comes from. */
type Mirrored = { readonly block_number: bigint; readonly log_index: number; readonly transaction_hash: string }

export type ProofJobState = 'queued' | 'active' | 'done' | 'dead'
export type TransactionKind = 'seal' | 'settle'
export type TransactionState = 'intended' | 'broadcast' | 'mined' | 'final' | 'refused' | 'lost'
export type RequestState = 'unknown' | 'paid' | 'sealed' | 'settled' | 'refunded'
export type TraceSummary =
  | 'accepted'
  | 'sealing'
  | 'sealed'
  | 'proving'
  | 'settling'
  | 'settled'
  | 'refunded'
  | 'cancelled'
  | 'expired'
  | 'mismatched'
  | 'failed'

export type Tables = {
  mirrored_deployment: { is_only: Generated<boolean>; chain_id: bigint; escrow: string }
  blocks: { number: bigint; hash: string; parent_hash: string; timestamp: bigint; has_events: boolean }
  policies: Mirrored & { policy_id: bigint; policy: Json<Record<string, unknown>> }
  circuits: Mirrored & {
    circuit_id: string
    key_hash: string
    verifier: string
    verifier_codehash: string
    traces: number
    contributors: number
  }
  circuit_retirements: Mirrored & { circuit_id: string }
  models: Mirrored & { model_id: bigint; owner: string; operator: string }
  operator_changes: Mirrored & { model_id: bigint; new_operator: string }
  sealer_approvals: Mirrored & { operator: string; sealer: string; is_approved: boolean }
  model_versions: Mirrored & { model_id: bigint; model_version: bigint; weights_commitment: bigint; circuit_id: string }
  influence_indexes: Mirrored & {
    model_id: bigint
    index_version: bigint
    model_version: bigint
    index_commitment: bigint
    contributors: Json<string[]>
  }
  epochs: Mirrored & {
    model_id: bigint
    epoch_id: bigint
    model_version: bigint
    index_version: bigint
    circuit_id: string
    policy_id: bigint
    ends_at: bigint
  }
  epoch_closures: Mirrored & {
    model_id: bigint
    epoch_id: bigint
    pools_wei: bigint
    paid_wei: bigint
    treasury_wei: bigint
  }
  contributor_nettings: Mirrored & {
    model_id: bigint
    epoch_id: bigint
    contributor: string
    slot: number
    opening_wei: bigint
    booked_wei: bigint
    paid_wei: bigint
    carried_wei: bigint
  }
  requests: Mirrored & {
    request_id: bigint
    model_id: bigint
    epoch_id: bigint
    payer: string
    fee_wei: bigint
    pool_wei: bigint
    request_hash: string
    seal_deadline: bigint
  }
  refunds: Mirrored & { request_id: bigint; payer: string; fee_wei: bigint }
  batches: Mirrored & {
    batch_id: bigint
    model_id: bigint
    epoch_id: bigint
    batch_hash: string
    settle_deadline: bigint
  }
  batch_requests: Mirrored & {
    batch_id: bigint
    position: number
    request_id: bigint
    pool_wei: bigint
    input_commitment: bigint
    output_commitment: bigint
  }
  settlements: Mirrored & { batch_id: bigint; model_id: bigint; prover: string; digest: bigint }
  batch_bookings: Mirrored & {
    batch_id: bigint
    model_id: bigint
    epoch_id: bigint
    fees_wei: bigint
    pools_wei: bigint
    model_owner_wei: bigint
    stakers_wei: bigint
    prover_wei: bigint
    treasury_wei: bigint
    /** Decimal strings, by slot. */
    earnings_wei: Json<string[]>
  }
  withdrawals: Mirrored & { account: string; amount_wei: bigint }

  model_artifacts: {
    model_id: bigint
    index_version: bigint
    model_version: bigint
    shape: string
    head: Json<number[][]>
    influence_index: Json<{ vectors: number[][][]; scales: number[] }>
    /** A `Lineage`, as whoever handed the model in told it. */
    lineage: ColumnType<unknown, string | null | undefined, string | null>
    stored_at: Instant
  }
  traces: {
    /** The EIP-712 digest that the operator signed. */
    trace_id: string
    request_id: bigint
    model_id: bigint
    operator: string
    input_commitment: bigint
    output_commitment: bigint
    nonce: bigint
    deadline: bigint
    signature: string
    file_hash: string
    accepted_at: Instant
    cancelled_at: ColumnType<Date | null, undefined, Date | string>
  }
  /** Private: features and salts. Never logged, never part of a view. */
  trace_witnesses: {
    trace_id: string
    features: Json<number[]>
    label: number
    input_salt: bigint
    output_salt: bigint
  }
  proof_jobs: {
    batch_hash: string
    batch_id: bigint
    state: ProofJobState
    attempts: Generated<number>
    stage: string | null
    /** How much of the expected time has passed, 0 .. 1. */
    fraction: number | null
    expected_seconds: number | null
    worker: string | null
    deadline_at: ColumnType<Date, Date | string, Date | string>
    reason_code: string | null
    reason: string | null
    updated_at: Instant
  }
  proofs: {
    context: bigint
    batch_hash: string
    /** JSON of a SettlementClaim. */
    claim: Json<unknown>
    /** JSON of a Groth16Proof. */
    proof: Json<unknown>
    worker: string
    witness_seconds: number
    prove_seconds: number
    proved_at: Instant
  }
  transactions: {
    transaction_id: Generated<bigint>
    kind: TransactionKind
    /** What it does: the batch hash of a seal, the context of a settlement (decimal). */
    subject: string
    sender: string
    recipient: string
    data: string
    gas_limit: bigint | null
    nonce: bigint | null
    state: TransactionState
    reason_code: string | null
    reason: string | null
    mined_hash: string | null
    mined_block_number: bigint | null
    mined_block_hash: string | null
    gas_used: bigint | null
    created_at: Instant
    updated_at: Instant
  }
  /** Every signed form of a transaction; a fee bump adds one. */
  transaction_attempts: {
    hash: string
    transaction_id: bigint
    raw: string
    max_fee_per_gas: bigint
    max_priority_fee_per_gas: bigint
    /** The newest block when it was signed: only a later one can have left it out. */
    signed_at_block: bigint
    created_at: Instant
  }
  transaction_traces: { transaction_id: bigint; trace_id: string; position: number }
  events: {
    event_id: Generated<bigint>
    /** The transaction that wrote it: events are in the order of their writers (readEvents.ts). */
    writer: Generated<string>
    at: Instant
    kind: string
    trace_id: string | null
    batch_id: bigint | null
    data: Json<Record<string, unknown>>
  }

  /** View: the operator that speaks for a model now. */
  current_operators: { model_id: bigint; owner: string; operator: string }
  /** View: every axis of a trace's status. */
  trace_statuses: {
    trace_id: string
    request_id: bigint
    model_id: bigint
    operator: string
    input_commitment: bigint
    output_commitment: bigint
    nonce: bigint
    accepted_at: Date
    cancelled_at: Date | null
    epoch_id: bigint | null
    pool_wei: bigint | null
    fee_wei: bigint | null
    seal_deadline: bigint | null
    batch_id: bigint | null
    batch_hash: string | null
    settle_deadline: bigint | null
    position: number | null
    trace_state: 'accepted' | 'cancelled'
    request_state: RequestState
    job_state: ProofJobState | null
    stage: string | null
    fraction: number | null
    reason_code: string | null
    reason: string | null
    has_proof: boolean
    transaction_kind: TransactionKind | null
    transaction_state: TransactionState | null
    transaction_reason_code: string | null
    mined_hash: string | null
    settlement_hash: string | null
    summary: TraceSummary
  }
}
