import { type Kysely, sql } from 'kysely'
import type { Address } from 'viem'
import type { ModelView, Page } from '../../../src/api/views.ts'
import type { Tables } from '../../store/tables.ts'

type Row = {
  model_id: bigint
  owner: string
  operator: string
  versions: ModelView['versions']
  indexes: ModelView['indexes']
  can_seal: boolean
}

/**
 * Models in the order of their ids, from the one behind `after` on; or the one with the given id.
 * @param account that seals for this node, if there is one
 */
export async function readModels(
  kysely: Kysely<Tables>,
  {
    account,
    modelId,
    after,
    limit,
  }: {
    readonly account: Address | undefined
    readonly modelId?: bigint | undefined
    readonly after?: bigint | undefined
    readonly limit: number
  },
): Promise<Page<ModelView>> {
  const chosen = modelId === undefined ? sql`o.model_id > ${after ?? -1n}` : sql`o.model_id = ${modelId}`
  const { rows } = await sql<Row>`
    select o.model_id, o.owner, o.operator,
      (select coalesce(jsonb_agg(jsonb_build_object('modelVersion', v.model_version::text,
          'weightsCommitment', v.weights_commitment::text, 'circuitId', v.circuit_id) order by v.model_version), '[]')
        from model_versions v where v.model_id = o.model_id) as versions,
      (select coalesce(jsonb_agg(jsonb_build_object('indexVersion', i.index_version::text,
          'modelVersion', i.model_version::text, 'indexCommitment', i.index_commitment::text, 'contributors', i.contributors,
          'isStored', a.model_id is not null, 'lineage', a.lineage) order by i.index_version), '[]')
        from influence_indexes i
        left join model_artifacts a on a.model_id = i.model_id and a.index_version = i.index_version where i.model_id = o.model_id) as indexes,
      o.operator = ${account ?? null} or coalesce((select s.is_approved from sealer_approvals s
        where s.operator = o.operator and s.sealer = ${account ?? null}
        order by s.block_number desc, s.log_index desc limit 1), false) as can_seal
    from current_operators o where ${chosen} order by o.model_id limit ${limit + 1}`.execute(kysely)
  const items = rows.slice(0, limit).map((row) => ({
    modelId: `${row.model_id}`,
    owner: row.owner,
    operator: row.operator,
    versions: row.versions,
    indexes: row.indexes,
    canSeal: account !== undefined && row.can_seal,
  }))
  return { items, next: rows.length > limit ? items.at(-1)!.modelId : null }
}
