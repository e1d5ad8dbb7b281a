import { modelSubmission } from '../../../src/api/submission.ts'
import { modelStoredView, modelView, pageOf } from '../../../src/api/views.ts'
import { SHAPE_NAMES, type Shape, shapeNamed } from '../../../src/shape.ts'
import { RefusalError } from '../../intake/RefusalError.ts'
import { storeModelArtifact } from '../../intake/storeModelArtifact.ts'
import { type ApiContext, type ApiInstance, problemResponses } from '../ApiContext.ts'
import { readModels } from '../views/readModels.ts'
import { modelParams, noQuery, pageQuery } from './schemas.ts'

/** A number and what stands around it, with room for spaces. */
const BYTES_A_NUMBER = 16
/** Head, index and lineage of the largest shape. Reading more would only keep others waiting, and anyone may hand in. */
const LARGEST_MODEL_BYTES =
  (256 << 10) + BYTES_A_NUMBER * Math.max(...SHAPE_NAMES.map((name) => countNumbers(shapeNamed(name))))

export function addModelRoutes(app: ApiInstance, { db, account }: ApiContext): void {
  const { kysely } = db

  app.get(
    '/v1/models',
    {
      schema: {
        summary: 'Registered models, with their versions',
        querystring: pageQuery,
        response: { 200: pageOf(modelView), ...problemResponses },
      },
    },
    ({ query }) => readModels(kysely, { account, ...query }),
  )

  app.get(
    '/v1/models/:id',
    {
      schema: {
        summary: 'One model',
        params: modelParams,
        querystring: noQuery,
        response: { 200: modelView, ...problemResponses },
      },
    },
    async ({ params: { id } }) => {
      const { items } = await readModels(kysely, { account, modelId: id, limit: 1 })
      if (items[0] === undefined)
        throw new RefusalError('MODEL_UNKNOWN', `there is no model ${id}, as far as this node has read the chain`)
      return items[0]
    },
  )

  app.post(
    '/v1/models',
    {
      bodyLimit: LARGEST_MODEL_BYTES,
      schema: {
        summary: 'Hand in the head and the influence index of a registered version',
        description:
          'By anyone: their commitments must be those that are registered on chain. A lineage, what the model was trained on, is shown as it was told first; nothing of it is proved.',
        body: modelSubmission,
        querystring: noQuery,
        response: { 201: modelStoredView, ...problemResponses },
      },
    },
    async ({ body }, reply) => {
      await storeModelArtifact(db, body)
      const { modelId, indexVersion } = body
      return reply
        .code(201)
        .header('location', `/v1/models/${modelId}`)
        .send({ modelId: `${modelId}`, indexVersion: `${indexVersion}` })
    },
  )
}

/** In a head, its index and the scales. */
function countNumbers({ contributors, classes, features }: Shape): number {
  return (contributors + 1) * classes * features + contributors
}
