import { type Kysely, sql } from 'kysely'
import type { Address } from 'viem'
import type { EarningsView } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'

/** Closed epochs that one answer lists: the newest. */
export const LARGEST_NETTED_LIST = 1000

/**
 * What the mirror knows of an account's earnings: closed epochs, the newest first, and what open ones have booked so far.
 * @param claimableWei as the ledger has it
 */
export async function readEarnings(
  kysely: Kysely<Tables>,
  account: Address,
  claimableWei: bigint,
): Promise<EarningsView> {
  const { rows: totals } = await sql<{ withdrawn: bigint }>`
    select coalesce(sum(amount_wei), 0) as withdrawn from withdrawals where account = ${account}`.execute(kysely)
  const netted = await kysely
    .selectFrom('contributor_nettings')
    .select(['model_id', 'epoch_id', 'slot', 'opening_wei', 'booked_wei', 'paid_wei', 'carried_wei'])
    .where('contributor', '=', account)
    .orderBy('block_number', 'desc')
    .orderBy('log_index', 'desc')
    .limit(LARGEST_NETTED_LIST)
    .execute()
  const { rows: booked } = await sql<{ model_id: bigint; epoch_id: bigint; slot: bigint; booked: bigint }>`
    select e.model_id, e.epoch_id, c.place - 1 as slot, coalesce(sum((b.earnings_wei ->> (c.place - 1)::int)::numeric), 0) as booked
    from influence_indexes i
    cross join lateral jsonb_array_elements_text(i.contributors) with ordinality as c(address, place)
    join epochs e on e.model_id = i.model_id and e.index_version = i.index_version
    left join epoch_closures ec on ec.model_id = e.model_id and ec.epoch_id = e.epoch_id
    left join batch_bookings b on b.model_id = e.model_id and b.epoch_id = e.epoch_id
    where i.contributors @> to_jsonb(${account}::text) and c.address = ${account} and ec.epoch_id is null
    group by e.model_id, e.epoch_id, c.place order by e.model_id, e.epoch_id`.execute(kysely)
  return {
    account,
    claimableWei: `${claimableWei}`,
    withdrawnWei: `${totals[0]!.withdrawn}`,
    netted: netted.map((row) => ({
      modelId: `${row.model_id}`,
      epochId: `${row.epoch_id}`,
      slot: row.slot,
      openingWei: `${row.opening_wei}`,
      bookedWei: `${row.booked_wei}`,
      paidWei: `${row.paid_wei}`,
      carriedWei: `${row.carried_wei}`,
    })),
    booked: booked.map((row) => ({
      modelId: `${row.model_id}`,
      epochId: `${row.epoch_id}`,
      slot: Number(row.slot),
      bookedWei: `${row.booked}`,
    })),
  }
}
