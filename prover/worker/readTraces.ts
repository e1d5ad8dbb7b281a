import type { Kysely } from 'kysely'
import { PoaError } from '../../src/errors.ts'
import { shapeNamed } from '../../src/shape.ts'
import { sealTraces, type TraceBatch } from '../../src/statement/buildStatement.ts'
import { hashBatch } from '../../src/statement/context.ts'
import type { Tables } from '../store/tables.ts'
import type { OpenBatch } from '../submission/openBatches.ts'

/**
 * What is proved about a sealed batch: its traces in the sealed order, and the model that they are of. Private.
 * @throws PoaError MODEL_MISSING or TRACES_MISSING when the database lacks a part of it, TRACES_NOT_SEALED when they open other commitments
 */
export async function readTraces(
  kysely: Kysely<Tables>,
  batch: Pick<OpenBatch, 'batch_id' | 'batch_hash' | 'model_id' | 'index_version'>,
): Promise<Pick<TraceBatch, 'shape' | 'head' | 'index' | 'traces'>> {
  const model = await kysely
    .selectFrom('model_artifacts')
    .select(['shape', 'head', 'influence_index'])
    .where('model_id', '=', batch.model_id)
    .where('index_version', '=', batch.index_version)
    .executeTakeFirst()
  if (model === undefined) {
    throw new PoaError('MODEL_MISSING', `head and index of model ${batch.model_id} are not stored here`)
  }
  const rows = await kysely
    .selectFrom('batch_requests as r')
    .leftJoin('traces as t', (on) =>
      on
        .onRef('t.request_id', '=', 'r.request_id')
        .onRef('t.input_commitment', '=', 'r.input_commitment')
        .onRef('t.output_commitment', '=', 'r.output_commitment')
        .on('t.cancelled_at', 'is', null),
    )
    .leftJoin('trace_witnesses as w', 'w.trace_id', 't.trace_id')
    .where('r.batch_id', '=', batch.batch_id)
    .select(['r.request_id', 'r.pool_wei', 'w.features', 'w.label', 'w.input_salt', 'w.output_salt'])
    .orderBy('r.position')
    .execute()
  const traces = rows.map(({ request_id, pool_wei, features, label, input_salt, output_salt }) => {
    if (features === null || label === null || input_salt === null || output_salt === null) {
      throw new PoaError('TRACES_MISSING', `no stored trace opens the commitments of request ${request_id}`)
    }
    return { requestId: request_id, poolWei: pool_wei, features, label, inputSalt: input_salt, outputSalt: output_salt }
  })
  const shape = shapeNamed(model.shape)
  // Checked when they were accepted. Should they have changed since, their proof would be of another batch, and seconds lost on it.
  if (hashBatch(sealTraces(traces, shape)) !== batch.batch_hash) {
    throw new PoaError('TRACES_NOT_SEALED', 'the stored traces do not open the commitments that were sealed')
  }
  return { shape, head: model.head, index: model.influence_index, traces }
}
