import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** Batches (`b`), each with its epoch (`e`) and the index (`i`) and head (`v`) that this pinned. */
export function fromPinnedBatches(kysely: Kysely<Tables>) {
  return kysely
    .selectFrom('batches as b')
    .innerJoin('epochs as e', (join) =>
      join.onRef('e.model_id', '=', 'b.model_id').onRef('e.epoch_id', '=', 'b.epoch_id'),
    )
    .innerJoin('influence_indexes as i', (join) =>
      join.onRef('i.model_id', '=', 'e.model_id').onRef('i.index_version', '=', 'e.index_version'),
    )
    .innerJoin('model_versions as v', (join) =>
      join.onRef('v.model_id', '=', 'e.model_id').onRef('v.model_version', '=', 'e.model_version'),
    )
}
