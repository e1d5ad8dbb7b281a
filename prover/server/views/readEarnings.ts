import { type Kysely, sql } from 'kysely'
import type { Address } from 'viem'
import type { ContributorView, EarningsView } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'
import { toPlaceView } from './toPlaceView.ts'

type BookedRow = { model_id: bigint; epoch_id: bigint; index_version: bigint; slot: bigint; booked: bigint }

/** Closed epochs that one answer lists: the newest. */
export const LARGEST_NETTED_LIST = 1000

/**
 * What the mirror knows of an account's earnings: closed epochs, the newest first, and what open ones have booked so far.
 * @param ranked the account among all contributors; undefined when it stands in no index
 * @param claimableWei as the ledger has it
 */
export async function readEarnings(
  kysely: Kysely<Tables>,
  account: Address,
  ranked: ContributorView | undefined,
  claimableWei: bigint,
): Promise<EarningsView> {
  const { rows: totals } = await sql<{ withdrawn: bigint }>`
    select coalesce(sum(amount_wei), 0) as withdrawn from withdrawals where account = ${account}`.execute(kysely)
  const netted = await kysely
    .selectFrom('contributor_nettings as n')
    .innerJoin('epochs as e', (join) =>
      join.onRef('e.model_id', '=', 'n.model_id').onRef('e.epoch_id', '=', 'n.epoch_id'),
    )
    .innerJoin('blocks as b', 'b.number', 'n.block_number')
    .select([
      'n.model_id',
      'n.epoch_id',
      'e.index_version',
      'n.slot',
      'n.opening_wei',
      'n.booked_wei',
      'n.paid_wei',
      'n.carried_wei',
    ])
    .select(['n.transaction_hash', 'n.block_number', 'b.timestamp'])
    .where('n.contributor', '=', account)
    .orderBy('n.block_number', 'desc')
    .orderBy('n.log_index', 'desc')
    .limit(LARGEST_NETTED_LIST)
    .execute()
  const { rows: booked } = await sql<BookedRow>`
    select e.model_id, e.epoch_id, e.index_version, c.place - 1 as slot, coalesce(sum((b.earnings_wei ->> (c.place - 1)::int)::numeric), 0) as booked
    from influence_indexes i
    cross join lateral jsonb_array_elements_text(i.contributors) with ordinality as c(address, place)
    join epochs e on e.model_id = i.model_id and e.index_version = i.index_version
    left join epoch_closures ec on ec.model_id = e.model_id and ec.epoch_id = e.epoch_id
    left join batch_bookings b on b.model_id = e.model_id and b.epoch_id = e.epoch_id
    where i.contributors @> to_jsonb(${account}::text) and c.address = ${account} and ec.epoch_id is null
    group by e.model_id, e.epoch_id, e.index_version, c.place order by e.model_id, e.epoch_id`.execute(kysely)
  return {
    account,
    rank: ranked?.rank ?? null,
    epochs: ranked?.epochs ?? 0,
    paidWei: ranked?.paidWei ?? '0',
    debtWei: ranked?.debtWei ?? '0',
    claimableWei: `${claimableWei}`,
    withdrawnWei: `${totals[0]!.withdrawn}`,
    netted: netted.map((row) => ({
      modelId: `${row.model_id}`,
      epochId: `${row.epoch_id}`,
      indexVersion: `${row.index_version}`,
      slot: row.slot,
      openingWei: `${row.opening_wei}`,
      bookedWei: `${row.booked_wei}`,
      paidWei: `${row.paid_wei}`,
      carriedWei: `${row.carried_wei}`,
      closing: toPlaceView(row),
    })),
    booked: booked.map((row) => ({
      modelId: `${row.model_id}`,
      epochId: `${row.epoch_id}`,
      indexVersion: `${row.index_version}`,
      slot: Number(row.slot),
      bookedWei: `${row.booked}`,
    })),
  }
}
