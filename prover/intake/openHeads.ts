import type { Kysely } from 'kysely'
import { type Shape, shapeNamed } from '../../src/shape.ts'
import { commitIndex, commitWeights } from '../../src/statement/commitments.ts'
import type { Head } from '../../src/statement/model.ts'
import type { Tables } from '../store/tables.ts'
import type { PinnedVersions } from './readTraceFacts.ts'

/** The head of a model version, and the shape of its circuit. */
export type KnownHead = { readonly shape: Shape; readonly head: Head }

/** Finds the head that a request pinned; undefined when the node does not hold it. */
export type Heads = (modelId: bigint, versions: PinnedVersions) => Promise<KnownHead | undefined>

const LARGEST_CACHE = 64

/**
 * Heads from the table of model artifacts, kept in memory. What is used always has the commitments that the chain pinned, whatever the table holds:
 * a reorganisation can give a version another content.
 */
export function openHeads(kysely: Kysely<Tables>): Heads {
  type Entry = KnownHead & Pick<PinnedVersions, 'weightsCommitment' | 'indexCommitment'>
  const cache = new Map<string, Entry>()

  async function read(modelId: bigint, indexVersion: bigint): Promise<Entry | undefined> {
    const row = await kysely
      .selectFrom('model_artifacts')
      .select(['shape', 'head', 'influence_index'])
      .where('model_id', '=', modelId)
      .where('index_version', '=', indexVersion)
      .executeTakeFirst()
    if (row === undefined) return undefined
    const shape = shapeNamed(row.shape)
    return {
      shape,
      head: row.head,
      weightsCommitment: commitWeights(row.head, shape),
      indexCommitment: commitIndex(row.influence_index, shape),
    }
  }

  return async (modelId, versions) => {
    const key = `${modelId}/${versions.indexVersion}`
    const fits = (entry: Entry | undefined): entry is Entry =>
      entry?.weightsCommitment === versions.weightsCommitment && entry.indexCommitment === versions.indexCommitment
    const known = cache.get(key)
    if (fits(known)) return known
    const found = await read(modelId, versions.indexVersion)
    if (!fits(found)) return undefined
    if (cache.size >= LARGEST_CACHE) cache.delete(cache.keys().next().value!)
    cache.set(key, found)
    return found
  }
}
