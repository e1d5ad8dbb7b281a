import { type Kysely, sql } from 'kysely'
import type { EpochView } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'

type Row = {
  model_version: bigint
  index_version: bigint
  circuit_id: string
  policy_id: bigint
  ends_at: bigint
  contributors: string[]
  sealed: bigint
  paid: bigint
  settled: bigint
  refunded: bigint
  pools_wei: bigint
}

/** One epoch of a model: what it pins, what it holds, and how it was netted once it is closed. */
export async function readEpoch(
  kysely: Kysely<Tables>,
  modelId: bigint,
  epochId: bigint,
): Promise<EpochView | undefined> {
  const { rows } = await sql<Row>`
    select e.model_version, e.index_version, e.circuit_id, e.policy_id, e.ends_at, i.contributors,
      count(*) filter (where r.request_id is not null and f.request_id is null and br.batch_id is null) as paid,
      count(*) filter (where f.request_id is null and br.batch_id is not null and s.batch_id is null) as sealed,
      count(*) filter (where s.batch_id is not null) as settled,
      count(*) filter (where f.request_id is not null) as refunded,
      coalesce(sum(r.pool_wei) filter (where s.batch_id is not null), 0) as pools_wei
    from epochs e
    join influence_indexes i on i.model_id = e.model_id and i.index_version = e.index_version
    left join requests r on r.model_id = e.model_id and r.epoch_id = e.epoch_id
    left join refunds f on f.request_id = r.request_id
    left join batch_requests br on br.request_id = r.request_id
    left join settlements s on s.batch_id = br.batch_id
    where e.model_id = ${modelId} and e.epoch_id = ${epochId}
    group by e.model_id, e.epoch_id, i.model_id, i.index_version`.execute(kysely)
  const row = rows[0]
  if (row === undefined) return undefined
  const booked = await readBooked(kysely, modelId, epochId)
  return {
    modelId: `${modelId}`,
    epochId: `${epochId}`,
    modelVersion: `${row.model_version}`,
    indexVersion: `${row.index_version}`,
    circuitId: row.circuit_id,
    policyId: `${row.policy_id}`,
    endsAt: `${row.ends_at}`,
    requests: {
      paid: Number(row.paid),
      sealed: Number(row.sealed),
      settled: Number(row.settled),
      refunded: Number(row.refunded),
    },
    poolsWei: `${row.pools_wei}`,
    contributors: row.contributors.map((contributor, slot) => ({
      slot,
      contributor,
      bookedWei: `${booked.get(slot) ?? 0n}`,
    })),
    closure: await readClosure(kysely, modelId, epochId),
  }
}

/** What settled batches have booked, by slot. */
async function readBooked(kysely: Kysely<Tables>, modelId: bigint, epochId: bigint): Promise<Map<number, bigint>> {
  const { rows } = await sql<{ slot: bigint; booked: bigint }>`
    select earning.place - 1 as slot, sum(earning.wei::numeric) as booked
    from batch_bookings b cross join lateral jsonb_array_elements_text(b.earnings_wei) with ordinality as earning(wei, place)
    where b.model_id = ${modelId} and b.epoch_id = ${epochId} group by earning.place`.execute(kysely)
  return new Map(rows.map(({ slot, booked }) => [Number(slot), booked]))
}

async function readClosure(kysely: Kysely<Tables>, modelId: bigint, epochId: bigint): Promise<EpochView['closure']> {
  const closure = await kysely
    .selectFrom('epoch_closures')
    .select(['pools_wei', 'paid_wei', 'treasury_wei'])
    .where('model_id', '=', modelId)
    .where('epoch_id', '=', epochId)
    .executeTakeFirst()
  if (closure === undefined) return null
  const nettings = await kysely
    .selectFrom('contributor_nettings')
    .select(['slot', 'contributor', 'opening_wei', 'booked_wei', 'paid_wei', 'carried_wei'])
    .where('model_id', '=', modelId)
    .where('epoch_id', '=', epochId)
    .orderBy('slot')
    .execute()
  return {
    poolsWei: `${closure.pools_wei}`,
    paidWei: `${closure.paid_wei}`,
    treasuryWei: `${closure.treasury_wei}`,
    contributors: nettings.map((netting) => ({
      slot: netting.slot,
      contributor: netting.contributor,
      openingWei: `${netting.opening_wei}`,
      bookedWei: `${netting.booked_wei}`,
      paidWei: `${netting.paid_wei}`,
      carriedWei: `${netting.carried_wei}`,
    })),
  }
}
