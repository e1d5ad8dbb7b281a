/** The client against the node's own HTTP API, on a real chain: what the stub of the other tests stands for. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectChain, type NodeChain } from '../../prover/indexing/connectChain.ts'
import { indexChain } from '../../prover/indexing/indexChain.ts'
import type { ApiInstance } from '../../prover/server/ApiContext.ts'
import { buildServer } from '../../prover/server/buildServer.ts'
import { Disclosures } from '../../prover/server/Disclosures.ts'
import { openMetrics } from '../../prover/server/openMetrics.ts'
import { openTraceFiles } from '../../prover/store/openTraceFiles.ts'
import type { TraceSubmission } from '../../src/api/submission.ts'
import { modelStoredView } from '../../src/api/views.ts'
import { payInference } from '../../src/chain/payInference.ts'
import { sealBatch } from '../../src/chain/sealBatch.ts'
import { cancelTrace } from '../../src/client/cancelTrace.ts'
import { getProof } from '../../src/client/getProof.ts'
import { getTrace } from '../../src/client/getTrace.ts'
import { requestNode } from '../../src/client/requestNode.ts'
import { retryTrace } from '../../src/client/retryTrace.ts'
import { signTrace } from '../../src/client/signTrace.ts'
import { submitTrace, submitTraces } from '../../src/client/submitTrace.ts'
import { waitForTrace } from '../../src/client/waitForTrace.ts'
import { account, deployTiny, type TinyDeployment, tiny } from '../chain/deployTiny.ts'
import { openTestDatabase, silent, type TestDatabase } from '../prover/store/openTestDatabase.ts'

let at: TinyDeployment
let database: TestDatabase
let chain: NodeChain
let files: string
let server: ApiInstance
let url: string
const operator = account('operator')
const onStep = () => {}

beforeAll(async () => {
  at = await deployTiny()
  database = await openTestDatabase()
  files = await mkdtemp(join(tmpdir(), 'poa-client-test-'))
  const { db } = database
  const { inferenceEscrow: escrow } = at.deployment
  chain = await connectChain({ rpcUrls: [at.chain.rpcUrl], chainId: at.chain.chain.id, escrow })
  const queueCounts = async () => ({ queued: 0, active: 0, dead: 0 })
  server = await buildServer({
    db,
    chain,
    circuits: { get: () => undefined, list: () => [], close: async () => {} },
    disclosures: new Disclosures({ directory: undefined, kysely: db.kysely, chain, logger: silent }),
    explorer: files,
    corsOrigins: [],
    files: openTraceFiles(files, silent),
    queue: { enqueue: async () => {} },
    account: undefined,
    limits: { minFeeWei: 0n, maxPendingTraces: 3, tracesPerMinutePerOperator: 1000, requestsPerMinutePerAddress: 1000 },
    readinessChecks: [],
    metrics: openMetrics({ db, chain, queueCounts, account: undefined, prover: undefined, logger: silent }),
    onStep,
    logger: silent,
    isDraining: () => false,
  })
  url = await server.listen({ host: '127.0.0.1', port: 0 })
  await mirror()
  const { modelId, indexVersion, batch } = at
  const body = { modelId, indexVersion, shape: 'tiny', head: batch.head, index: batch.index }
  await requestNode(url, { method: 'POST', path: '/v1/models', body, answer: modelStoredView })
})
afterAll(async () => {
  await server?.close()
  await database?.close()
  await at?.chain.stop()
  if (files) await rm(files, { recursive: true })
})

/** Brings the node's mirror up to date with the chain. */
const mirror = async () => {
  while (await indexChain({ db: database.db, chain, startBlock: 0n, onStep, logger: silent }));
}
const inFuture = () => BigInt(Math.floor(Date.now() / 1000) + 600)
const domain = () => ({ chainId: BigInt(at.chain.chain.id), escrow: at.deployment.inferenceEscrow })
const answer = (requestId: bigint, { signer = operator } = {}): Promise<TraceSubmission> => {
  const { features, label } = at.batch.traces[Number(requestId) % 4]!
  const inference = { modelId: at.modelId, requestId, features, label, deadline: inFuture() }
  return signTrace(signer, { ...domain(), shape: tiny, ...inference })
}
const payAndAnswer = async () => {
  const request = { modelId: at.modelId, requestHash: `0x${'00'.repeat(32)}`, feeWei: 1000n } as const
  const { requestId } = await payInference(at.clients.payer, at.deployment, request)
  await mirror()
  return answer(requestId)
}
/** So long that only an event can tell. */
const NEVER_POLL = { pollMs: 1_000_000 }

describe('a trace at a real node', () => {
  test('default: accepted once, and cancelled while somebody waits', async () => {
    const trace = await payAndAnswer()
    const { traceId, isNew } = await submitTrace(url, trace)
    expect(isNew).toBe(true)
    expect(await submitTrace(url, trace)).toEqual({ traceId, isNew: false })
    expect(await getTrace(url, traceId)).toMatchObject({ traceId, summary: 'accepted', operator: operator.address })

    const action = { ...domain(), traceId, deadline: inFuture() }
    await expect(getProof(url, { traceId })).rejects.toMatchObject({ code: 'PROOF_UNKNOWN', status: 404 })
    await expect(retryTrace(url, operator, action)).rejects.toMatchObject({ code: 'TRACE_NOT_SEALED', status: 409 })
    const cancelled = waitForTrace(url, traceId, { ...NEVER_POLL, until: 'cancelled' })
    expect(await cancelTrace(url, operator, action)).toMatchObject({ traceId, summary: 'cancelled' })
    expect((await cancelled).trace.state).toBe('cancelled')
  })

  test('behavior: whoever waits hears of its batch, too', async () => {
    const trace = await payAndAnswer()
    const { traceId } = await submitTrace(url, trace)
    const sealed = waitForTrace(url, traceId, { ...NEVER_POLL, until: 'sealed' })
    const { requestId, inputCommitment, outputCommitment } = trace
    const leaves = {
      requestIds: [requestId],
      inputCommitments: [inputCommitment],
      outputCommitments: [outputCommitment],
    }
    const { batchId } = await sealBatch(at.clients.operator, at.deployment, { modelId: at.modelId, sealed: leaves })
    await mirror()
    expect((await sealed).batch).toMatchObject({ batchId: batchId.toString(), position: 0 })
  })

  test('behavior: of several each gets what is its own', async () => {
    const traces = [await payAndAnswer(), await answer(999n), await payAndAnswer()]
    const results = await submitTraces(url, traces)
    expect(results.map((result) => ('refusal' in result ? result.refusal.code : result.isNew))).toEqual([
      true,
      'REQUEST_NOT_PAID',
      true,
    ])
    // Three are pending now: the node takes no more, and says when to come again.
    const refusal = await submitTrace(url, await payAndAnswer()).catch((error) => error)
    expect(refusal).toMatchObject({ code: 'BACKLOG_FULL', status: 429, retryAfterSeconds: expect.any(Number) })
  })

  test('error: what the node refuses', async () => {
    const chainId = { ...(await answer(1n)), chainId: 1n }
    await expect(submitTrace(url, chainId)).rejects.toMatchObject({ code: 'TRACE_FOR_OTHER_CHAIN', status: 422 })
    const label = { ...(await answer(1n)), label: -1 }
    await expect(submitTrace(url, label)).rejects.toMatchObject({ status: expect.any(Number), name: 'NodeApiError' })
    const unknown = `0x${'12'.repeat(32)}` as const
    await expect(waitForTrace(url, unknown)).rejects.toMatchObject({ code: 'TRACE_UNKNOWN', status: 404 })
    const stranger = account('stranger')
    const { items } = (await (await fetch(`${url}/v1/traces`)).json()) as { items: { traceId: `0x${string}` }[] }
    const action = { ...domain(), traceId: items[0]!.traceId, deadline: inFuture() }
    await expect(cancelTrace(url, stranger, action)).rejects.toMatchObject({ code: 'SIGNER_NOT_OPERATOR', status: 403 })
  })
})
