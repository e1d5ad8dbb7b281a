import { decodeFunctionData, type Hex } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { planSeals } from '../../../prover/submission/planSeals.ts'
import { passTime } from '../../../scripts/demo/connect.ts'
import { inferenceEscrowAbi, modelRegistryAbi, verifierRegistryAbi } from '../../../src/chain/abi.ts'
import { approveSealer } from '../../../src/chain/approveSealer.ts'
import { executeContract } from '../../../src/chain/executeContract.ts'
import { sealBatch } from '../../../src/chain/sealBatch.ts'
import { account, EPOCH_LENGTH, SEAL_WINDOW } from '../../chain/deployTiny.ts'
import { silent } from '../store/openTestDatabase.ts'
import { batchHashOf, openSetting, type Setting, sealedOf, wallet } from './openSetting.ts'

let setting: Setting
beforeAll(async () => {
  setting = await openSetting()
})
afterAll(() => setting?.close())
beforeEach(() => setting.reset())

const plan = (maxAgeSeconds: number, signer = wallet.address) =>
  planSeals({ ...setting, account: signer, maxAgeSeconds, logger: silent })
const intents = () => setting.db.kysely.selectFrom('transactions').selectAll().orderBy('transaction_id').execute()
const tracesOf = (transactionId: bigint) =>
  setting.db.kysely
    .selectFrom('transaction_traces')
    .select('trace_id')
    .where('transaction_id', '=', transactionId)
    .orderBy('position')
    .execute()
    .then((rows) => rows.map(({ trace_id }) => trace_id))
const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000)

describe('planSeals', () => {
  test('default: a full batch is intended at once, in the order of acceptance, what is left over waits', async () => {
    const held = await setting.holdPaid(5)
    expect(await plan(100)).toBe(1)
    const full = held.slice(0, 4)
    const [intent, ...others] = await intents()
    expect(others).toEqual([])
    expect(intent).toMatchObject({
      kind: 'seal',
      subject: batchHashOf(full),
      sender: wallet.address,
      recipient: setting.chain.deployment.inferenceEscrow,
      state: 'intended',
      nonce: null,
    })
    const { requestIds, inputCommitments, outputCommitments } = sealedOf(full)
    expect(decodeFunctionData({ abi: inferenceEscrowAbi, data: intent!.data as Hex })).toEqual({
      functionName: 'seal',
      args: [setting.at.modelId, requestIds, inputCommitments, outputCommitments],
    })
    expect(await tracesOf(intent!.transaction_id)).toEqual(full.map(({ traceId }) => traceId))
    expect(setting.steps).toEqual(['seal.intended'])
    expect(await plan(100)).toBe(0)
  })

  test('behavior: what is too old is intended without company', async () => {
    const paid = await setting.pay(3)
    await setting.index()
    await setting.hold(paid.slice(0, 1), { acceptedAt: secondsAgo(100) })
    await setting.hold(paid.slice(1))
    expect(await plan(101)).toBe(0)
    expect(await plan(99)).toBe(1)
    expect(await tracesOf((await intents())[0]!.transaction_id)).toHaveLength(3)
  })

  test('behavior: hurries when the seal deadline comes close, and leaves alone what cannot make it', async () => {
    await setting.holdPaid(1)
    await passTime(setting.at.clients.stranger, SEAL_WINDOW - 70)
    expect(await plan(20)).toBe(0)
    expect(await plan(24)).toBe(1) // three times its age is more than what is left
    await setting.reset()
    await setting.holdPaid(1)
    await passTime(setting.at.clients.stranger, SEAL_WINDOW - 30)
    expect(await plan(1)).toBe(1)
    await setting.reset()
    await setting.holdPaid(1)
    await passTime(setting.at.clients.stranger, SEAL_WINDOW - 3)
    expect(await plan(0)).toBe(0)
  })

  test('behavior: each epoch has batches of its own', async () => {
    await setting.pay(1) // opens the first epoch
    await passTime(setting.at.clients.stranger, EPOCH_LENGTH - 100)
    const first = await setting.holdPaid(2)
    await passTime(setting.at.clients.stranger, 200)
    const second = await setting.holdPaid(2)
    expect(second[0]!.paid.epochId).toBe(first[0]!.paid.epochId + 1n)
    expect(await plan(0)).toBe(2)
    for (const [i, { transaction_id }] of (await intents()).entries())
      expect(await tracesOf(transaction_id)).toEqual([first, second][i]!.map(({ traceId }) => traceId))
  })

  test('behavior: seals for operators that approved it, as long as they do, and for nobody else', async () => {
    await setting.holdPaid(4)
    expect(await plan(0, account('stranger').address)).toBe(0)
    const approve = async (isApproved: boolean) => {
      const approval = { sealer: wallet.address, isApproved }
      await approveSealer(setting.at.clients.operator, setting.at.deployment, approval)
      await setting.index()
    }
    await approve(false)
    expect(await plan(0)).toBe(0)
    await approve(true)
    expect(await plan(0)).toBe(1)
  })

  test('behavior: an operator seals for itself, in any spelling of its address', async () => {
    await setting.holdPaid(4)
    const operator = setting.at.clients.operator.account.address
    expect(await plan(0, operator.toLowerCase() as Hex)).toBe(1)
    expect((await intents())[0]!.sender).toBe(operator)
  })

  test('behavior: a trace that a former operator signed is not sealed in the name of the next', async () => {
    const held = await setting.holdPaid(2)
    const { clients, deployment, modelId } = setting.at
    await executeContract(clients.modelOwner, {
      address: deployment.modelRegistry,
      abi: modelRegistryAbi,
      functionName: 'setOperator',
      args: [modelId, clients.stranger.account.address],
    })
    await approveSealer(clients.stranger, deployment, { sealer: wallet.address, isApproved: true })
    await setting.index()
    expect(await plan(0)).toBe(0)
    await setting.db.kysely
      .updateTable('traces')
      .set({ operator: clients.stranger.account.address })
      .where('trace_id', '=', held[0]!.traceId)
      .execute()
    expect(await plan(0)).toBe(1)
    expect(await tracesOf((await intents())[0]!.transaction_id)).toEqual([held[0]!.traceId])
  })

  test('behavior: nothing under a retired circuit, which the contract would refuse', async () => {
    await setting.holdPaid(4)
    const { clients, deployment, circuitId } = setting.at
    await executeContract(clients.governance, {
      address: deployment.verifierRegistry,
      abi: verifierRegistryAbi,
      functionName: 'retire',
      args: [circuitId],
    })
    await setting.index()
    expect(await plan(0)).toBe(0)
  })

  test('behavior: cancelled, sealed by somebody else, not paid: none of it is intended', async () => {
    const held = await setting.holdPaid(3)
    await setting.db.kysely
      .updateTable('traces')
      .set({ cancelled_at: new Date() })
      .where('trace_id', '=', held[0]!.traceId)
      .execute()
    const { clients, deployment, modelId } = setting.at
    await sealBatch(clients.operator, deployment, { modelId, sealed: sealedOf(held.slice(1, 2)) })
    await setting.index()
    await setting.hold([{ ...held[0]!.paid, requestId: 999n }])
    expect(await plan(0)).toBe(1)
    expect(await tracesOf((await intents())[0]!.transaction_id)).toEqual([held[2]!.traceId])
  })

  test('behavior: two planners at once make one intent', async () => {
    await setting.holdPaid(4)
    const operator = setting.at.clients.operator.account.address
    const planned = await Promise.all([plan(0), plan(0, operator), plan(0)])
    expect(planned.reduce((sum, count) => sum + count)).toBe(1)
    expect(await intents()).toHaveLength(1)
  })

  test('behavior: after a refusal it rests, longer each time; after a loss it does not', async () => {
    await setting.holdPaid(4)
    await plan(0)
    const end = (state: 'refused' | 'lost', ageSeconds: number) =>
      setting.db.kysely
        .updateTable('transactions')
        .set({ state, updated_at: secondsAgo(ageSeconds) })
        .where('state', '=', 'intended')
        .execute()
    await end('refused', 4)
    expect(await plan(0)).toBe(0)
    await setting.db.kysely
      .updateTable('transactions')
      .set({ updated_at: secondsAgo(6) })
      .execute()
    expect(await plan(0)).toBe(1)
    await end('refused', 6)
    expect(await plan(0)).toBe(0) // 10 seconds after the second
    await setting.db.kysely
      .updateTable('transactions')
      .set({ updated_at: secondsAgo(11) })
      .execute()
    expect(await plan(0)).toBe(1)
    await end('lost', 0)
    expect(await plan(0)).toBe(1)
  })
})
