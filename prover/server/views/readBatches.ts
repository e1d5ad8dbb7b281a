import { type Kysely, sql } from 'kysely'
import type { BatchView, Page, TransactionView } from '../../../src/api/views.ts'
import type { ProofJobState, Tables, TransactionKind, TransactionState } from '../../store/tables.ts'
import type { Disclosures } from '../Disclosures.ts'
import { toJobView } from './toJobView.ts'
import { toPlaceView } from './toPlaceView.ts'

export type BatchFilter = { readonly modelId?: bigint | undefined; readonly epochId?: bigint | undefined }

/** The newest batches first, from the one behind `after` on. */
export async function readBatches(
  kysely: Kysely<Tables>,
  disclosures: Pick<Disclosures, 'has'>,
  { modelId, epochId, after, limit }: BatchFilter & { readonly after?: bigint | undefined; readonly limit: number },
): Promise<Page<BatchView>> {
  let query = kysely
    .selectFrom('batches')
    .select('batch_id')
    .orderBy('batch_id', 'desc')
    .limit(limit + 1)
  if (modelId !== undefined) query = query.where('model_id', '=', modelId)
  if (epochId !== undefined) query = query.where('epoch_id', '=', epochId)
  if (after !== undefined) query = query.where('batch_id', '<', after)
  const ids = (await query.execute()).map(({ batch_id }) => batch_id)
  const items = await readBatchViews(kysely, disclosures, ids.slice(0, limit))
  return { items, next: ids.length > limit ? items.at(-1)!.batchId : null }
}

export async function readBatch(
  kysely: Kysely<Tables>,
  disclosures: Pick<Disclosures, 'has'>,
  batchId: bigint,
): Promise<BatchView | undefined> {
  return (await readBatchViews(kysely, disclosures, [batchId]))[0]
}

type Row = {
  batch_id: bigint
  batch_hash: string
  model_id: bigint
  epoch_id: bigint
  settle_deadline: bigint
  is_expired: boolean
  sealing_hash: string
  sealing_block: bigint
  sealed_at: bigint
  contributors: string[]
  index_commitment: bigint
  weights_commitment: bigint
  job_state: ProofJobState | null
  attempts: number
  stage: string | null
  fraction: number | null
  expected_seconds: number | null
  deadline_at: Date
  reason_code: string | null
  reason: string | null
  context: bigint | null
  proved_at: Date
  witness_seconds: number
  prove_seconds: number
  settlement_hash: string | null
  settlement_block: bigint
  settled_at: bigint
  gas_used: bigint | null
  prover: string
  digest: bigint
  fees_wei: bigint | null
  pools_wei: bigint
  model_owner_wei: bigint
  stakers_wei: bigint
  prover_wei: bigint
  treasury_wei: bigint
  earnings_wei: string[]
  transaction_kind: TransactionKind | null
  transaction_state: TransactionState
  transaction_hash: string | null
  transaction_reason_code: string | null
}

/** `offset 0` keeps the planner, which knows nothing of the rows, from reading all batches of a model for each of its epochs. */
async function readBatchViews(
  kysely: Kysely<Tables>,
  disclosures: Pick<Disclosures, 'has'>,
  batchIds: readonly bigint[],
): Promise<BatchView[]> {
  if (batchIds.length === 0) return []
  const { rows } = await sql<Row>`
    select b.batch_id, b.batch_hash, b.model_id, b.epoch_id, b.settle_deadline,
      b.settle_deadline < (select timestamp from blocks order by number desc limit 1) as is_expired,
      b.transaction_hash as sealing_hash, b.block_number as sealing_block, bb.timestamp as sealed_at,
      i.contributors, i.index_commitment, v.weights_commitment,
      j.state as job_state, j.attempts, j.stage, j.fraction, j.expected_seconds, j.deadline_at, j.reason_code, j.reason,
      p.context, p.proved_at, p.witness_seconds, p.prove_seconds,
      s.transaction_hash as settlement_hash, s.block_number as settlement_block, s.prover, s.digest,
      sb.timestamp as settled_at, case when x.mined_hash = s.transaction_hash then x.gas_used end as gas_used,
      k.fees_wei, k.pools_wei, k.model_owner_wei, k.stakers_wei, k.prover_wei, k.treasury_wei, k.earnings_wei,
      x.kind as transaction_kind, x.state as transaction_state, x.mined_hash as transaction_hash,
      x.reason_code as transaction_reason_code
    from (select * from batches where batch_id in (${sql.join(batchIds)}) offset 0) b
    join blocks bb on bb.number = b.block_number
    join epochs e on e.model_id = b.model_id and e.epoch_id = b.epoch_id
    join influence_indexes i on i.model_id = e.model_id and i.index_version = e.index_version
    join model_versions v on v.model_id = e.model_id and v.model_version = e.model_version
    left join proof_jobs j on j.batch_hash = b.batch_hash
    left join settlements s on s.batch_id = b.batch_id
    left join blocks sb on sb.number = s.block_number
    left join batch_bookings k on k.batch_id = b.batch_id
    left join lateral (
      select * from proofs where batch_hash = b.batch_hash order by proved_at desc limit 1) p on true
    left join lateral (
      select * from transactions where kind = 'settle' and subject = p.context::text
        or kind = 'seal' and subject = b.batch_hash
      order by transaction_id desc limit 1) x on true
    order by b.batch_id desc`.execute(kysely)
  const requests = await kysely
    .selectFrom('batch_requests as br')
    .leftJoin('traces as t', (join) =>
      join
        .onRef('t.request_id', '=', 'br.request_id')
        .on('t.cancelled_at', 'is', null)
        .onRef('t.input_commitment', '=', 'br.input_commitment')
        .onRef('t.output_commitment', '=', 'br.output_commitment'),
    )
    .select([
      'br.batch_id',
      'br.request_id',
      'br.pool_wei',
      'br.input_commitment',
      'br.output_commitment',
      't.trace_id',
    ])
    .where('br.batch_id', 'in', batchIds)
    .orderBy('br.batch_id')
    .orderBy('br.position')
    .execute()
  return rows.map((row) => ({
    batchId: `${row.batch_id}`,
    batchHash: row.batch_hash,
    modelId: `${row.model_id}`,
    epochId: `${row.epoch_id}`,
    settleDeadline: `${row.settle_deadline}`,
    state: row.settlement_hash !== null ? 'settled' : row.is_expired ? 'expired' : 'sealed',
    requests: requests
      .filter(({ batch_id }) => batch_id === row.batch_id)
      .map((request) => ({
        requestId: `${request.request_id}`,
        poolWei: `${request.pool_wei}`,
        inputCommitment: `${request.input_commitment}`,
        outputCommitment: `${request.output_commitment}`,
        traceId: request.trace_id,
      })),
    job: row.job_state === null ? null : toJobView({ ...row, state: row.job_state }),
    proof:
      row.context === null
        ? null
        : {
            context: `${row.context}`,
            provedAt: row.proved_at.toISOString(),
            witnessSeconds: row.witness_seconds,
            proveSeconds: row.prove_seconds,
          },
    sealing: toPlaceView({
      transaction_hash: row.sealing_hash,
      block_number: row.sealing_block,
      timestamp: row.sealed_at,
    }),
    settlement:
      row.settlement_hash === null
        ? null
        : {
            ...toPlaceView({
              transaction_hash: row.settlement_hash,
              block_number: row.settlement_block,
              timestamp: row.settled_at,
            }),
            prover: row.prover,
            digest: `${row.digest}`,
            gasUsed: row.gas_used?.toString() ?? null,
          },
    booking: toBooking(row),
    isDisclosed: disclosures.has({
      batchHash: row.batch_hash,
      weightsCommitment: row.weights_commitment,
      indexCommitment: row.index_commitment,
    }),
    transaction: toTransactionView(row),
  }))
}

function toBooking(row: Row): BatchView['booking'] {
  if (row.fees_wei === null) return null
  return {
    feesWei: `${row.fees_wei}`,
    poolsWei: `${row.pools_wei}`,
    modelOwnerWei: `${row.model_owner_wei}`,
    stakersWei: `${row.stakers_wei}`,
    proverWei: `${row.prover_wei}`,
    treasuryWei: `${row.treasury_wei}`,
    earnings: row.earnings_wei.map((earningWei, slot) => ({
      slot,
      contributor: row.contributors[slot] ?? null,
      earningWei,
    })),
  }
}

function toTransactionView(row: Row): TransactionView | null {
  if (row.transaction_kind === null) return null
  const { transaction_kind: kind, transaction_state: state, transaction_hash: hash } = row
  return { kind, state, hash, reasonCode: row.transaction_reason_code }
}
