import { decodeFunctionData, getAddress, type Hex } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { planProofs } from '../../../prover/submission/planProofs.ts'
import { planSettlements } from '../../../prover/submission/planSettlements.ts'
import type { ProofOrder } from '../../../prover/worker/ProofQueue.ts'
import { passTime } from '../../../scripts/demo/connect.ts'
import { inferenceEscrowAbi } from '../../../src/chain/abi.ts'
import { readBatchContext } from '../../../src/chain/readBatchContext.ts'
import { sealBatch } from '../../../src/chain/sealBatch.ts'
import { buildStatement } from '../../../src/statement/buildStatement.ts'
import { computeContext } from '../../../src/statement/context.ts'
import { claimOf, settlementClaimToJson } from '../../../src/statement/settlementClaim.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import { account, SEAL_WINDOW, SETTLE_WINDOW, tiny } from '../../chain/deployTiny.ts'
import { simulateProof } from '../proving/simulatedProver.ts'
import { silent } from '../store/openTestDatabase.ts'
import { batchHashOf, type HeldTrace, openSetting, type Setting, sealedOf, wallet } from './openSetting.ts'

let setting: Setting
let orders: ProofOrder[]
beforeAll(async () => {
  setting = await openSetting()
})
afterAll(() => setting?.close())
beforeEach(async () => {
  await setting.reset()
  orders = []
})

const queue = {
  async enqueue(order: ProofOrder) {
    orders.push(order)
  },
}
const order = () => planProofs({ ...setting, queue })
const settle = () => planSettlements({ ...setting, account: wallet.address, logger: silent })
const intents = () => setting.db.kysely.selectFrom('transactions').selectAll().orderBy('transaction_id').execute()

/** The operator seals what is held, by itself, and the mirror sees it. */
async function sealByOperator(held: readonly HeldTrace[]): Promise<bigint> {
  const { clients, deployment, modelId } = setting.at
  const { batchId } = await sealBatch(clients.operator, deployment, { modelId, sealed: sealedOf(held) })
  await setting.index()
  return batchId
}

/** Stores a proof as a worker does; its bytes prove nothing, its context is right. */
async function storeProof(held: readonly HeldTrace[], batchId: bigint, prover = wallet.address): Promise<bigint> {
  const context = await readBatchContext(setting.chain.client, setting.chain.deployment, { batchId, prover })
  const batch = { ...setting.at.batch, traces: held.map(({ trace }) => trace), context }
  const statement = buildStatement(batch)
  const { digest } = statement.publicSignals
  await setting.db.kysely
    .insertInto('proofs')
    .values({
      context: computeContext(context, batchHashOf(held)),
      batch_hash: batchHashOf(held),
      claim: toJson(settlementClaimToJson(claimOf(tiny, context, statement))),
      proof: toJson(simulateProof([digest, 1n, 1n, 1n, 1n, 1n])),
      worker: 'test',
      witness_seconds: 1,
      prove_seconds: 1,
    })
    .execute()
  return computeContext(context, batchHashOf(held))
}

const storeJob = (held: readonly HeldTrace[], batchId: bigint, state: 'queued' | 'active' | 'done' | 'dead') =>
  setting.db.kysely
    .insertInto('proof_jobs')
    .values({ batch_hash: batchHashOf(held), batch_id: batchId, state, deadline_at: new Date() })
    .execute()

describe('planProofs', () => {
  test('default: a batch that its operator sealed is ordered, until the end of its settle window by our clock', async () => {
    const held = await setting.holdPaid(2)
    expect(await order()).toBe(0)
    const before = Date.now()
    const batchId = await sealByOperator(held)
    expect(await order()).toBe(1)
    expect(orders).toMatchObject([{ batchHash: batchHashOf(held), batchId }])
    expect(setting.steps).toEqual(['proof.queueing'])
    // The local chain lives in another year than we do.
    const remainingMs = orders[0]!.deadlineAt.getTime() - before
    expect(remainingMs).toBeGreaterThan((SEAL_WINDOW + SETTLE_WINDOW - 60) * 1000)
    expect(remainingMs).toBeLessThan((SEAL_WINDOW + SETTLE_WINDOW + 60) * 1000)
  })

  test('behavior: nothing that this node cannot prove', async () => {
    const held = await setting.holdPaid(3)
    const [first, second, third] = held as [HeldTrace, HeldTrace, HeldTrace]
    await setting.db.kysely.deleteFrom('traces').where('trace_id', '=', first.traceId).execute()
    await setting.db.kysely
      .updateTable('traces')
      .set({ output_commitment: 7n })
      .where('trace_id', '=', second.traceId)
      .execute()
    await sealByOperator([first, third]) // one of the two is unknown here
    await sealByOperator([second]) // sealed with another answer
    expect(await order()).toBe(0)
  })

  test('behavior: nothing without head and index', async () => {
    await sealByOperator(await setting.holdPaid(1))
    await setting.db.kysely.deleteFrom('model_artifacts').execute()
    expect(await order()).toBe(0)
  })

  test.each([
    ['queued', 0],
    ['active', 0],
    ['dead', 0],
    ['done', 1],
  ] as const)(
    'behavior: a batch whose job is %s and whose proof is missing is ordered %i times',
    async (state, times) => {
      const held = await setting.holdPaid(1)
      await storeJob(held, await sealByOperator(held), state)
      expect(await order()).toBe(times)
    },
  )

  test('behavior: no order when any proof fits, whoever proved it', async () => {
    const held = await setting.holdPaid(1)
    const batchId = await sealByOperator(held)
    await storeProof(held, batchId, account('stranger').address)
    expect(await order()).toBe(0)
  })

  test('behavior: a proof of the same batch under another id does not count', async () => {
    const held = await setting.holdPaid(2)
    const before = await setting.rpc('evm_snapshot')
    const batchId = await sealByOperator(held.slice(0, 1))
    await storeProof(held.slice(0, 1), batchId)
    await setting.rpc('evm_revert', before) // a reorganisation in which another batch comes first
    await setting.rpc('evm_mine')
    await sealByOperator(held.slice(1))
    expect(await sealByOperator(held.slice(0, 1))).toBe(batchId + 1n)
    expect(await order()).toBe(2)
    expect(await settle()).toBe(0)
  })

  test('behavior: past its deadline there is nothing to prove', async () => {
    await sealByOperator(await setting.holdPaid(1))
    await passTime(setting.at.clients.stranger, SEAL_WINDOW + SETTLE_WINDOW + 1)
    await setting.index()
    expect(await order()).toBe(0)
  })
})

describe('planSettlements', () => {
  test('default: a proof becomes an intent that holds its claim', async () => {
    const held = await setting.holdPaid(2)
    const batchId = await sealByOperator(held)
    expect(await settle()).toBe(0)
    const context = await storeProof(held, batchId)
    expect(await settle()).toBe(1)
    const [intent, ...others] = await intents()
    expect(others).toEqual([])
    expect(intent).toMatchObject({ kind: 'settle', subject: `${context}`, sender: wallet.address, state: 'intended' })
    const { functionName, args } = decodeFunctionData({ abi: inferenceEscrowAbi, data: intent!.data as Hex })
    expect(functionName).toBe('settle')
    expect(args!.slice(0, 3)).toEqual([batchId, getAddress(wallet.address), sealedOf(held)])
    expect(setting.steps).toEqual(['settle.intended'])
    expect(await settle()).toBe(0)
  })

  test('behavior: one settlement a batch, however many proofs it has', async () => {
    const held = await setting.holdPaid(1)
    const batchId = await sealByOperator(held)
    await storeProof(held, batchId)
    await storeProof(held, batchId, account('stranger').address)
    expect(await settle()).toBe(1)
    expect(await settle()).toBe(0)
    await setting.db.kysely.updateTable('transactions').set({ state: 'final' }).execute()
    expect(await settle()).toBe(0)
    await setting.db.kysely.updateTable('transactions').set({ state: 'lost' }).execute()
    expect(await settle()).toBe(1)
  })

  test('behavior: a batch past its deadline is left alone', async () => {
    const held = await setting.holdPaid(1)
    await storeProof(held, await sealByOperator(held))
    await passTime(setting.at.clients.stranger, SEAL_WINDOW + SETTLE_WINDOW + 1)
    await setting.index()
    expect(await settle()).toBe(0)
  })

  test('error: a proof that cannot be read does not keep the others', async () => {
    const [first, second] = (await setting.holdPaid(2)) as [HeldTrace, HeldTrace]
    const context = await storeProof([first], await sealByOperator([first]))
    await setting.db.kysely
      .updateTable('proofs')
      .set({ proof: toJson({ pi_a: [] }) })
      .where('context', '=', context)
      .execute()
    await storeProof([second], await sealByOperator([second]))
    expect(await settle()).toBe(1)
    expect((await intents())[0]!.subject).not.toBe(`${context}`)
  })
})
