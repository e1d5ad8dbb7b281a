import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import {
  type Address,
  createPublicClient,
  custom,
  getAddress,
  type Hex,
  keccak256,
  RpcRequestError,
  toBytes,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { NodeChain } from '../../../prover/indexing/connectChain.ts'
import type { Step } from '../../../prover/steps.ts'
import type { NodeDatabase } from '../../../prover/store/openDatabase.ts'
import { openTraceFiles, type TraceFiles } from '../../../prover/store/openTraceFiles.ts'
import { randomBatch, seededRandom } from '../../../scripts/randomBatch.ts'
import type { TraceSubmission } from '../../../src/api/submission.ts'
import { type AnsweredInference, signTrace } from '../../../src/client/signTrace.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { commitIndex, commitWeights } from '../../../src/statement/commitments.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import { openTestDatabase, silent } from '../store/openTestDatabase.ts'

export const tiny = shapeNamed('tiny')
export const CHAIN_ID = 31337
export const MODEL_ID = 1n
/** Registered, but its head and index have not been handed in. */
export const UNSTORED_MODEL_ID = 2n
export const CIRCUIT_KEY_HASH: Hex = `0x${'c1'.repeat(32)}`
export const operator = privateKeyToAccount(keccak256(toBytes('intake test: operator')))
export const stranger = privateKeyToAccount(keccak256(toBytes('intake test: stranger')))
export const CONTRIBUTORS: readonly Address[] = [1, 2, 3].map((slot) => getAddress(`0x${String(slot).repeat(40)}`))
const addressOf = (digit: string): Address => getAddress(`0x${digit.repeat(40)}`)
export const ESCROW = addressOf('e')
/** The chain's clock, far from ours. */
export const CHAIN_TIME = 1_000_000n
export const SEAL_DEADLINE = CHAIN_TIME + 600n
export const SETTLE_DEADLINE = CHAIN_TIME + 1200n
const BLOCK_HASH = `0x${'b1'.repeat(32)}`
/** Requests 1 .. 99 are paid to the model. */
const PAID_REQUESTS = 99

/** Answers an RPC request; throws for what the chain refuses. */
export type Answer = (method: string, params: readonly unknown[]) => unknown

/**
 * A database whose mirror has one model of the shape `tiny` with paid requests, and a chain that answers what a test says. No chain runs: what is under
 * test reads the mirror.
 */
export type MirrorSetting = {
  readonly db: NodeDatabase
  readonly chain: NodeChain
  readonly files: TraceFiles
  readonly directory: string
  /** Steps reached. */
  readonly steps: Step[]
  /** RPC methods that were asked for. */
  readonly asked: string[]
  onStep(step: Step): void
  /** From now on the chain answers so; the default knows no contract and no request. */
  answerWith(answer: Answer): void
  /** A trace of a paid request, as its operator signs it. */
  sign(inference?: Partial<AnsweredInference>, signer?: typeof operator): Promise<TraceSubmission>
  /** Mirrors the seal of requests as one batch. */
  mirrorSeal(batchId: bigint, traces: readonly SealedTrace[]): Promise<void>
  mirrorSettlement(batchId: bigint): Promise<void>
  mirrorRefund(requestId: bigint): Promise<void>
  /** Moves the chain's clock. */
  mirrorTime(timestamp: bigint): Promise<void>
  /** As it was after `openMirrorSetting`. */
  reset(): Promise<void>
  close(): Promise<void>
}
export type SealedTrace = Pick<TraceSubmission, 'requestId' | 'inputCommitment' | 'outputCommitment'>

/** In a day, by our clock. */
export const inADay = () => BigInt(Math.floor(Date.now() / 1000) + 86_400)

const random = seededRandom(77)
export const batch = randomBatch(tiny, random, { traces: 4, weight: () => random.integer(-40, 40) })

export async function openMirrorSetting(): Promise<MirrorSetting> {
  const { db, directory, close } = await openTestDatabase()
  await mirrorModel(db)
  const original = await db.kysely.selectFrom('model_versions').selectAll().execute()
  const traceDirectory = await mkdtemp(join(tmpdir(), 'poa-test-traces-'))
  const asked: string[] = []
  const steps: Step[] = []
  let answer: Answer = answerEmpty
  const client = createPublicClient({
    cacheTime: 0,
    transport: custom(
      {
        async request({ method, params }: { method: string; params: readonly unknown[] }) {
          asked.push(method)
          return answer(method, params)
        },
      },
      { retryCount: 0 },
    ),
  })
  const deployment = {
    policyRegistry: addressOf('a'),
    verifierRegistry: addressOf('b'),
    modelRegistry: addressOf('c'),
    epochLedger: addressOf('d'),
    inferenceEscrow: ESCROW,
  }
  const chain = {
    client,
    chainId: CHAIN_ID,
    deployment,
    rpcNames: ['stub'],
    requireChain: async () => undefined,
  } as unknown as NodeChain
  const files = openTraceFiles(traceDirectory, silent)
  let mirrored = 1000
  const mirroredAt = () => ({ block_number: 1n, log_index: mirrored++, transaction_hash: `0x${'f1'.repeat(32)}` })

  return {
    db,
    chain,
    files,
    directory,
    steps,
    asked,
    onStep: (step) => void steps.push(step),
    answerWith: (next) => {
      answer = next
    },
    sign(inference = {}, signer = operator) {
      const { features, label } = batch.traces[0]!
      const place = { chainId: BigInt(CHAIN_ID), escrow: ESCROW, shape: tiny, modelId: MODEL_ID, requestId: 1n }
      return signTrace(signer, { ...place, features, label, deadline: inADay(), ...inference })
    },
    async mirrorSeal(batchId, traces) {
      const at = mirroredAt()
      await db.kysely
        .insertInto('batches')
        .values({
          ...at,
          batch_id: batchId,
          model_id: MODEL_ID,
          epoch_id: 1n,
          batch_hash: batchHashOf(batchId),
          settle_deadline: SETTLE_DEADLINE,
        })
        .execute()
      await db.kysely
        .insertInto('batch_requests')
        .values(
          traces.map(({ requestId, inputCommitment, outputCommitment }, position) => ({
            ...at,
            batch_id: batchId,
            position,
            request_id: requestId,
            pool_wei: 50n,
            input_commitment: inputCommitment,
            output_commitment: outputCommitment,
          })),
        )
        .execute()
    },
    async mirrorSettlement(batchId) {
      await db.kysely
        .insertInto('settlements')
        .values({ ...mirroredAt(), batch_id: batchId, model_id: MODEL_ID, prover: addressOf('9'), digest: 5n })
        .execute()
    },
    async mirrorRefund(requestId) {
      await db.kysely
        .insertInto('refunds')
        .values({ ...mirroredAt(), request_id: requestId, payer: addressOf('8'), fee_wei: 100n })
        .execute()
    },
    async mirrorTime(timestamp) {
      await db.kysely.updateTable('blocks').set({ timestamp }).execute()
    },
    async reset() {
      const { kysely } = db
      await sql`truncate traces, transactions, events, batches, batch_requests, settlements, refunds, proofs, proof_jobs,
        sealer_approvals, operator_changes, withdrawals, batch_bookings cascade`.execute(kysely)
      await kysely.updateTable('blocks').set({ timestamp: CHAIN_TIME }).execute()
      for (const { model_id, weights_commitment } of original)
        await kysely
          .updateTable('model_versions')
          .set({ weights_commitment })
          .where('model_id', '=', model_id)
          .execute()
      for await (const { hash } of files.readPending()) await files.close(hash)
      steps.length = 0
      asked.length = 0
      answer = answerEmpty
    },
    async close() {
      await close()
      await rm(traceDirectory, { recursive: true, force: true })
    },
  }
}

export const batchHashOf = (batchId: bigint): Hex => keccak256(toBytes(`batch ${batchId}`))

/** A chain without contracts, that knows no request. */
export function answerEmpty(method: string): unknown {
  if (method === 'eth_getCode') return '0x'
  if (method === 'eth_call')
    throw revertWith(keccak256(toBytes('UnknownRequest(uint256)')).slice(0, 10) + '0'.repeat(64))
  if (method === 'eth_blockNumber') return '0x1'
  if (method === 'eth_getBalance') return '0xde0b6b3a7640000'
  throw new Error(`the stub does not answer ${method}`)
}

export function revertWith(data: string): Error {
  return new RpcRequestError({ body: {}, url: 'stub', error: { code: 3, message: 'execution reverted', data } })
}

async function mirrorModel({ kysely }: NodeDatabase): Promise<void> {
  await kysely
    .insertInto('mirrored_deployment')
    .values({ chain_id: BigInt(CHAIN_ID), escrow: ESCROW })
    .execute()
  await kysely
    .insertInto('blocks')
    .values({
      number: 1n,
      hash: BLOCK_HASH,
      parent_hash: `0x${'00'.repeat(32)}`,
      timestamp: CHAIN_TIME,
      has_events: true,
    })
    .execute()
  let logIndex = 0
  const at = () => ({ block_number: 1n, log_index: logIndex++, transaction_hash: `0x${'f0'.repeat(32)}` })
  await kysely
    .insertInto('circuits')
    .values({
      ...at(),
      circuit_id: '0xc1c1c1c1',
      key_hash: CIRCUIT_KEY_HASH,
      verifier: addressOf('7'),
      verifier_codehash: `0x${'77'.repeat(32)}`,
      traces: tiny.traces,
      contributors: tiny.contributors,
    })
    .execute()
  for (const modelId of [MODEL_ID, UNSTORED_MODEL_ID]) {
    await kysely
      .insertInto('models')
      .values({ ...at(), model_id: modelId, owner: addressOf('6'), operator: operator.address })
      .execute()
    await kysely
      .insertInto('model_versions')
      .values({
        ...at(),
        model_id: modelId,
        model_version: 1n,
        weights_commitment: commitWeights(batch.head, tiny),
        circuit_id: '0xc1c1c1c1',
      })
      .execute()
    await kysely
      .insertInto('influence_indexes')
      .values({
        ...at(),
        model_id: modelId,
        index_version: 1n,
        model_version: 1n,
        index_commitment: commitIndex(batch.index, tiny),
        contributors: toJson(CONTRIBUTORS),
      })
      .execute()
    await kysely
      .insertInto('epochs')
      .values({
        ...at(),
        model_id: modelId,
        epoch_id: 1n,
        model_version: 1n,
        index_version: 1n,
        circuit_id: '0xc1c1c1c1',
        policy_id: 1n,
        ends_at: CHAIN_TIME + 3600n,
      })
      .execute()
  }
  const request = (requestId: bigint, modelId: bigint) => ({
    ...at(),
    request_id: requestId,
    model_id: modelId,
    epoch_id: 1n,
    payer: addressOf('8'),
    fee_wei: 100n,
    pool_wei: 50n,
    request_hash: `0x${'00'.repeat(32)}`,
    seal_deadline: SEAL_DEADLINE,
  })
  const ids = Array.from({ length: PAID_REQUESTS }, (_, i) => BigInt(i + 1))
  await kysely
    .insertInto('requests')
    .values([...ids.map((id) => request(id, MODEL_ID)), request(100n, UNSTORED_MODEL_ID)])
    .execute()
  await kysely
    .insertInto('model_artifacts')
    .values({
      model_id: MODEL_ID,
      index_version: 1n,
      model_version: 1n,
      shape: tiny.name,
      head: toJson(batch.head),
      influence_index: toJson(batch.index),
    })
    .execute()
  await sql`analyze`.execute(kysely)
}
