import { sql } from 'kysely'
import type { ModelSubmission } from '../../src/api/submission.ts'
import { commitIndex, commitWeights } from '../../src/statement/commitments.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import { RefusalError } from './RefusalError.ts'

/**
 * Stores head and index of a registered version. They need no signature: their commitments have to be those that the chain has, so whoever brings
 * them brings the right ones.
 * @throws RefusalError INDEX_UNKNOWN, MODEL_COMMITMENTS_DIFFER; InvalidInputError when head or index do not fit the shape
 */
export async function storeModelArtifact(
  { kysely }: Pick<NodeDatabase, 'kysely'>,
  { modelId, indexVersion, shape, head, index }: ModelSubmission,
): Promise<void> {
  const registered = await kysely
    .selectFrom('influence_indexes as i')
    .innerJoin('model_versions as v', (join) =>
      join.onRef('v.model_id', '=', 'i.model_id').onRef('v.model_version', '=', 'i.model_version'),
    )
    .select(['i.model_version', 'i.index_commitment', 'v.weights_commitment'])
    .where('i.model_id', '=', modelId)
    .where('i.index_version', '=', indexVersion)
    .executeTakeFirst()
  if (registered === undefined)
    throw new RefusalError(
      'INDEX_UNKNOWN',
      `model ${modelId} has no index ${indexVersion}, as far as this node has read the chain`,
    )
  // A commitment covers the shape as well. The index, which is dearer to hash, is hashed only for whoever has the head.
  requireRegistered('head', commitWeights(head, shape), registered.weights_commitment)
  requireRegistered('index', commitIndex(index, shape), registered.index_commitment)
  const artifact = {
    model_version: registered.model_version,
    shape: shape.name,
    head: toJson(head),
    influence_index: toJson(index),
  }
  await kysely
    .insertInto('model_artifacts')
    .values({ model_id: modelId, index_version: indexVersion, ...artifact })
    // After a reorganisation a version can be another one.
    .onConflict((conflict) =>
      conflict.columns(['model_id', 'index_version']).doUpdateSet({ ...artifact, stored_at: sql`now()` }),
    )
    .execute()
}

function requireRegistered(what: string, given: bigint, expected: bigint): void {
  if (given === expected) return
  throw new RefusalError(
    'MODEL_COMMITMENTS_DIFFER',
    `the ${what} has the commitment ${given}, registered is ${expected}`,
  )
}
