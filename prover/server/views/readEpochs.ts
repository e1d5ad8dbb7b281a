import { type Kysely, sql } from 'kysely'
import type { EpochView, Page } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'
import { toPlaceView } from './toPlaceView.ts'

/** One epoch among those of all models. */
export type EpochId = { readonly modelId: bigint; readonly epochId: bigint }

type Row = {
  model_id: bigint
  epoch_id: bigint
  model_version: bigint
  index_version: bigint
  circuit_id: string
  policy_id: bigint
  ends_at: bigint
  transaction_hash: string
  block_number: bigint
  timestamp: bigint
  contributors: string[]
  requests: bigint
  in_batches: bigint
  settled: bigint
  refunded: bigint
  refunded_in_batches: bigint
  batches: bigint
  fees_wei: bigint
  pools_wei: bigint
  model_owner_wei: bigint
  stakers_wei: bigint
  prover_wei: bigint
  treasury_wei: bigint
  /** By slot, decimal strings; shorter than `contributors` when nothing is booked. */
  booked: string[]
  closure: EpochView['closure']
}

/** The newest epochs first, whichever models they are of, from the one behind `after` on; none behind one that is not there. */
export async function readEpochs(
  kysely: Kysely<Tables>,
  {
    modelId,
    after,
    limit,
  }: { readonly modelId?: bigint | undefined; readonly after?: EpochId | undefined; readonly limit: number },
): Promise<Page<EpochView>> {
  let query = kysely
    .selectFrom('epochs')
    .select(['model_id', 'epoch_id'])
    .orderBy('block_number', 'desc')
    .orderBy('log_index', 'desc')
    .limit(limit + 1)
  if (modelId !== undefined) query = query.where('model_id', '=', modelId)
  if (after !== undefined)
    query = query.where(
      sql<boolean>`(block_number, log_index) < (select block_number, log_index from epochs
        where model_id = ${after.modelId} and epoch_id = ${after.epochId})`,
    )
  const ids = (await query.execute()).map(({ model_id, epoch_id }) => ({ modelId: model_id, epochId: epoch_id }))
  const items = await readEpochViews(kysely, ids.slice(0, limit))
  const last = items.at(-1)
  return { items, next: ids.length > limit && last ? `${last.modelId}-${last.epochId}` : null }
}

/** Whether this node has read of the epoch. */
export async function hasEpoch(kysely: Kysely<Tables>, { modelId, epochId }: EpochId): Promise<boolean> {
  const row = await kysely
    .selectFrom('epochs')
    .select('epoch_id')
    .where('model_id', '=', modelId)
    .where('epoch_id', '=', epochId)
    .executeTakeFirst()
  return row !== undefined
}

/** One epoch of a model: what it pins, what it holds, and how it was netted once it is closed. */
export async function readEpoch(kysely: Kysely<Tables>, id: EpochId): Promise<EpochView | undefined> {
  return (await readEpochViews(kysely, [id]))[0]
}

/** `offset 0` and `limit 1` keep the planner, which knows nothing of the rows, from reading all epochs for each of the page. */
async function readEpochViews(kysely: Kysely<Tables>, ids: readonly EpochId[]): Promise<EpochView[]> {
  if (ids.length === 0) return []
  const chosen = sql.join(ids.map(({ modelId, epochId }) => sql`(${modelId}, ${epochId})`))
  const { rows } = await sql<Row>`
    select e.model_id, e.epoch_id, e.model_version, e.index_version, e.circuit_id, e.policy_id, e.ends_at,
      e.transaction_hash, e.block_number, eb.timestamp, i.contributors, r.requests, b.in_batches, b.settled,
      coalesce(f.refunded, 0) as refunded, coalesce(f.refunded_in_batches, 0) as refunded_in_batches, k.*, s.booked, c.closure
    from epochs e
    join blocks eb on eb.number = e.block_number
    join influence_indexes i on i.model_id = e.model_id and i.index_version = e.index_version
    cross join lateral (
      select count(*) as requests from requests where model_id = e.model_id and epoch_id = e.epoch_id) r
    -- One look a batch: the last position of its requests.
    cross join lateral (
      select coalesce(sum(size), 0)::int8 as in_batches, coalesce(sum(size) filter (where is_settled), 0)::int8 as settled from (
        select (select max(position) + 1 from batch_requests where batch_id = b.batch_id) as size,
          exists (select from settlements where batch_id = b.batch_id) as is_settled
        from batches b where b.model_id = e.model_id and b.epoch_id = e.epoch_id offset 0) sizes) b
    left join (
      select r.model_id, r.epoch_id, count(*) as refunded, count(br.batch_id) as refunded_in_batches
      from refunds f join requests r on r.request_id = f.request_id
      left join batch_requests br on br.request_id = f.request_id
      where (r.model_id, r.epoch_id) in (${chosen})
      group by r.model_id, r.epoch_id) f on f.model_id = e.model_id and f.epoch_id = e.epoch_id
    cross join lateral (
      select count(*) as batches, coalesce(sum(fees_wei), 0) as fees_wei, coalesce(sum(pools_wei), 0) as pools_wei, coalesce(sum(model_owner_wei), 0) as model_owner_wei,
        coalesce(sum(stakers_wei), 0) as stakers_wei, coalesce(sum(prover_wei), 0) as prover_wei,
        coalesce(sum(treasury_wei), 0) as treasury_wei
      from batch_bookings where model_id = e.model_id and epoch_id = e.epoch_id) k
    cross join lateral (
      select coalesce(jsonb_agg(wei order by place), '[]') as booked from (
        select earning.place, sum(earning.wei::numeric)::text as wei
        from batch_bookings b cross join lateral jsonb_array_elements_text(b.earnings_wei) with ordinality as earning(wei, place)
        where b.model_id = e.model_id and b.epoch_id = e.epoch_id group by earning.place) slots) s
    left join lateral (
      select jsonb_build_object('transactionHash', ec.transaction_hash, 'blockNumber', ec.block_number::text,
        'timestamp', cb.timestamp::text, 'poolsWei', ec.pools_wei::text, 'paidWei', ec.paid_wei::text,
        'treasuryWei', ec.treasury_wei::text, 'contributors', (
          select coalesce(jsonb_agg(jsonb_build_object('slot', n.slot, 'contributor', n.contributor,
            'openingWei', n.opening_wei::text, 'bookedWei', n.booked_wei::text, 'paidWei', n.paid_wei::text,
            'carriedWei', n.carried_wei::text) order by n.slot), '[]')
          from contributor_nettings n where n.model_id = ec.model_id and n.epoch_id = ec.epoch_id)) as closure
      from epoch_closures ec join blocks cb on cb.number = ec.block_number
      where ec.model_id = e.model_id and ec.epoch_id = e.epoch_id limit 1) c on true
    where (e.model_id, e.epoch_id) in (${chosen})
    order by e.block_number desc, e.log_index desc`.execute(kysely)
  return rows.map((row) => ({
    modelId: `${row.model_id}`,
    epochId: `${row.epoch_id}`,
    modelVersion: `${row.model_version}`,
    indexVersion: `${row.index_version}`,
    circuitId: row.circuit_id,
    policyId: `${row.policy_id}`,
    opening: toPlaceView(row),
    endsAt: `${row.ends_at}`,
    requests: {
      paid: Number(row.requests - row.in_batches - (row.refunded - row.refunded_in_batches)),
      sealed: Number(row.in_batches - row.settled - row.refunded_in_batches),
      settled: Number(row.settled),
      refunded: Number(row.refunded),
    },
    batches: Number(row.batches),
    feesWei: `${row.fees_wei}`,
    poolsWei: `${row.pools_wei}`,
    modelOwnerWei: `${row.model_owner_wei}`,
    stakersWei: `${row.stakers_wei}`,
    proverWei: `${row.prover_wei}`,
    treasuryWei: `${row.treasury_wei}`,
    contributors: row.contributors.map((contributor, slot) => ({
      slot,
      contributor,
      bookedWei: row.booked[slot] ?? '0',
    })),
    closure: row.closure,
  }))
}
