import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { type Hex, keccak256, recoverTypedDataAddress, toBytes } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadSettings } from '../../../prover/config/loadSettings.ts'
import { ROLES } from '../../../prover/node/Role.ts'
import { startNode } from '../../../prover/node/startNode.ts'
import { createOperatorServer } from '../../../scripts/examples/operatorServer.ts'
import { parseTraceSubmissions, signedPart, type TraceSubmission } from '../../../src/api/submission.ts'
import { traceIdOf, traceTypedData } from '../../../src/api/typedData.ts'
import type { TraceSummary } from '../../../src/api/views.ts'
import { approveSealer } from '../../../src/chain/approveSealer.ts'
import { payInference } from '../../../src/chain/payInference.ts'
import { verifyOnChain } from '../../../src/chain/verifyOnChain.ts'
import { getProof } from '../../../src/client/getProof.ts'
import { storeModel } from '../../../src/client/storeModel.ts'
import { waitForTrace } from '../../../src/client/waitForTrace.ts'
import { computeLogits, predictLabel } from '../../../src/statement/attributeTrace.ts'
import { commitInput } from '../../../src/statement/commitments.ts'
import { account, deployTiny, type TinyDeployment, tiny } from '../../chain/deployTiny.ts'
import { type StubNode, sendJson, sendProblem, startStubNode } from '../../client/stubNode.ts'
import { copyTestDirectory, silent } from '../../prover/store/openTestDatabase.ts'

const FEE_WEI = 1000n
/** No extractor at all, but frozen: every question has features of its own. */
const extractFeatures = (question: string) => [
  ...Array.from({ length: tiny.features - 1 }, (_, i) => (toBytes(keccak256(toBytes(question)))[i]! % 255) - 127),
  127,
]

let at: TinyDeployment
let node: StubNode
let isNodeDown = false
let server: FastifyInstance
let url: string
/** What the node was handed. */
const submitted: TraceSubmission[] = []

beforeAll(async () => {
  at = await deployTiny()
  node = await startStubNode(({ body }, response) => {
    if (isNodeDown) return sendProblem(response, 500, 'INTERNAL')
    const trace = parseTraceSubmissions(body) as TraceSubmission
    submitted.push(trace)
    sendJson(response, 202, { traceId: traceIdOf(trace, signedPart(trace)), isNew: true })
  })
  server = createServerFor(node.url)
  url = await server.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await server?.close()
  await node?.stop()
  await at?.chain.stop()
})
beforeEach(() => {
  submitted.length = 0
  isNodeDown = false
})

const createServerFor = (nodeUrl: string) =>
  createOperatorServer({
    chain: at.clients.stranger,
    chainId: BigInt(at.chain.chain.id),
    inferenceEscrow: at.deployment.inferenceEscrow,
    nodeUrl,
    account: account('operator'),
    modelId: at.modelId,
    shape: tiny,
    head: at.batch.head,
    extractFeatures,
    feeWei: FEE_WEI,
  })
const ask = async (order: object | string, at = url) => {
  const body = typeof order === 'string' ? order : JSON.stringify(order)
  const response = await fetch(at, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return { status: response.status, content: (await response.json()) as Record<string, string> }
}
const pay = (requestHash: Hex, feeWei: bigint, modelId = at.modelId) =>
  payInference(at.clients.payer, at.deployment, { modelId, requestHash, feeWei })

describe('createOperatorServer', () => {
  test('default: it says what to pay, and answers whoever paid; the node has the trace', async () => {
    const question = 'Which of the four?'
    const bill = await ask({ question })
    expect(bill).toEqual({
      status: 402,
      content: {
        chainId: '31337',
        inferenceEscrow: at.deployment.inferenceEscrow,
        modelId: at.modelId.toString(),
        requestHash: keccak256(toBytes(question)),
        feeWei: FEE_WEI.toString(),
      },
    })
    const { requestHash, feeWei, modelId } = bill.content
    const { requestId, transactionHash } = await pay(requestHash as Hex, BigInt(feeWei!), BigInt(modelId!))
    const answer = await ask({ question, payment: transactionHash })
    const features = extractFeatures(question)
    const label = predictLabel(computeLogits(at.batch.head, features))
    expect(submitted).toHaveLength(1)
    const trace = submitted[0]!
    const traceId = traceIdOf(trace, signedPart(trace))
    expect(answer).toEqual({ status: 200, content: { requestId: requestId.toString(), label, traceId } })
    expect(trace).toMatchObject({
      requestId,
      modelId: at.modelId,
      features,
      label,
      escrow: at.deployment.inferenceEscrow,
    })
    expect(trace.inputCommitment).toBe(commitInput(features, trace.inputSalt, tiny))
    const signed = traceTypedData(trace, signedPart(trace))
    const signer = await recoverTypedDataAddress({ ...signed, signature: trace.signature })
    expect(signer).toBe(at.clients.operator.account.address)

    expect(await ask({ question, payment: transactionHash })).toEqual(answer)
    expect(submitted).toHaveLength(1)
  })

  test('error: paid too little, for another question, or not at all', async () => {
    const question = 'And now?'
    const requestHash = keccak256(toBytes(question))
    const { transactionHash: tooLittle } = await pay(requestHash, FEE_WEI - 1n)
    const { transactionHash: forOther } = await pay(keccak256(toBytes('And then?')), FEE_WEI)
    for (const payment of [tooLittle, forOther, requestHash]) {
      expect((await ask({ question, payment })).status).toBe(402)
    }
    expect(submitted).toEqual([])
  })

  test('error: without a node there is no answer; the payment still holds afterwards', async () => {
    const question = 'Is anybody there?'
    const { transactionHash: payment } = await pay(keccak256(toBytes(question)), FEE_WEI)
    isNodeDown = true
    expect(await ask({ question, payment })).toEqual({ status: 503, content: { error: 'no answer at the moment' } })
    isNodeDown = false
    expect((await ask({ question, payment })).status).toBe(200)
    expect(submitted).toHaveLength(1)
  })

  test.each(['{', '{}', '{"question":5}', '{"question":"a","payment":"0x12"}', '{"question":"a","fee":"0"}'])(
    'error: %s is no order',
    async (order) => {
      expect((await ask(order)).status).toBe(400)
    },
  )
})

describe('with a prover node', () => {
  test('default: from a question to a settled batch, with a node that seals by a key of its own', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'poa-operator-test-'))
    const stopping: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true })]
    try {
      await rename(await copyTestDirectory(), join(dataDir, 'database'))
      const { deployment, modelId, indexVersion, batch, clients } = at
      const settings = await loadSettings({
        file: false,
        env: {
          POA_DATA_DIR: dataDir,
          POA_RPC_URLS: at.chain.rpcUrl,
          POA_CHAIN_ID: String(at.chain.chain.id),
          POA_ESCROW: deployment.inferenceEscrow,
          POA_PRIVATE_KEY: keccak256(toBytes('chain test: prover')),
          POA_PORT: '0',
          POA_METRICS_PORT: '0',
          POA_BATCH_MAX_AGE_SECONDS: '1',
          POA_POLL_MS: '100',
          POA_NICENESS: '0', // beside other tests, a proof that gives way to everything takes minutes
        },
      })
      const prover = await startNode({ settings, roles: ROLES, logger: silent })
      stopping.unshift(() => prover.stop())
      const nodeUrl = prover.url!
      const operatorServer = createServerFor(nodeUrl)
      const serverUrl = await operatorServer.listen({ host: '127.0.0.1', port: 0 })
      stopping.unshift(() => operatorServer.close())

      const sealer = clients.prover.account.address
      await approveSealer(clients.operator, deployment, { sealer, isApproved: true })
      await storeModel(nodeUrl, { modelId, indexVersion, shape: tiny, head: batch.head, index: batch.index })

      const question = 'Does it all work together?'
      const { transactionHash: payment } = await pay(keccak256(toBytes(question)), FEE_WEI)
      const { status, content } = await ask({ question, payment }, serverUrl)
      expect(status).toBe(200)
      const traceId = content.traceId as Hex
      const summaries: TraceSummary[] = []
      const settled = await waitForTrace(nodeUrl, traceId, { onChange: ({ summary }) => summaries.push(summary) })
      expect(summaries.at(-1)).toBe('settled')
      expect(settled.requestId).toBe(content.requestId)
      const proven = await getProof(nodeUrl, { traceId })
      expect(await verifyOnChain(clients.stranger, deployment.inferenceEscrow, proven)).toEqual({
        isAccepted: true,
        isSettled: true,
      })
    } finally {
      for (const stop of stopping) await stop()
    }
  })
})
