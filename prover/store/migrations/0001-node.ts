import { type Kysely, sql } from 'kysely'

/*
 * Two kinds of tables.
 *
 * The mirror of the chain: append-only, one row an event, each belonging to a block. What a reorganisation takes back disappears with its block
 * (`on delete cascade`), so no row of the mirror is ever updated, and state is derived by joining.
 *
 * The node's own: traces, proofs, jobs, transactions. They refer to the chain by values (request id, batch hash, context) and not by foreign
 * keys, because they outlive a reorganisation.
 *
 * Ids and wei are numeric(78), which holds a uint256. Instants of the chain are unix seconds, instants of the node timestamptz.
 */

const MIRRORED = sql`
  block_number bigint not null references blocks (number) on delete cascade,
  log_index integer not null,
  transaction_hash text not null`

/** Mirror tables whose key does not begin with the block. Without an index of it, each block that goes would have them read to their ends. */
const MIRRORED_BY_ID = [
  'policies',
  'circuits',
  'circuit_retirements',
  'models',
  'model_versions',
  'influence_indexes',
  'epochs',
  'epoch_closures',
  'contributor_nettings',
  'requests',
  'refunds',
  'batches',
  'batch_requests',
  'settlements',
  'batch_bookings',
]

export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    // Which contracts the mirror is of; one row.
    sql`create table mirrored_deployment (
      is_only boolean primary key default true check (is_only),
      chain_id bigint not null,
      escrow text not null)`,
    sql`create table blocks (
      number bigint primary key,
      hash text not null,
      parent_hash text not null,
      timestamp bigint not null,
      has_events boolean not null)`,
    sql`create table policies (
      policy_id numeric(78) primary key,
      policy jsonb not null,
      ${MIRRORED})`,
    sql`create table circuits (
      circuit_id text primary key,
      key_hash text not null,
      verifier text not null,
      verifier_codehash text not null,
      traces integer not null,
      contributors integer not null,
      ${MIRRORED})`,
    sql`create table circuit_retirements (
      circuit_id text primary key,
      ${MIRRORED})`,
    sql`create table models (
      model_id numeric(78) primary key,
      owner text not null,
      operator text not null,
      ${MIRRORED})`,
    sql`create table operator_changes (
      model_id numeric(78) not null,
      new_operator text not null,
      ${MIRRORED},
      primary key (block_number, log_index))`,
    sql`create table sealer_approvals (
      operator text not null,
      sealer text not null,
      is_approved boolean not null,
      ${MIRRORED},
      primary key (block_number, log_index))`,
    sql`create table model_versions (
      model_id numeric(78) not null,
      model_version numeric(78) not null,
      weights_commitment numeric(78) not null,
      circuit_id text not null,
      ${MIRRORED},
      primary key (model_id, model_version))`,
    sql`create table influence_indexes (
      model_id numeric(78) not null,
      index_version numeric(78) not null,
      model_version numeric(78) not null,
      index_commitment numeric(78) not null,
      contributors jsonb not null,
      ${MIRRORED},
      primary key (model_id, index_version))`,
    sql`create table epochs (
      model_id numeric(78) not null,
      epoch_id numeric(78) not null,
      model_version numeric(78) not null,
      index_version numeric(78) not null,
      circuit_id text not null,
      policy_id numeric(78) not null,
      ends_at bigint not null,
      ${MIRRORED},
      primary key (model_id, epoch_id))`,
    sql`create table epoch_closures (
      model_id numeric(78) not null,
      epoch_id numeric(78) not null,
      pools_wei numeric(78) not null,
      paid_wei numeric(78) not null,
      treasury_wei numeric(78) not null,
      ${MIRRORED},
      primary key (model_id, epoch_id))`,
    sql`create table contributor_nettings (
      model_id numeric(78) not null,
      epoch_id numeric(78) not null,
      contributor text not null,
      slot integer not null,
      opening_wei numeric(78) not null,
      booked_wei numeric(78) not null,
      paid_wei numeric(78) not null,
      carried_wei numeric(78) not null,
      ${MIRRORED},
      primary key (model_id, epoch_id, slot))`,
    sql`create index contributor_nettings_contributor on contributor_nettings (contributor)`,
    sql`create table requests (
      request_id numeric(78) primary key,
      model_id numeric(78) not null,
      epoch_id numeric(78) not null,
      payer text not null,
      fee_wei numeric(78) not null,
      pool_wei numeric(78) not null,
      request_hash text not null,
      seal_deadline bigint not null,
      ${MIRRORED})`,
    sql`create index requests_epoch on requests (model_id, epoch_id)`,
    // What is past its deadline is never looked at again.
    sql`create index requests_seal_deadline on requests (seal_deadline)`,
    sql`create table refunds (
      request_id numeric(78) primary key,
      payer text not null,
      fee_wei numeric(78) not null,
      ${MIRRORED})`,
    sql`create table batches (
      batch_id numeric(78) primary key,
      model_id numeric(78) not null,
      epoch_id numeric(78) not null,
      batch_hash text not null unique,
      settle_deadline bigint not null,
      ${MIRRORED})`,
    sql`create index batches_epoch on batches (model_id, epoch_id)`,
    sql`create index batches_settle_deadline on batches (settle_deadline)`,
    sql`create table batch_requests (
      batch_id numeric(78) not null,
      position integer not null,
      request_id numeric(78) not null unique,
      pool_wei numeric(78) not null,
      input_commitment numeric(78) not null,
      output_commitment numeric(78) not null,
      ${MIRRORED},
      primary key (batch_id, position))`,
    sql`create table settlements (
      batch_id numeric(78) primary key,
      model_id numeric(78) not null,
      prover text not null,
      digest numeric(78) not null,
      ${MIRRORED})`,
    sql`create table batch_bookings (
      batch_id numeric(78) primary key,
      model_id numeric(78) not null,
      epoch_id numeric(78) not null,
      fees_wei numeric(78) not null,
      pools_wei numeric(78) not null,
      model_owner_wei numeric(78) not null,
      stakers_wei numeric(78) not null,
      prover_wei numeric(78) not null,
      treasury_wei numeric(78) not null,
      earnings_wei jsonb not null,
      ${MIRRORED})`,
    sql`create table withdrawals (
      account text not null,
      amount_wei numeric(78) not null,
      ${MIRRORED},
      primary key (block_number, log_index))`,

    sql`create table model_artifacts (
      model_id numeric(78) not null,
      index_version numeric(78) not null,
      model_version numeric(78) not null,
      shape text not null,
      head jsonb not null,
      influence_index jsonb not null,
      stored_at timestamptz not null default now(),
      primary key (model_id, index_version))`,
    sql`create table traces (
      trace_id text primary key,
      request_id numeric(78) not null,
      model_id numeric(78) not null,
      operator text not null,
      input_commitment numeric(78) not null,
      output_commitment numeric(78) not null,
      nonce numeric(78) not null,
      deadline numeric(78) not null,
      signature text not null,
      file_hash text not null,
      accepted_at timestamptz not null default now(),
      cancelled_at timestamptz)`,
    // An operator replaces a trace by cancelling it or by a higher nonce; only one stands.
    sql`create unique index traces_live_request on traces (request_id) where cancelled_at is null`,
    sql`create index traces_request on traces (request_id)`,
    sql`create index traces_model on traces (model_id, accepted_at)`,
    sql`create index traces_accepted on traces (accepted_at, trace_id)`,
    // Apart from traces, so that no query reads private data unless it means to.
    sql`create table trace_witnesses (
      trace_id text primary key references traces (trace_id) on delete cascade,
      features jsonb not null,
      label integer not null,
      input_salt numeric(78) not null,
      output_salt numeric(78) not null)`,
    sql`create table proof_jobs (
      batch_hash text primary key,
      batch_id numeric(78) not null,
      state text not null check (state in ('queued', 'active', 'done', 'dead')),
      attempts integer not null default 0,
      stage text,
      fraction double precision,
      expected_seconds double precision,
      worker text,
      deadline_at timestamptz not null,
      reason_code text,
      reason text,
      updated_at timestamptz not null default now())`,
    sql`create index proof_jobs_open on proof_jobs (state) where state <> 'done'`,
    // The context names chain, contract, batch and prover: a proof for it is good for ever, also after a reorganisation that brings it back.
    sql`create table proofs (
      context numeric(78) primary key,
      batch_hash text not null,
      claim jsonb not null,
      proof jsonb not null,
      worker text not null,
      witness_seconds double precision not null,
      prove_seconds double precision not null,
      proved_at timestamptz not null default now())`,
    sql`create index proofs_batch on proofs (batch_hash)`,
    sql`create index proofs_proved_at on proofs (proved_at)`,
    sql`create table transactions (
      transaction_id bigserial primary key,
      kind text not null check (kind in ('seal', 'settle')),
      subject text not null,
      sender text not null,
      recipient text not null,
      data text not null,
      gas_limit numeric(78),
      nonce numeric(78),
      state text not null check (state in ('intended', 'broadcast', 'mined', 'final', 'refused', 'lost')),
      reason_code text,
      reason text,
      mined_hash text,
      mined_block_number bigint,
      mined_block_hash text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now())`,
    // At most one live transaction for each thing to be done, and for each nonce.
    sql`create unique index transactions_live_subject on transactions (kind, subject)
      where state in ('intended', 'broadcast', 'mined', 'final')`,
    sql`create index transactions_subject on transactions (kind, subject)`,
    sql`create unique index transactions_live_nonce on transactions (sender, nonce)
      where state in ('broadcast', 'mined', 'final')`,
    sql`create index transactions_unsettled on transactions (sender) where state in ('intended', 'broadcast', 'mined')`,
    sql`create table transaction_attempts (
      hash text primary key,
      transaction_id bigint not null references transactions (transaction_id) on delete cascade,
      raw text not null,
      max_fee_per_gas numeric(78) not null,
      max_priority_fee_per_gas numeric(78) not null,
      signed_at_block bigint not null,
      created_at timestamptz not null default now())`,
    sql`create index transaction_attempts_transaction on transaction_attempts (transaction_id)`,
    // Which traces a seal is to take: until it has ended, no other may.
    sql`create table transaction_traces (
      transaction_id bigint not null references transactions (transaction_id) on delete cascade,
      trace_id text not null references traces (trace_id),
      position integer not null,
      primary key (transaction_id, position))`,
    sql`create index transaction_traces_trace on transaction_traces (trace_id)`,
    // What changed, for whoever listens. Readers go by (writer, event_id) below the oldest running writer: ids alone do not commit in order.
    sql`create table events (
      event_id bigserial primary key,
      writer xid8 not null default pg_current_xact_id(),
      at timestamptz not null default now(),
      kind text not null,
      trace_id text,
      batch_id numeric(78),
      data jsonb not null default '{}')`,
    sql`create index events_order on events (writer, event_id)`,
    sql`create index events_trace on events (trace_id) where trace_id is not null`,
    sql`create index events_batch on events (batch_id) where batch_id is not null`,

    sql`create view current_operators as
      select m.model_id, m.owner, coalesce(
        (select c.new_operator from operator_changes c where c.model_id = m.model_id
          order by c.block_number desc, c.log_index desc limit 1), m.operator) as operator
      from models m`,
    // Each axis on its own, and one word that sums them up.
    sql`create view trace_statuses as
      select t.trace_id, t.request_id, t.model_id, t.operator, t.input_commitment, t.output_commitment, t.nonce, t.accepted_at, t.cancelled_at,
        r.epoch_id, r.pool_wei, r.fee_wei, r.seal_deadline,
        b.batch_id, b.batch_hash, b.settle_deadline, br.position,
        case when t.cancelled_at is null then 'accepted' else 'cancelled' end as trace_state,
        case when r.request_id is null then 'unknown'
          when f.request_id is not null then 'refunded'
          when s.batch_id is not null then 'settled'
          when b.batch_id is not null then 'sealed' else 'paid' end as request_state,
        j.state as job_state, j.stage, j.fraction, j.reason_code, j.reason,
        exists (select from proofs p where p.batch_hash = b.batch_hash) as has_proof,
        tx.kind as transaction_kind, tx.state as transaction_state, tx.reason_code as transaction_reason_code, tx.mined_hash,
        s.transaction_hash as settlement_hash,
        case when t.cancelled_at is not null then 'cancelled'
          when s.batch_id is not null then 'settled'
          when f.request_id is not null then 'refunded'
          when b.batch_id is null and r.seal_deadline < now.timestamp then 'expired'
          when b.batch_id is not null and b.settle_deadline < now.timestamp then 'expired'
          when b.batch_id is not null and (br.input_commitment <> t.input_commitment or br.output_commitment <> t.output_commitment) then 'mismatched'
          when b.batch_id is not null and exists (select from proofs p where p.batch_hash = b.batch_hash) then 'settling'
          when j.state = 'dead' then 'failed'
          when j.state = 'active' then 'proving'
          when b.batch_id is not null then 'sealed'
          when tx.state in ('intended', 'broadcast', 'mined') then 'sealing'
          else 'accepted' end as summary
      from traces t
      cross join (select coalesce((select timestamp from blocks order by number desc limit 1), 0) as timestamp) now
      left join requests r on r.request_id = t.request_id
      left join refunds f on f.request_id = t.request_id
      left join batch_requests br on br.request_id = t.request_id
      left join batches b on b.batch_id = br.batch_id
      left join settlements s on s.batch_id = b.batch_id
      left join proof_jobs j on j.batch_hash = b.batch_hash
      left join lateral (
        select x.kind, x.state, x.reason_code, x.mined_hash from (
          select x.* from proofs p join transactions x on x.kind = 'settle' and x.subject = p.context::text
            where p.batch_hash = b.batch_hash
          union all
          select x.* from transaction_traces tt join transactions x on x.transaction_id = tt.transaction_id
            where tt.trace_id = t.trace_id) x
        order by x.transaction_id desc limit 1) tx on true`,
  ]
  for (const statement of statements) await statement.execute(db)
  for (const table of MIRRORED_BY_ID) {
    await sql`create index ${sql.id(`${table}_block`)} on ${sql.table(table)} (block_number)`.execute(db)
  }
}
