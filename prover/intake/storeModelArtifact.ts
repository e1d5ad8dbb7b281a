import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import { getAddress } from 'viem'
import type { Lineage, ModelSubmission } from '../../src/api/submission.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { commitIndex, commitWeights } from '../../src/statement/commitments.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import { RefusalError } from './RefusalError.ts'

/**
 * Stores head and index of a registered version. They need no signature: their commitments have to be those that the chain has, so whoever brings
 * them brings the right ones.
 * A lineage is believed once: later ones have to be the same, since nobody could tell which is right.
 * @throws RefusalError INDEX_UNKNOWN, MODEL_COMMITMENTS_DIFFER, LINEAGE_DIFFERS; InvalidInputError when head or index do not fit the shape, or the lineage
 * names somebody who is not in the index
 */
export async function storeModelArtifact(
  { kysely }: Pick<NodeDatabase, 'kysely'>,
  { modelId, indexVersion, shape, head, index, lineage }: ModelSubmission,
): Promise<void> {
  const registered = await kysely
    .selectFrom('influence_indexes as i')
    .innerJoin('model_versions as v', (join) =>
      join.onRef('v.model_id', '=', 'i.model_id').onRef('v.model_version', '=', 'i.model_version'),
    )
    .select(['i.model_version', 'i.index_commitment', 'i.contributors', 'v.weights_commitment'])
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
  const told = lineage && withChecksums(lineage)
  if (told !== undefined) requireContributors(told, registered.contributors)
  const artifact = {
    model_version: registered.model_version,
    shape: shape.name,
    head: toJson(head),
    influence_index: toJson(index),
  }
  // After a reorganisation a version can be another one: then the lineage of the one before is gone with it.
  const isSame = sql<boolean>`model_artifacts.head = excluded.head and model_artifacts.influence_index = excluded.influence_index`
  const { lineage: stored } = await kysely
    .insertInto('model_artifacts')
    .values({
      model_id: modelId,
      index_version: indexVersion,
      ...artifact,
      lineage: told === undefined ? null : toJson(told),
    })
    .onConflict((conflict) =>
      conflict.columns(['model_id', 'index_version']).doUpdateSet({
        ...artifact,
        lineage: sql<string>`coalesce(case when ${isSame} then model_artifacts.lineage end, excluded.lineage)`,
        stored_at: sql`now()`,
      }),
    )
    .returning('lineage')
    .executeTakeFirstOrThrow()
  if (told !== undefined && !isDeepStrictEqual(stored, told))
    throw new RefusalError(
      'LINEAGE_DIFFERS',
      `index ${indexVersion} of model ${modelId} has been handed in with another lineage`,
    )
}

/** Addresses as the mirror has them. */
function withChecksums({ datanets }: Lineage): Lineage {
  return {
    datanets: datanets.map(({ contributions, ...datanet }) => ({
      ...datanet,
      contributions: contributions.map((each) => ({ ...each, contributor: getAddress(each.contributor) })),
    })),
  }
}

function requireContributors({ datanets }: Lineage, contributors: readonly string[]): void {
  for (const [i, { contributions }] of datanets.entries()) {
    for (const [j, { contributor }] of contributions.entries()) {
      if (!contributors.includes(contributor))
        throw new InvalidInputError(
          `lineage.datanets[${i}].contributions[${j}].contributor`,
          'a contributor of the index',
          contributor,
        )
    }
  }
}

function requireRegistered(what: string, given: bigint, expected: bigint): void {
  if (given === expected) return
  throw new RefusalError(
    'MODEL_COMMITMENTS_DIFFER',
    `the ${what} has the commitment ${given}, registered is ${expected}`,
  )
}
