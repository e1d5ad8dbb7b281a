import type { Hex, LocalAccount } from 'viem'
import { parseEther, parseTransaction, toHex } from 'viem'
import { getTransactionCount, readContract, sendRawTransaction } from 'viem/actions'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { connectChain } from '../../../prover/indexing/connectChain.ts'
import { openChildProcessBackend } from '../../../prover/proving/childProcessBackend.ts'
import { proveBatch } from '../../../prover/proving/proveBatch.ts'
import type { Step } from '../../../prover/steps.ts'
import type { DatabaseLock } from '../../../prover/store/openDatabase.ts'
import { acquireSubmitter } from '../../../prover/submission/acquireSubmitter.ts'
import { planSettlements } from '../../../prover/submission/planSettlements.ts'
import { runTransactions } from '../../../prover/submission/runTransactions.ts'
import type { TransactionRound } from '../../../prover/submission/TransactionRound.ts'
import { inferenceEscrowAbi } from '../../../src/chain/abi.ts'
import { readBatchContext } from '../../../src/chain/readBatchContext.ts'
import { sealBatch } from '../../../src/chain/sealBatch.ts'
import { settleBatch } from '../../../src/chain/settleBatch.ts'
import { settlementClaimToJson } from '../../../src/statement/settlementClaim.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import { account } from '../../chain/deployTiny.ts'
import { type Behaviour, honest, type RpcProxy, startRpcProxy } from '../indexing/startRpcProxy.ts'
import { silent } from '../store/openTestDatabase.ts'
import { batchHashOf, type HeldTrace, openSetting, type Setting, sealedOf, wallet } from './openSetting.ts'

let setting: Setting
let proxy: RpcProxy
/** Like `setting.chain`, through a proxy that may lie. */
let proxied: Setting['chain']
let submitter: DatabaseLock
beforeAll(async () => {
  setting = await openSetting()
  proxy = await startRpcProxy(setting.at.chain.rpcUrl)
  const { chainId, deployment } = setting.chain
  proxied = await connectChain({ rpcUrls: [proxy.url], chainId, escrow: deployment.inferenceEscrow })
  submitter = (await acquireSubmitter(setting.db, wallet.address))!
})
afterAll(async () => {
  await proxy?.stop()
  await setting?.close()
})
beforeEach(() => setting.reset())
afterEach(() => proxy.behave(honest))

const run = (change: Partial<TransactionRound> = {}) =>
  runTransactions({
    ...setting,
    wallet,
    submitter,
    confirmations: 2,
    bumpAfterMs: 3_600_000,
    maxFeePerGasWei: parseEther('1') / 10n ** 6n,
    logger: silent,
    ...change,
  }).finally(() => setting.calm())
/** Runs up to a step and no further, as if the process were killed there. */
const runUntil = (last: Step) =>
  new Promise<void>((resolve, reject) => {
    const onStep = (step: Step) => {
      if (step !== last) return
      setting.calm().then(resolve, reject)
      return new Promise<void>(() => {})
    }
    run({ onStep }).then(() => reject(new Error(`the round never came to ${last}`)), reject)
  })
const transactions = () => setting.db.kysely.selectFrom('transactions').selectAll().orderBy('transaction_id').execute()
const attempts = () =>
  setting.db.kysely.selectFrom('transaction_attempts').selectAll().orderBy('max_fee_per_gas').execute()
const states = async () => (await transactions()).map(({ state }) => state)
const mine = () => setting.rpc('evm_mine')
const batchCount = () =>
  readContract(setting.at.clients.stranger, {
    address: setting.chain.deployment.inferenceEscrow,
    abi: inferenceEscrowAbi,
    functionName: 'batchCount',
  })
const nonceOf = ({ address }: LocalAccount) => getTransactionCount(setting.at.clients.stranger, { address })
const sealByOperator = (held: readonly HeldTrace[]) => {
  const { clients, deployment, modelId } = setting.at
  return sealBatch(clients.operator, deployment, { modelId, sealed: sealedOf(held) })
}
/** Two full batches, each with its intent. */
async function intendTwo(): Promise<[HeldTrace[], HeldTrace[]]> {
  const held = await setting.holdPaid(8)
  expect(await setting.planAll()).toBe(2)
  return [held.slice(0, 4), held.slice(4)]
}
/** A plain transfer by the wallet, as if its key were used elsewhere. */
async function sendElsewhere(nonce: number): Promise<void> {
  const raw = await wallet.signTransaction({
    type: 'eip1559',
    chainId: setting.chain.chainId,
    nonce,
    to: wallet.address,
    gas: 21_000n,
    maxFeePerGas: parseEther('1') / 10n ** 7n,
    maxPriorityFeePerGas: parseEther('1') / 10n ** 8n,
  })
  await sendRawTransaction(setting.at.clients.stranger, { serializedTransaction: raw })
  await setting.calm()
}

describe('the life of a transaction', () => {
  test('default: intended, signed, stored, sent, mined, final', async () => {
    const held = await setting.holdPaid(2)
    await setting.planAll()
    await run()
    const [sent] = await transactions()
    const nonce = BigInt(await nonceOf(wallet)) - 1n
    expect(sent).toMatchObject({ state: 'broadcast', nonce })
    const [attempt] = await attempts()
    const signed = parseTransaction(attempt!.raw as Hex)
    expect(signed).toMatchObject({ chainId: 31337, nonce: Number(nonce), data: sent!.data, gas: sent!.gas_limit })
    expect(signed.maxFeePerGas).toBe(attempt!.max_fee_per_gas)

    await run()
    expect(await transactions()).toMatchObject([{ state: 'mined', mined_hash: attempt!.hash }])
    await run()
    expect(await states()).toEqual(['mined'])
    await mine()
    await run()
    expect(await states()).toEqual(['final'])
    expect(setting.steps).toEqual(['seal.intended', 'seal.signed', 'seal.broadcast'])
    await setting.index()
    const mirrored = await setting.db.kysely.selectFrom('batches').select('batch_hash').execute()
    expect(mirrored).toEqual([{ batch_hash: batchHashOf(held) }])
  })

  test.each(['seal.signed', 'seal.broadcast'] as const)(
    'behavior: killed at %s, it goes on with what it stored',
    async (step) => {
      await setting.holdPaid(2)
      await setting.planAll()
      const before = await nonceOf(wallet)
      await runUntil(step)
      const [stored] = await attempts()
      expect(await batchCount()).toBe(step === 'seal.signed' ? 0n : 1n)
      await run()
      await run()
      expect(await transactions()).toMatchObject([{ state: 'mined', mined_hash: stored!.hash }])
      expect(await attempts()).toHaveLength(1)
      expect(await batchCount()).toBe(1n)
      expect(await nonceOf(wallet)).toBe(before + 1)
    },
  )

  test('behavior: an idle round asks the chain nothing', async () => {
    await setting.holdPaid(1)
    await setting.planAll()
    await run({ confirmations: 1 })
    await run({ confirmations: 1 })
    expect(await states()).toEqual(['final'])
    await setting.index()
    const asked = proxy.requests.length
    await run({ chain: proxied })
    expect(proxy.requests.length).toBe(asked)
  })

  test('behavior: several at once get consecutive nonces, and a mempool that forgot them gets them again', async () => {
    await intendTwo()
    await setting.rpc('evm_setAutomine', false)
    await run()
    const first = BigInt(await nonceOf(wallet))
    expect((await transactions()).map(({ nonce }) => nonce)).toEqual([first, first + 1n])
    await run() // known already: nothing is sent
    await setting.rpc('anvil_dropAllTransactions')
    await run()
    await mine()
    await run()
    expect(await states()).toEqual(['mined', 'mined'])
    expect(await attempts()).toHaveLength(2)
    expect(await batchCount()).toBe(2n)
  })

  test('behavior: no more in flight than nodes keep for one account', async () => {
    const base = { kind: 'seal' as const, sender: wallet.address, recipient: wallet.address, data: '0x' }
    await setting.db.kysely
      .insertInto('transactions')
      .values(
        Array.from({ length: 16 }, (_, i) => ({
          ...base,
          subject: `${i}`,
          state: 'broadcast' as const,
          nonce: BigInt(i + 1000),
          gas_limit: 1n,
        })),
      )
      .execute()
    await setting.holdPaid(1)
    await setting.planAll()
    await run().catch(() => undefined) // those sixteen have no attempts, which is beside the point
    expect((await transactions()).at(-1)!.state).toBe('intended')
  })
})

describe('refusals', () => {
  test('behavior: what somebody else sealed is refused by name, unsigned, and does not keep the next one', async () => {
    const [first] = await intendTwo()
    await sealByOperator(first)
    await run()
    expect(await transactions()).toMatchObject([
      { state: 'refused', reason_code: 'RequestNotPaid', nonce: null },
      { state: 'broadcast' },
    ])
    expect(await attempts()).toHaveLength(1)
  })

  test('behavior: overtaken in the block, it reverts, and the receipt says so', async () => {
    const held = await setting.holdPaid(2)
    await setting.planAll()
    await setting.rpc('evm_setAutomine', false)
    await run()
    // With a higher tip the operator's own comes first.
    const { operator } = setting.at.clients
    const [ours] = await transactions()
    const overtaking = {
      from: operator.account.address,
      to: ours!.recipient as Hex,
      data: ours!.data as Hex,
      gas: 2_000_000n,
    }
    const raw = await account('operator').signTransaction({
      ...overtaking,
      type: 'eip1559',
      chainId: 31337,
      nonce: await nonceOf(account('operator')),
      maxFeePerGas: parseEther('1') / 10n ** 6n,
      maxPriorityFeePerGas: parseEther('1') / 10n ** 7n,
    })
    await sendRawTransaction(operator, { serializedTransaction: raw })
    await mine()
    await run()
    expect(await transactions()).toMatchObject([{ state: 'refused', reason_code: 'RequestNotPaid' }])
    expect((await transactions())[0]!.mined_hash).toBe((await attempts())[0]!.hash)
    expect(await batchCount()).toBe(1n)
    expect(held).toHaveLength(2)
  })

  test('behavior: an RPC in trouble refuses nothing, whatever it calls its trouble', async () => {
    await setting.holdPaid(1)
    await setting.planAll()
    const failing =
      (name: string, answer: Awaited<ReturnType<Behaviour>>): Behaviour =>
      async ({ method }, forward) =>
        method === name ? answer : forward()
    const troubles: [string, Behaviour][] = [
      ['RPC_REFUSED', failing('eth_call', { error: { code: -32603, message: 'internal error: header not found' } })],
      ['RPC_REFUSED', failing('eth_call', { error: { code: 3, message: 'execution reverted' } })],
      ['RPC_REFUSED', failing('eth_estimateGas', { error: { code: -32000, message: 'out of resources' } })],
      ['RPC_UNREACHABLE', failing('eth_call', 503)],
      ['WRONG_CHAIN', failing('eth_chainId', { result: '0x1' })],
    ]
    for (const [code, trouble] of troubles) {
      proxy.behave(trouble)
      await expect(run({ chain: proxied })).rejects.toMatchObject({ code })
      expect(await transactions()).toMatchObject([{ state: 'intended', nonce: null, reason_code: null }])
    }
    await run()
    expect(await states()).toEqual(['broadcast'])
  })

  test('behavior: two in flight, the first given up after it was signed: the second is not kept waiting', async () => {
    const [first] = await intendTwo()
    const start = await nonceOf(wallet)
    // A node that takes no transaction of this nonce.
    proxy.behave(async (request, forward) => {
      if (request.method !== 'eth_sendRawTransaction') return forward()
      const { nonce, data } = parseTransaction(request.params[0] as Hex)
      return nonce === start && data ? { error: { code: -32000, message: 'would revert' } } : forward()
    })
    await expect(run({ chain: proxied })).rejects.toMatchObject({ code: 'BROADCAST_REFUSED' })
    expect(await states()).toEqual(['broadcast', 'broadcast'])
    await sealByOperator(first)
    await run({ chain: proxied })
    expect(await transactions()).toMatchObject([
      { state: 'refused', reason_code: 'RequestNotPaid', nonce: BigInt(start) },
      { state: 'broadcast', nonce: BigInt(start) + 1n },
    ])
    expect(await nonceOf(wallet)).toBe(start) // nothing could be mined yet
    await run({ chain: proxied, bumpAfterMs: 0 })
    await run({ chain: proxied, confirmations: 1 })
    expect(await states()).toEqual(['refused', 'final'])
    expect(await nonceOf(wallet)).toBe(start + 2)
    expect(await batchCount()).toBe(2n)
  })

  test('behavior: the next intent takes a nonce that was given up', async () => {
    const [first, second] = await intendTwo()
    const start = BigInt(await nonceOf(wallet))
    await runUntil('seal.signed')
    await setting.db.kysely.updateTable('transactions').set({ state: 'lost' }).where('state', '=', 'intended').execute()
    await sealByOperator(first)
    await run()
    expect(await states()).toEqual(['refused', 'lost'])
    await setting.index()
    expect(await setting.planAll()).toBe(1)
    await run()
    await run()
    const last = (await transactions()).at(-1)
    expect(last).toMatchObject({ state: 'mined', nonce: start, subject: batchHashOf(second) })
  })
})

describe('fees and funds', () => {
  const dear = parseEther('1') / 10n ** 8n

  test('behavior: left out of a block, it is signed again with the same nonce and higher fees', async () => {
    await setting.holdPaid(1)
    await setting.planAll()
    await setting.rpc('evm_setAutomine', false)
    await run()
    await run({ bumpAfterMs: 0 }) // no block has come: no fee would help
    expect(await attempts()).toHaveLength(1)
    await setting.rpc('anvil_setNextBlockBaseFeePerGas', toHex(dear))
    await mine()
    await run() // not old enough
    expect(await attempts()).toHaveLength(1)
    await run({ bumpAfterMs: 0 })
    const [low, high] = await attempts()
    expect(high!.max_fee_per_gas).toBeGreaterThanOrEqual((low!.max_fee_per_gas * 5n) / 4n)
    expect(high!.max_priority_fee_per_gas).toBeGreaterThanOrEqual((low!.max_priority_fee_per_gas * 5n) / 4n)
    expect(parseTransaction(high!.raw as Hex).nonce).toBe(parseTransaction(low!.raw as Hex).nonce)
    await mine()
    await run()
    expect(await transactions()).toMatchObject([{ state: 'mined', mined_hash: high!.hash }])
    expect(await batchCount()).toBe(1n)
  })

  test('behavior: a lower attempt that is mined all the same is found', async () => {
    await setting.holdPaid(1)
    await setting.planAll()
    await setting.rpc('evm_setAutomine', false)
    await run()
    await setting.rpc('anvil_setNextBlockBaseFeePerGas', toHex(dear))
    await mine()
    proxy.behave(async ({ method }, forward) => (method === 'eth_sendRawTransaction' ? 503 : forward()))
    await expect(run({ chain: proxied, bumpAfterMs: 0 })).rejects.toThrow()
    const [low, high] = await attempts()
    expect(high).toBeDefined() // stored, never sent
    await setting.rpc('anvil_setNextBlockBaseFeePerGas', toHex(1))
    await mine()
    // Anvil drops what offers less than the base fee; another node may have kept it.
    await sendRawTransaction(setting.at.clients.stranger, { serializedTransaction: low!.raw as Hex })
    await mine()
    await run()
    expect(await transactions()).toMatchObject([{ state: 'mined', mined_hash: low!.hash }])
  })

  test('error: FEE_CAP_REACHED: nothing is signed above the cap, nor raised beyond it', async () => {
    await setting.holdPaid(1)
    await setting.planAll()
    await expect(run({ maxFeePerGasWei: 1n })).rejects.toMatchObject({ code: 'FEE_CAP_REACHED' })
    expect(await transactions()).toMatchObject([{ state: 'intended', nonce: null }])
    await setting.rpc('evm_setAutomine', false)
    await run()
    const [attempt] = await attempts()
    await setting.rpc('anvil_setNextBlockBaseFeePerGas', toHex(dear))
    await mine()
    const maxFeePerGasWei = (attempt!.max_fee_per_gas * 105n) / 100n
    await expect(run({ bumpAfterMs: 0, maxFeePerGasWei })).rejects.toMatchObject({ code: 'FEE_CAP_REACHED' })
    expect(await attempts()).toHaveLength(1)
    await setting.rpc('anvil_setNextBlockBaseFeePerGas', toHex(1))
    await mine()
    await run() // sends what the mempool dropped
    await mine()
    await run()
    expect(await states()).toEqual(['mined'])
  })

  test('error: INSUFFICIENT_FUNDS before a nonce is taken, and all goes on once there are', async () => {
    await intendTwo()
    const fund = (wei: bigint) => setting.rpc('anvil_setBalance', wallet.address, toHex(wei))
    await fund(1n)
    await expect(run()).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' })
    expect(await states()).toEqual(['intended', 'intended'])
    await fund(parseEther('1'))
    // What is in flight counts: enough for one is not enough for two.
    await setting.rpc('evm_setAutomine', false)
    await run()
    const [one] = await transactions()
    const cost = one!.gas_limit! * (await attempts())[0]!.max_fee_per_gas
    await setting.reset()
    await intendTwo()
    await setting.rpc('evm_setAutomine', false)
    await fund((cost * 3n) / 2n)
    await expect(run()).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' })
    expect(await states()).toEqual(['broadcast', 'intended'])
    await fund(parseEther('1'))
    await run()
    expect(await states()).toEqual(['broadcast', 'broadcast'])
  })

  test('error: INSUFFICIENT_FUNDS after it was signed: sent again as it is', async () => {
    await setting.holdPaid(1)
    await setting.planAll()
    await runUntil('seal.signed')
    await setting.rpc('anvil_setBalance', wallet.address, '0x1')
    await expect(run()).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' })
    expect(await states()).toEqual(['broadcast'])
    await setting.rpc('anvil_setBalance', wallet.address, toHex(parseEther('1')))
    await run()
    await run()
    expect(await states()).toEqual(['mined'])
    expect(await attempts()).toHaveLength(1)
  })
})

describe('reorganisations and keys', () => {
  test('behavior: a mined seal that a reorganisation takes back is sent again', async () => {
    await setting.holdPaid(1)
    await setting.planAll()
    const before = await setting.rpc('evm_snapshot')
    await run()
    await run()
    const [mined] = await transactions()
    const { gasUsed } = await setting.chain.client.getTransactionReceipt({ hash: mined!.mined_hash as Hex })
    expect(mined).toMatchObject({ state: 'mined', gas_used: gasUsed })
    await setting.rpc('evm_revert', before)
    await mine()
    expect(await batchCount()).toBe(0n)
    await run()
    expect(await transactions()).toMatchObject([
      { ...{ state: 'broadcast', mined_hash: null, mined_block_hash: null }, gas_used: null },
    ])
    await run()
    expect(await states()).toEqual(['mined'])
    expect(await batchCount()).toBe(1n)
    expect(await attempts()).toHaveLength(1)
  })

  test('behavior: so is a final one, when the reorganisation goes deeper than the confirmations', async () => {
    await intendTwo()
    const before = await setting.rpc('evm_snapshot')
    for (let i = 0; i < 3; i++) await run({ confirmations: 1 })
    expect(await states()).toEqual(['final', 'final'])
    await setting.index()
    await setting.rpc('evm_revert', before)
    for (let i = 0; i < 5; i++) await mine()
    await setting.index()
    for (let i = 0; i < 4; i++) await run({ confirmations: 1 })
    expect(await states()).toEqual(['final', 'final'])
    expect(await batchCount()).toBe(2n)
    expect(await attempts()).toHaveLength(2)
  })

  test('behavior: a nonce that was spent elsewhere makes it lost, once that is certain; then it can be planned anew', async () => {
    const held = await setting.holdPaid(1)
    await setting.planAll()
    await runUntil('seal.signed')
    await sendElsewhere(await nonceOf(wallet))
    await run()
    expect(await states()).toEqual(['broadcast']) // one block: not certain
    await mine()
    await mine()
    await run()
    expect(await transactions()).toMatchObject([{ state: 'lost', reason_code: 'NONCE_SPENT' }])
    expect(await setting.planAll()).toBe(1)
    await run()
    await run()
    expect(await states()).toEqual(['lost', 'mined'])
    expect((await transactions())[1]!.subject).toBe(batchHashOf(held))
    expect(await batchCount()).toBe(1n)
  })

  test('behavior: nonces that the key has pending elsewhere are left to them', async () => {
    await setting.holdPaid(1)
    await setting.planAll()
    await setting.rpc('evm_setAutomine', false)
    const start = await nonceOf(wallet)
    await sendElsewhere(start)
    await run()
    expect((await transactions())[0]!.nonce).toBe(BigInt(start) + 1n)
    await mine()
    await run()
    expect(await states()).toEqual(['mined'])
  })

  test('error: NONCE_IMPLAUSIBLE: an RPC that tells of a thousand pending ones, which would have to be filled', async () => {
    await setting.holdPaid(1)
    await setting.planAll()
    const start = await nonceOf(wallet)
    proxy.behave(async ({ method, params }, forward) =>
      method === 'eth_getTransactionCount' && params[1] === 'pending' ? { result: toHex(start + 1000) } : forward(),
    )
    await expect(run({ chain: proxied })).rejects.toMatchObject({ code: 'NONCE_IMPLAUSIBLE' })
    expect(await transactions()).toMatchObject([{ state: 'intended', nonce: null }])
    proxy.behave(honest)
    await run({ chain: proxied })
    expect((await transactions())[0]!.nonce).toBe(BigInt(start))
  })

  test('behavior: one submitter an account; what is lost signs nothing', async () => {
    expect(await acquireSubmitter(setting.db, wallet.address)).toBeUndefined()
    const other = await acquireSubmitter(setting.db, account('stranger').address)
    expect(other!.isHeld()).toBe(true)
    await other!.release()
    await setting.holdPaid(1)
    await setting.planAll()
    await expect(run({ submitter: other! })).rejects.toMatchObject({ code: 'SUBMITTER_LOST' })
    expect(await attempts()).toEqual([])
    // Lost in mid-round, between the decision and the signature.
    let answers = 0
    const fading = { isHeld: () => answers++ === 0, release: async () => {} }
    await expect(run({ submitter: fading })).rejects.toMatchObject({ code: 'SUBMITTER_LOST' })
    expect(await attempts()).toEqual([])
    expect(await states()).toEqual(['intended'])
  })

  test('behavior: what a replaced account left is finished or given up, unless a process works for it', async () => {
    await intendTwo()
    await runUntil('seal.signed')
    expect(await states()).toEqual(['broadcast', 'intended'])
    const successor = account('operator')
    const next = (await acquireSubmitter(setting.db, successor.address))!
    await run({ wallet: successor, submitter: next })
    expect(await states()).toEqual(['broadcast', 'intended']) // our own process holds the former account
    await submitter.release()
    await run({ wallet: successor, submitter: next })
    await run({ wallet: successor, submitter: next })
    expect(await transactions()).toMatchObject([{ state: 'mined' }, { state: 'lost', reason_code: 'SENDER_GONE' }])
    await next.release()
    submitter = (await acquireSubmitter(setting.db, wallet.address))!
  })
})

describe('settlements', () => {
  let held: HeldTrace[]

  /** A real proof of a batch that the operator sealed, with its intent to settle. */
  async function intendSettlement() {
    held = await setting.holdPaid(2)
    const { batchId } = await sealByOperator(held)
    await setting.index()
    const context = await readBatchContext(setting.chain.client, setting.chain.deployment, {
      batchId,
      prover: wallet.address,
    })
    const backend = openChildProcessBackend(setting.at.artifacts, { niceness: 0 })
    const batch = { ...setting.at.batch, traces: held.map(({ trace }) => trace), context }
    const proven = await proveBatch(batch, setting.at.artifacts, backend).finally(() => backend.close())
    await setting.db.kysely
      .insertInto('proofs')
      .values({
        context: proven.statement.publicSignals.context,
        batch_hash: batchHashOf(held),
        claim: toJson(settlementClaimToJson(proven.claim)),
        proof: toJson(proven.proof),
        worker: 'test',
        witness_seconds: 1,
        prove_seconds: 1,
      })
      .execute()
    expect(await planSettlements({ ...setting, account: wallet.address, logger: silent })).toBe(1)
    setting.steps.length = 0
    return { batchId, proven }
  }
  const isSettled = async (batchId: bigint) => {
    const { isSettled } = await readContract(setting.at.clients.stranger, {
      address: setting.chain.deployment.inferenceEscrow,
      abi: inferenceEscrowAbi,
      functionName: 'batchOf',
      args: [batchId],
    })
    return isSettled
  }

  test('default: killed after the receipt, before it is stored, it settles once; then a second is refused', async () => {
    const { batchId, proven } = await intendSettlement()
    const before = await setting.rpc('evm_snapshot')
    await run()
    expect(await isSettled(batchId)).toBe(true)
    await runUntil('settle.mined')
    expect(await states()).toEqual(['broadcast'])
    await run()
    await run()
    expect(await states()).toEqual(['mined'])
    expect(setting.steps).toEqual(['settle.signed', 'settle.broadcast', 'settle.mined'])
    expect(await attempts()).toHaveLength(1)
    await setting.index()
    expect(await planSettlements({ ...setting, account: wallet.address, logger: silent })).toBe(0)

    // The same, but somebody else settles first: the mirror does not know yet, the chain does.
    await setting.rpc('evm_revert', before)
    await setting.db.kysely.deleteFrom('transaction_attempts').execute()
    await setting.db.kysely
      .updateTable('transactions')
      .set({ state: 'intended', nonce: null, mined_hash: null })
      .execute()
    await settleBatch(setting.at.clients.stranger, setting.at.deployment, proven)
    await run()
    expect(await transactions()).toMatchObject([{ state: 'refused', reason_code: 'BatchAlreadySettled', nonce: null }])
    expect(await attempts()).toEqual([])
  })
})
