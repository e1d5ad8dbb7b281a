import { type Kysely, sql } from 'kysely'
import type { ProverView } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'

type Row = {
  prover: string
  batches: bigint
  inferences: bigint
  earned: bigint
  median_seconds: number
  late: bigint
}

/** Every account that batches were settled for, by their number. Looks at all settlements: see PerBlock. */
export async function readProvers(kysely: Kysely<Tables>): Promise<ProverView[]> {
  const { rows } = await sql<Row>`
    select s.prover, count(*) as batches, sum(r.inferences)::int8 as inferences, sum(k.prover_wei) as earned,
      percentile_cont(0.5) within group (order by sb.timestamp - bb.timestamp) as median_seconds,
      count(*) filter (where 10 * (b.settle_deadline - sb.timestamp) < b.settle_deadline - bb.timestamp) as late
    from settlements s
    join batches b on b.batch_id = s.batch_id
    join batch_bookings k on k.batch_id = s.batch_id
    join blocks bb on bb.number = b.block_number
    join blocks sb on sb.number = s.block_number
    join (select batch_id, count(*) as inferences from batch_requests group by batch_id) r on r.batch_id = s.batch_id
    group by s.prover order by batches desc, s.prover`.execute(kysely)
  return rows.map((row) => ({
    prover: row.prover,
    batches: Number(row.batches),
    inferences: Number(row.inferences),
    earnedWei: `${row.earned}`,
    medianSettleSeconds: row.median_seconds,
    lateBatches: Number(row.late),
  }))
}
