import { type ModelStoredView, modelStoredView } from '../../src/api/views.ts'
import { NodeApiError } from '../../src/client/NodeApiError.ts'
import { pause } from '../../src/client/pause.ts'
import { requestNode } from '../../src/client/requestNode.ts'
import type { ModelFile } from './modelFile.ts'

/** A node learns of a registration some blocks later. */
const NOT_SEEN_YET = ['MODEL_UNKNOWN', 'INDEX_UNKNOWN']
const LONGEST_WAIT_MS = 30_000
const PAUSE_MS = 500

/**
 * Hands head and index to a node; waits half a minute for one that has not seen their registration yet.
 * @throws NodeApiError when they are not those that the chain has registered; as requestNode does
 */
export async function uploadModel(
  nodeUrl: string,
  {
    modelId,
    indexVersion,
    shape,
    head,
    index,
  }: ModelFile & { readonly modelId: bigint; readonly indexVersion: bigint },
): Promise<ModelStoredView> {
  const body = { modelId, indexVersion, shape: shape.name, head, index }
  const until = Date.now() + LONGEST_WAIT_MS
  for (;;) {
    try {
      return await requestNode(nodeUrl, { method: 'POST', path: '/v1/models', body, answer: modelStoredView })
    } catch (error) {
      if (!(error instanceof NodeApiError && NOT_SEEN_YET.includes(error.code)) || Date.now() > until) throw error
      await pause(PAUSE_MS)
    }
  }
}
