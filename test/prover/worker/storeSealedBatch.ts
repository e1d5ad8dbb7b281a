import type { Kysely } from 'kysely'
import { type Hex, keccak256, toHex } from 'viem'
import type { NodeChain } from '../../../prover/indexing/connectChain.ts'
import type { Tables } from '../../../prover/store/tables.ts'
import { randomBatch, seededRandom, TEST_CONTEXT } from '../../../scripts/randomBatch.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { sealTraces, type TraceBatch } from '../../../src/statement/buildStatement.ts'
import { hashBatch } from '../../../src/statement/context.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'

export const tiny = shapeNamed('tiny')
/** Of a NodeChain, what proving takes. */
export const CHAIN = {
  chainId: Number(TEST_CONTEXT.chainId),
  deployment: { inferenceEscrow: TEST_CONTEXT.settlement },
} as NodeChain
export const PROVER = TEST_CONTEXT.prover

export type StoredBatch = { readonly batch: TraceBatch; readonly batchHash: Hex; readonly batchId: bigint }

/**
 * A sealed batch of two traces with all that its proof needs, as indexer and API leave it in the database: each in a block, a model and an epoch of
 * its own, all named by `batchId`.
 */
export async function storeSealedBatch(
  kysely: Kysely<Tables>,
  { batchId, circuitKeyHash }: { batchId: bigint; circuitKeyHash: Hex },
): Promise<StoredBatch> {
  const drawn = randomBatch(tiny, seededRandom(Number(batchId)), { traces: 2 })
  const traces = drawn.traces.map((trace, b) => ({ ...trace, requestId: 100n * batchId + BigInt(b) }))
  const ids = { modelId: batchId, epochId: batchId }
  const context = { ...TEST_CONTEXT, ...ids, batchId, circuitKeyHash }
  const batch: TraceBatch = { ...drawn, traces, context }
  const sealed = sealTraces(traces, tiny)
  const batchHash = hashBatch(sealed)

  let logIndex = 0
  const mirrored = () => ({
    block_number: batchId,
    log_index: logIndex++,
    transaction_hash: keccak256(toHex(batchId)),
  })
  const circuitId = circuitKeyHash.slice(0, 10)
  const model = { model_id: batchId }
  await kysely
    .insertInto('blocks')
    .values({
      number: batchId,
      hash: keccak256(toHex(`block ${batchId}`)),
      parent_hash: keccak256(toHex(`block ${batchId - 1n}`)),
      timestamp: 1_000_000n + batchId,
      has_events: true,
    })
    .execute()
  const circuit = { circuit_id: circuitId, key_hash: circuitKeyHash, verifier: PROVER, verifier_codehash: '0x' }
  await kysely
    .insertInto('circuits')
    .values({ ...circuit, traces: tiny.traces, contributors: tiny.contributors, ...mirrored() })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await kysely
    .insertInto('epochs')
    .values({
      ...model,
      epoch_id: batchId,
      model_version: context.modelVersion,
      index_version: context.indexVersion,
      circuit_id: circuitId,
      policy_id: context.policyId,
      ends_at: 2_000_000n,
      ...mirrored(),
    })
    .execute()
  await kysely
    .insertInto('batches')
    .values({
      batch_id: batchId,
      ...model,
      epoch_id: batchId,
      batch_hash: batchHash,
      settle_deadline: 3_000_000n,
      ...mirrored(),
    })
    .execute()
  await kysely
    .insertInto('model_artifacts')
    .values({
      ...model,
      index_version: context.indexVersion,
      model_version: context.modelVersion,
      shape: 'tiny',
      head: toJson(batch.head),
      influence_index: toJson(batch.index),
    })
    .execute()
  for (const [position, trace] of traces.entries()) {
    const commitments = {
      input_commitment: sealed.inputCommitments[position]!,
      output_commitment: sealed.outputCommitments[position]!,
    }
    const request = { request_id: trace.requestId }
    await kysely
      .insertInto('batch_requests')
      .values({
        batch_id: batchId,
        position,
        ...request,
        pool_wei: trace.poolWei,
        ...commitments,
        ...mirrored(),
      })
      .execute()
    const traceId = keccak256(toHex(trace.requestId))
    await kysely
      .insertInto('traces')
      .values({
        trace_id: traceId,
        ...request,
        ...model,
        operator: PROVER,
        ...commitments,
        nonce: 0n,
        deadline: 0n,
        signature: '0x',
        file_hash: '',
      })
      .execute()
    await kysely
      .insertInto('trace_witnesses')
      .values({
        trace_id: traceId,
        features: toJson(trace.features),
        label: trace.label,
        input_salt: trace.inputSalt,
        output_salt: trace.outputSalt,
      })
      .execute()
  }
  return { batch, batchHash, batchId }
}
