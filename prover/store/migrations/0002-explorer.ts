import { type Kysely, sql } from 'kysely'

/* What the explorer shows beyond what proving needs. */

export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    // As the receipt has it, once there is one.
    sql`alter table transactions add column gas_used numeric(78)`,
    // What the model was trained on, as whoever handed it in says.
    sql`alter table model_artifacts add column lineage jsonb`,
    sql`create index batch_bookings_epoch on batch_bookings (model_id, epoch_id)`,
  ]
  for (const statement of statements) await statement.execute(db)
}
