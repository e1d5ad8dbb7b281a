import type { Lineage } from '../api/submission.ts'
import { modelStoredView } from '../api/views.ts'
import type { Shape } from '../shape.ts'
import type { Head, InfluenceIndex } from '../statement/model.ts'
import { NodeApiError } from './NodeApiError.ts'
import { pause } from './pause.ts'
import { type RequestOptions, requestNode } from './requestNode.ts'

/** A registered version of a model, in full. */
export type StoredModel = {
  readonly modelId: bigint
  readonly indexVersion: bigint
  readonly shape: Shape
  readonly head: Head
  readonly index: InfluenceIndex
  /** What it was trained on; shown by the node, never proved. */
  readonly lineage?: Lineage | undefined
}

/** A node learns of a registration some blocks later. */
const NOT_SEEN_YET = ['MODEL_UNKNOWN', 'INDEX_UNKNOWN']
const LONGEST_WAIT_MS = 30_000
const PAUSE_MS = 250

/**
 * Hands head and index of a registered model to a prover node, without which it can prove nothing about it; waits half a minute for a node that has
 * not seen the registration yet. Anyone may do this: the node compares the commitments with those on chain.
 * @throws NodeApiError when they are not those that the chain has registered; otherwise as `submitTrace`
 */
export async function storeModel(
  nodeUrl: string,
  { modelId, indexVersion, shape, head, index, lineage }: StoredModel,
  options: RequestOptions = {},
): Promise<void> {
  const body = { modelId, indexVersion, shape: shape.name, head, index, lineage }
  const until = Date.now() + LONGEST_WAIT_MS
  for (;;) {
    try {
      await requestNode(nodeUrl, { method: 'POST', path: '/v1/models', body, answer: modelStoredView }, options)
      return
    } catch (error) {
      if (!(error instanceof NodeApiError && NOT_SEEN_YET.includes(error.code)) || Date.now() > until) throw error
      await pause(PAUSE_MS, options.signal)
    }
  }
}
