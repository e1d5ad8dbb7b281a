import { type Kysely, sql } from 'kysely'
import type { ContributorView } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'

type Row = {
  account: string
  paid: bigint
  booked: bigint
  debt: bigint
  epochs: bigint
  withdrawn: bigint
  models: ContributorView['models']
}

/** Every account that stands in an index, by what it has been paid. Looks at all epochs: see PerBlock. */
export async function readContributors(kysely: Kysely<Tables>): Promise<ContributorView[]> {
  const { rows } = await sql<Row>`
    with slots as (
      select i.model_id, i.index_version, c.account, (c.place - 1)::int as slot
      from influence_indexes i
      cross join lateral jsonb_array_elements_text(i.contributors) with ordinality as c(account, place)),
    netted as (
      select model_id, contributor as account, sum(paid_wei) as paid, count(*) as epochs
      from contributor_nettings group by model_id, contributor),
    debts as (
      select distinct on (model_id, contributor) model_id, contributor as account, carried_wei as debt
      from contributor_nettings order by model_id, contributor, epoch_id desc),
    booked as (
      select s.model_id, s.account, sum((b.earnings_wei ->> s.slot)::numeric) as booked
      from epochs e
      join slots s on s.model_id = e.model_id and s.index_version = e.index_version
      join batch_bookings b on b.model_id = e.model_id and b.epoch_id = e.epoch_id
      where not exists (select from epoch_closures ec where ec.model_id = e.model_id and ec.epoch_id = e.epoch_id)
      group by s.model_id, s.account),
    withdrawn as (select account, sum(amount_wei) as withdrawn from withdrawals group by account),
    members as (
      select m.model_id, m.account, coalesce(n.paid, 0) as paid, coalesce(n.epochs, 0) as epochs,
        coalesce(d.debt, 0) as debt, coalesce(b.booked, 0) as booked
      from (select distinct model_id, account from slots) m
      left join netted n on n.model_id = m.model_id and n.account = m.account
      left join debts d on d.model_id = m.model_id and d.account = m.account
      left join booked b on b.model_id = m.model_id and b.account = m.account)
    select m.account, sum(m.paid) as paid, sum(m.booked) as booked, sum(m.debt) as debt, sum(m.epochs) as epochs,
      coalesce(max(w.withdrawn), 0) as withdrawn,
      jsonb_agg(jsonb_build_object('modelId', m.model_id::text, 'paidWei', m.paid::text, 'bookedOpenWei', m.booked::text)
        order by m.model_id) as models
    from members m left join withdrawn w on w.account = m.account
    group by m.account order by paid desc, m.account`.execute(kysely)
  return rows.map((row, i) => ({
    rank: i + 1,
    account: row.account,
    paidWei: `${row.paid}`,
    bookedOpenWei: `${row.booked}`,
    debtWei: `${row.debt}`,
    withdrawnWei: `${row.withdrawn}`,
    epochs: Number(row.epochs),
    models: row.models,
  }))
}
