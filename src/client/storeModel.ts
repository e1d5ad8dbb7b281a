import { modelStoredView } from '../api/views.ts'
import type { Shape } from '../shape.ts'
import type { Head, InfluenceIndex } from '../statement/model.ts'
import { type RequestOptions, requestNode } from './requestNode.ts'

/** A registered version of a model, in full. */
export type StoredModel = {
  readonly modelId: bigint
  readonly indexVersion: bigint
  readonly shape: Shape
  readonly head: Head
  readonly index: InfluenceIndex
}

/**
 * Hands head and index of a registered model to a prover node, without which it can prove nothing about it. Anyone may: the node compares their
 * commitments with those on chain.
 * @throws NodeApiError when the node refuses them, among others because it has not read the registration yet; otherwise as `submitTrace`
 */
export async function storeModel(nodeUrl: string, model: StoredModel, options: RequestOptions = {}): Promise<void> {
  const body = { ...model, shape: model.shape.name }
  await requestNode(nodeUrl, { method: 'POST', path: '/v1/models', body, answer: modelStoredView }, options)
}
