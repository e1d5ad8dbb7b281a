import { type Kysely, sql } from 'kysely'
import type { OverviewView } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'

/** What follows from the mirror alone. */
export type ChainFigures = Pick<
  OverviewView,
  'models' | 'contributors' | 'provers' | 'requests' | 'epochs' | 'totals' | 'series'
> & { readonly batches: Pick<OverviewView['batches'], 'sealed' | 'settled'> }

const MOST_BUCKETS = 96
/** Parts of time that people think in: minutes, hours, days, weeks, and years for a chain that stood still. */
const BUCKET_SECONDS = [
  60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000, 31_536_000,
] as const

type Totals = {
  models: bigint
  contributors: bigint
  provers: bigint
  requests: bigint
  in_batches: bigint
  settled: bigint
  refunded: bigint
  refunded_in_batches: bigint
  batches: bigint
  settled_batches: bigint
  epochs: bigint
  closed: bigint
  fees: bigint
  refunded_wei: bigint
  settled_fees: bigint
  pools: bigint
  model_owner: bigint
  stakers: bigint
  prover: bigint
  treasury: bigint
  paid: bigint
  pools_to_treasury: bigint
  withdrawn: bigint
}

/** Requests in a row of `batches`: one look at the last position instead of one at each. */
const SIZE = sql`(select max(position) + 1 from batch_requests where batch_requests.batch_id = batches.batch_id)`

/** Looks at all of the mirror: see PerBlock. */
export async function readChainFigures(kysely: Kysely<Tables>): Promise<ChainFigures> {
  const { rows } = await sql<Totals>`
    select
      (select count(*) from models) as models,
      (select count(distinct c.account) from influence_indexes i
        cross join lateral jsonb_array_elements_text(i.contributors) as c(account)) as contributors,
      r.*, f.*, b.*, k.*, e.*, ec.*, w.*
    from (select count(*) as requests, coalesce(sum(fee_wei), 0) as fees from requests) r
    cross join (select count(*) as refunded, count(br.batch_id) as refunded_in_batches, coalesce(sum(f.fee_wei), 0) as refunded_wei
      from refunds f left join batch_requests br on br.request_id = f.request_id) f
    cross join (select count(*) as batches, count(s.batch_id) as settled_batches, count(distinct s.prover) as provers,
        coalesce(sum(b.size), 0)::int8 as in_batches, coalesce(sum(b.size) filter (where s.batch_id is not null), 0)::int8 as settled
      from (select batch_id, ${SIZE} as size from batches offset 0) b left join settlements s on s.batch_id = b.batch_id) b
    cross join (select coalesce(sum(fees_wei), 0) as settled_fees, coalesce(sum(pools_wei), 0) as pools,
        coalesce(sum(model_owner_wei), 0) as model_owner, coalesce(sum(stakers_wei), 0) as stakers,
        coalesce(sum(prover_wei), 0) as prover, coalesce(sum(treasury_wei), 0) as treasury from batch_bookings) k
    cross join (select count(*) as epochs from epochs) e
    cross join (select count(*) as closed, coalesce(sum(paid_wei), 0) as paid,
        coalesce(sum(treasury_wei), 0) as pools_to_treasury from epoch_closures) ec
    cross join (select coalesce(sum(amount_wei), 0) as withdrawn from withdrawals) w`.execute(kysely)
  const row = rows[0]!
  return {
    models: Number(row.models),
    contributors: Number(row.contributors),
    provers: Number(row.provers),
    requests: {
      paid: Number(row.requests - row.in_batches - (row.refunded - row.refunded_in_batches)),
      sealed: Number(row.in_batches - row.settled - row.refunded_in_batches),
      settled: Number(row.settled),
      refunded: Number(row.refunded),
    },
    batches: { sealed: Number(row.batches - row.settled_batches), settled: Number(row.settled_batches) },
    epochs: { open: Number(row.epochs - row.closed), closed: Number(row.closed) },
    totals: {
      feesWei: `${row.fees}`,
      refundedWei: `${row.refunded_wei}`,
      settledFeesWei: `${row.settled_fees}`,
      poolsWei: `${row.pools}`,
      modelOwnerWei: `${row.model_owner}`,
      stakersWei: `${row.stakers}`,
      proverWei: `${row.prover}`,
      treasuryWei: `${row.treasury}`,
      paidWei: `${row.paid}`,
      poolsToTreasuryWei: `${row.pools_to_treasury}`,
      withdrawnWei: `${row.withdrawn}`,
    },
    series: await readSeries(kysely),
  }
}

type Bucket = { part: bigint; batches: bigint; inferences: bigint; pools: bigint; prove_seconds: number | null }

async function readSeries(kysely: Kysely<Tables>): Promise<OverviewView['series']> {
  const { rows: spans } = await sql<{ first: bigint | null; last: bigint }>`
    select min(b.timestamp) as first, (select max(timestamp) from blocks where has_events) as last
    from settlements s join blocks b on b.number = s.block_number`.execute(kysely)
  const { first, last } = spans[0]!
  if (first === null) return { bucketSeconds: BUCKET_SECONDS[0], buckets: [] }
  const partsOf = (seconds: number) => Number(last / BigInt(seconds) - first / BigInt(seconds)) + 1
  const bucketSeconds =
    BUCKET_SECONDS.find((seconds) => partsOf(seconds) <= MOST_BUCKETS) ?? BUCKET_SECONDS[BUCKET_SECONDS.length - 1]!
  const { rows: settled } = await sql<Bucket>`
    select b.timestamp / ${bucketSeconds}::int8 as part, count(*) as batches, sum(sealed.size)::int8 as inferences,
      sum(k.pools_wei) as pools,
      percentile_cont(0.5) within group (order by p.prove_seconds) as prove_seconds
    from settlements s
    join blocks b on b.number = s.block_number
    join (select batch_id, batch_hash, ${SIZE} as size from batches) sealed on sealed.batch_id = s.batch_id
    join batch_bookings k on k.batch_id = s.batch_id
    left join (select batch_hash, min(prove_seconds) as prove_seconds from proofs group by batch_hash) p
      on p.batch_hash = sealed.batch_hash
    group by part`.execute(kysely)
  const { rows: closed } = await sql<{ part: bigint; paid: bigint }>`
    select b.timestamp / ${bucketSeconds}::int8 as part, sum(ec.paid_wei) as paid
    from epoch_closures ec join blocks b on b.number = ec.block_number group by part`.execute(kysely)
  const settledIn = new Map(settled.map((bucket) => [bucket.part, bucket]))
  const paidIn = new Map(closed.map(({ part, paid }) => [part, paid]))
  const firstPart = first / BigInt(bucketSeconds)
  const buckets = Array.from({ length: Math.min(MOST_BUCKETS, partsOf(bucketSeconds)) }, (_, i) => {
    const part = firstPart + BigInt(i)
    const bucket = settledIn.get(part)
    return {
      from: `${part * BigInt(bucketSeconds)}`,
      settledInferences: Number(bucket?.inferences ?? 0),
      settledBatches: Number(bucket?.batches ?? 0),
      poolsWei: `${bucket?.pools ?? 0n}`,
      paidWei: `${paidIn.get(part) ?? 0n}`,
      proveSeconds: bucket?.prove_seconds ?? null,
    }
  })
  return { bucketSeconds, buckets }
}

type NodeRow = {
  pending: bigint
  queued: bigint
  active: bigint
  dead: bigint
  in_flight: bigint
  expired: bigint
  number: bigint | null
  hash: string
  timestamp: bigint
}

/** What time and this node's own work change as well. */
export async function readOverview(kysely: Kysely<Tables>, figures: ChainFigures): Promise<OverviewView> {
  const { rows } = await sql<NodeRow>`
    select newest.number, newest.hash, newest.timestamp,
      (select count(*) from requests r join traces t on t.request_id = r.request_id and t.cancelled_at is null
        where r.seal_deadline >= newest.timestamp
          and not exists (select from batch_requests br where br.request_id = r.request_id)) as pending,
      j.*,
      (select count(*) from transactions where state in ('intended', 'broadcast', 'mined')) as in_flight,
      (select count(*) from batches b where b.settle_deadline < newest.timestamp
        and not exists (select from settlements s where s.batch_id = b.batch_id)) as expired
    from (select 1) one
    left join (select number, hash, timestamp from blocks order by number desc limit 1) newest on true
    cross join (select count(*) filter (where state = 'queued') as queued, count(*) filter (where state = 'active') as active,
        count(*) filter (where state = 'dead') as dead from proof_jobs where state <> 'done') j`.execute(kysely)
  const row = rows[0]!
  const { batches, ...rest } = figures
  const expired = Number(row.expired)
  return {
    block: row.number === null ? null : { number: `${row.number}`, hash: row.hash, timestamp: `${row.timestamp}` },
    ...rest,
    batches: { settled: batches.settled, sealed: Math.max(0, batches.sealed - expired), expired },
    queue: {
      pendingTraces: Number(row.pending),
      jobs: { queued: Number(row.queued), active: Number(row.active), dead: Number(row.dead) },
      transactionsInFlight: Number(row.in_flight),
    },
  }
}
