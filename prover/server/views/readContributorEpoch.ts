import { type Kysely, sql } from 'kysely'
import type { ContributorEpochView } from '../../../src/api/views.ts'
import { netEpoch } from '../../../src/statement/netEpoch.ts'
import type { Tables } from '../../store/tables.ts'
import type { Disclosures } from '../Disclosures.ts'
import type { EpochId } from './readEpochs.ts'
import { toPlaceView } from './toPlaceView.ts'

type EpochRow = {
  model_version: bigint
  index_version: bigint
  ends_at: bigint
  slot: number
  weights_commitment: bigint
  index_commitment: bigint
  booked: bigint
  opening_wei: bigint | null
  paid_wei: bigint
  carried_wei: bigint
  transaction_hash: string
  block_number: bigint
  timestamp: bigint
}
type BatchRow = {
  batch_id: bigint
  batch_hash: string
  requests: bigint
  earning: bigint
  pools_wei: bigint
  transaction_hash: string
  block_number: bigint
  timestamp: bigint
}
type DebtRow = { epoch_id: bigint; index_version: bigint; carried_wei: bigint }

/**
 * What moved an account in one epoch: the debt that opened it, each settled batch, the netting.
 * @param account in checksum form
 * @param after the last batch of the page before
 * @returns undefined when there is no such epoch, or the account stands not in its index
 */
export async function readContributorEpoch(
  kysely: Kysely<Tables>,
  disclosures: Pick<Disclosures, 'has'>,
  {
    account,
    modelId,
    epochId,
    after,
    limit,
  }: EpochId & { readonly account: `0x${string}`; readonly after?: bigint | undefined; readonly limit: number },
): Promise<ContributorEpochView | undefined> {
  const { rows } = await sql<EpochRow>`
    select e.model_version, e.index_version, e.ends_at, (c.place - 1)::int as slot, v.weights_commitment, i.index_commitment,
      (select coalesce(sum((b.earnings_wei ->> (c.place - 1)::int)::numeric), 0) from batch_bookings b
        where b.model_id = e.model_id and b.epoch_id = e.epoch_id) as booked,
      n.opening_wei, n.paid_wei, n.carried_wei, n.transaction_hash, n.block_number, nb.timestamp
    from epochs e
    join influence_indexes i on i.model_id = e.model_id and i.index_version = e.index_version
    join model_versions v on v.model_id = e.model_id and v.model_version = e.model_version
    cross join lateral jsonb_array_elements_text(i.contributors) with ordinality as c(account, place)
    left join contributor_nettings n on n.model_id = e.model_id and n.epoch_id = e.epoch_id and n.contributor = ${account}
    left join blocks nb on nb.number = n.block_number
    where e.model_id = ${modelId} and e.epoch_id = ${epochId} and c.account = ${account}`.execute(kysely)
  const row = rows[0]
  if (row === undefined) return undefined
  const { rows: debts } = await sql<DebtRow>`
    select n.epoch_id, e.index_version, n.carried_wei from contributor_nettings n
    join epochs e on e.model_id = n.model_id and e.epoch_id = n.epoch_id
    where n.model_id = ${modelId} and n.contributor = ${account} and n.epoch_id < ${epochId}
    order by n.epoch_id desc limit 1`.execute(kysely)
  const debt = debts[0]?.carried_wei ? debts[0] : undefined
  const isClosed = row.opening_wei !== null
  return {
    account,
    modelId: `${modelId}`,
    epochId: `${epochId}`,
    modelVersion: `${row.model_version}`,
    indexVersion: `${row.index_version}`,
    slot: row.slot,
    state: isClosed ? 'closed' : 'open',
    endsAt: `${row.ends_at}`,
    openingWei: `${row.opening_wei ?? openingOf(account, row.index_version, debt)}`,
    debt:
      debt === undefined
        ? null
        : {
            epochId: `${debt.epoch_id}`,
            indexVersion: `${debt.index_version}`,
            carriedWei: `${debt.carried_wei}`,
            isQuartered: debt.index_version !== row.index_version,
          },
    bookedWei: `${row.booked}`,
    paidWei: isClosed ? `${row.paid_wei}` : null,
    carriedWei: isClosed ? `${row.carried_wei}` : null,
    closing: isClosed ? toPlaceView(row) : null,
    batches: await readBatchesOf(kysely, disclosures, { modelId, epochId, after, limit, ...row }),
  }
}

/** What an epoch under that index would open with, were it closed now. */
function openingOf(account: `0x${string}`, indexVersion: bigint, debt: DebtRow | undefined): bigint {
  if (debt === undefined) return 0n
  const debts = new Map([[account, { amountWei: debt.carried_wei, indexVersion: debt.index_version }]])
  return netEpoch({ indexVersion, contributors: [account], batches: [] }, debts).accounts[0]!.openingWei
}

async function readBatchesOf(
  kysely: Kysely<Tables>,
  disclosures: Pick<Disclosures, 'has'>,
  {
    modelId,
    epochId,
    slot,
    after,
    limit,
    weights_commitment: weightsCommitment,
    index_commitment: indexCommitment,
  }: EpochId &
    Pick<EpochRow, 'slot' | 'weights_commitment' | 'index_commitment'> & {
      readonly after: bigint | undefined
      readonly limit: number
    },
): Promise<ContributorEpochView['batches']> {
  const { rows } = await sql<BatchRow>`
    select k.batch_id, b.batch_hash, (k.earnings_wei ->> ${slot}::int)::numeric as earning, k.pools_wei,
      (select count(*) from batch_requests r where r.batch_id = k.batch_id) as requests,
      k.transaction_hash, k.block_number, kb.timestamp
    from batch_bookings k
    join batches b on b.batch_id = k.batch_id
    join blocks kb on kb.number = k.block_number
    where k.model_id = ${modelId} and k.epoch_id = ${epochId} and k.batch_id > ${after ?? -1n}
    order by k.batch_id limit ${limit + 1}`.execute(kysely)
  const items = rows.slice(0, limit).map((row) => ({
    batchId: `${row.batch_id}`,
    requests: Number(row.requests),
    earningWei: `${row.earning}`,
    poolsWei: `${row.pools_wei}`,
    settlement: toPlaceView(row),
    isDisclosed: disclosures.has({ batchHash: row.batch_hash, weightsCommitment, indexCommitment }),
  }))
  return { items, next: rows.length > limit ? items.at(-1)!.batchId : null }
}
