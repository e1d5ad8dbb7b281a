import { attributionView, batchView, pageOf, proofView } from '../../../src/api/views.ts'
import { RefusalError } from '../../intake/RefusalError.ts'
import { type ApiContext, type ApiInstance, problemResponses } from '../ApiContext.ts'
import { attributeBatch, readSealedBatch } from '../views/readAttribution.ts'
import { readBatch, readBatches } from '../views/readBatches.ts'
import { readProof } from '../views/readProof.ts'
import { batchParams, batchQuery, noQuery } from './schemas.ts'

export function addBatchRoutes(app: ApiInstance, context: ApiContext): void {
  const { disclosures } = context
  const { kysely } = context.db
  const unknown = (batchId: bigint) =>
    new RefusalError('BATCH_UNKNOWN', `there is no batch ${batchId}, as far as this node has read the chain`)

  app.get(
    '/v1/batches',
    {
      schema: {
        summary: 'Sealed batches, the newest first, whoever sealed them',
        querystring: batchQuery,
        response: { 200: pageOf(batchView), ...problemResponses },
      },
    },
    ({ query }) => readBatches(kysely, disclosures, query),
  )

  app.get(
    '/v1/batches/:id',
    {
      schema: {
        summary: 'What has become of a batch',
        params: batchParams,
        querystring: noQuery,
        response: { 200: batchView, ...problemResponses },
      },
    },
    async ({ params: { id } }) => {
      const batch = await readBatch(kysely, disclosures, id)
      if (batch === undefined) throw unknown(id)
      return batch
    },
  )

  app.get(
    '/v1/batches/:id/proof',
    {
      schema: {
        summary: 'The proof of a batch',
        description:
          "Of a settled batch the one that settled it, from the calldata of the settlement where it is not this node's own; before, this node's newest.",
        params: batchParams,
        querystring: noQuery,
        response: { 200: proofView, ...problemResponses },
      },
    },
    async ({ params: { id } }) => {
      const proof = await readProof(context, id)
      if (proof !== undefined) return proof
      if ((await readSealedBatch(kysely, id)) === undefined) throw unknown(id)
      throw new RefusalError('PROOF_UNKNOWN', `this node has no proof of batch ${id} yet`)
    },
  )

  app.get(
    '/v1/batches/:id/attribution',
    {
      schema: {
        summary: 'Who earned what by each inference of a disclosed batch',
        description:
          'Answered for settled batches that the operator disclosed to this node, whose features open what was sealed.',
        params: batchParams,
        querystring: noQuery,
        response: { 200: attributionView, ...problemResponses },
      },
    },
    async ({ params: { id } }) => {
      const sealed = await readSealedBatch(kysely, id)
      if (sealed === undefined) throw unknown(id)
      const batch = await disclosures.read(sealed)
      if (batch === undefined) throw new RefusalError('NOT_DISCLOSED', `batch ${id} is not disclosed at this node`)
      return attributeBatch(batch, sealed)
    },
  )
}
