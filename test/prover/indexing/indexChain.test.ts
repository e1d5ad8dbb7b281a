/** The mirror against a real chain: one life from payment to closure, reorganisations, crashes, and RPCs that die or lie. */
import { sql } from 'kysely'
import { type Hex, keccak256, numberToHex, toBytes } from 'viem'
import { getBlock, getBlockNumber } from 'viem/actions'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connectChain, type NodeChain } from '../../../prover/indexing/connectChain.ts'
import { type IndexRound, indexChain } from '../../../prover/indexing/indexChain.ts'
import { TIP_BLOCKS } from '../../../prover/indexing/readSpan.ts'
import { openChildProcessBackend } from '../../../prover/proving/childProcessBackend.ts'
import { proveBatch } from '../../../prover/proving/proveBatch.ts'
import { migrate } from '../../../prover/store/migrate.ts'
import { openDatabase } from '../../../prover/store/openDatabase.ts'
import { passTime } from '../../../scripts/demo/connect.ts'
import { modelRegistryAbi, verifierRegistryAbi } from '../../../src/chain/abi.ts'
import { approveSealer } from '../../../src/chain/approveSealer.ts'
import { type ClosedEpoch, closeEpoch } from '../../../src/chain/closeEpoch.ts'
import { executeContract } from '../../../src/chain/executeContract.ts'
import { type PaidRequest, payInference } from '../../../src/chain/payInference.ts'
import { readBatchContext } from '../../../src/chain/readBatchContext.ts'
import { refundRequest } from '../../../src/chain/refundRequest.ts'
import { sealBatch } from '../../../src/chain/sealBatch.ts'
import { settleBatch } from '../../../src/chain/settleBatch.ts'
import { withdraw } from '../../../src/chain/withdraw.ts'
import { sealTraces } from '../../../src/statement/buildStatement.ts'
import { commitIndex, commitWeights } from '../../../src/statement/commitments.ts'
import { hashBatch, type SealedTraces } from '../../../src/statement/context.ts'
import {
  account,
  contributors,
  deployTiny,
  EPOCH_LENGTH,
  SEAL_WINDOW,
  type TinyDeployment,
  tiny,
} from '../../chain/deployTiny.ts'
import { silent } from '../store/openTestDatabase.ts'
import { startTestPostgres } from '../store/startTestPostgres.ts'
import { closeMirrorDatabases, mirrorIn, openMirror, type TestMirror } from './openMirror.ts'
import { type Behaviour, honest, type RpcProxy, startRpcProxy } from './startRpcProxy.ts'

let at: TinyDeployment
let chain: NodeChain
const opened: { close(): Promise<void> }[] = []

beforeAll(async () => {
  at = await deployTiny()
  chain = await connect([at.chain.rpcUrl])
})
afterAll(async () => {
  await closeMirrorDatabases()
  await at?.chain.stop()
})
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
})

const connect = (rpcUrls: string[]) =>
  connectChain({ rpcUrls, chainId: 31337, escrow: at.deployment.inferenceEscrow, requestTimeoutMs: 20_000 })

/** Mirrors the chain from its first block, and is closed after the test. */
async function freshMirror(defaults: Partial<Parameters<typeof openMirror>[0]> = {}): Promise<TestMirror> {
  const mirror = await openMirror({ chain, ...defaults })
  opened.push(mirror)
  return mirror
}
/** The chain through a proxy. */
async function tampered(behaviour: Behaviour = honest): Promise<{ proxy: RpcProxy; through: NodeChain }> {
  const proxy = await startRpcProxy(at.chain.rpcUrl)
  opened.push({ close: () => proxy.stop() })
  const through = await connect([proxy.url])
  proxy.behave(behaviour)
  return { proxy, through }
}

const requestHash = keccak256(toBytes('a question'))
const pay = (feeWei = 10n ** 18n): Promise<PaidRequest> =>
  payInference(at.clients.payer, at.deployment, { modelId: at.modelId, requestHash, feeWei })
const rpc = (method: string, params: unknown[] = []): Promise<unknown> =>
  at.clients.stranger.request({ method, params } as never)
const mine = (blocks: number) => rpc('anvil_mine', [numberToHex(blocks)])
const snapshot = () => rpc('evm_snapshot') as Promise<Hex>
const revert = async (id: Hex) => expect(await rpc('evm_revert', [id])).toBe(true)
const height = () => getBlockNumber(at.clients.stranger, { cacheTime: 0 })
const requestIds = async (mirror: TestMirror) =>
  (await mirror.db.kysely.selectFrom('requests').select('request_id').orderBy('request_id').execute()).map(
    (row) => row.request_id,
  )
/** What a mirror that begins now finds. */
async function expectLikeFresh(mirror: TestMirror): Promise<void> {
  const fresh = await freshMirror()
  await fresh.catchUp()
  expect(await mirror.dump()).toEqual(await fresh.dump())
}

describe('a life on the chain', () => {
  const feesWei = [10n ** 18n, 2n * 10n ** 18n, 1_500_000_000_000_000_001n]
  let live: TestMirror
  const rounds: IndexRound[] = []
  let paid: PaidRequest[]
  let unanswered: PaidRequest
  let sealed: SealedTraces
  let closed: ClosedEpoch
  let bookedWei: bigint[]
  let digest: bigint
  let withdrawnWei: bigint

  const follow = async () => void rounds.push(...(await live.catchUp()))

  beforeAll(async () => {
    live = await openMirror({ chain })
    const { operator, modelOwner, prover, stranger } = at.clients
    await follow()
    await approveSealer(operator, at.deployment, { sealer: prover.account.address, isApproved: true })
    const setOperator = (newOperator: string) =>
      executeContract(modelOwner, {
        address: at.deployment.modelRegistry,
        abi: modelRegistryAbi,
        functionName: 'setOperator',
        args: [at.modelId, newOperator],
      })
    await setOperator(stranger.account.address)
    await setOperator(operator.account.address)
    await follow()
    paid = []
    for (const fee of feesWei) paid.push(await pay(fee))
    unanswered = await pay(77n)
    await follow()
    const traces = at.batch.traces.slice(0, 3).map((trace, i) => {
      const { requestId, poolWei } = paid[i]!
      return { ...trace, requestId, poolWei }
    })
    sealed = sealTraces(traces, tiny)
    // By the node's key, not the operator's.
    const { batchId } = await sealBatch(prover, at.deployment, { modelId: at.modelId, sealed })
    await follow()
    const context = await readBatchContext(stranger, at.deployment, { batchId, prover: prover.account.address })
    const backend = openChildProcessBackend(at.artifacts)
    const proven = await proveBatch({ ...at.batch, traces, context }, at.artifacts, backend)
    await backend.close()
    bookedWei = proven.claim.earnings.map((earning) => earning >> 64n)
    digest = proven.claim.digest
    await settleBatch(stranger, at.deployment, proven)
    await follow()
    await passTime(stranger, SEAL_WINDOW + 1)
    await refundRequest(stranger, at.deployment, { requestId: unanswered.requestId })
    await passTime(stranger, EPOCH_LENGTH)
    await follow()
    closed = await closeEpoch(stranger, at.deployment, { modelId: at.modelId, epochId: 1n })
    withdrawnWei = (await withdraw(stranger, at.deployment, { account: prover.account.address })).amountWei
    await follow()
  })
  afterAll(() => live?.close())

  test('default: everything that was registered', async () => {
    const { policies, circuits, models, model_versions, influence_indexes, sealer_approvals, operator_changes } =
      await live.dump()
    expect(policies).toMatchObject([
      { policy_id: 1n, policy: { contributorsBps: 5000, epochLength: EPOCH_LENGTH, sealWindow: SEAL_WINDOW } },
    ])
    const { circuitKeyHash } = at.artifacts.manifest
    expect(circuits).toMatchObject([
      { circuit_id: at.circuitId, key_hash: circuitKeyHash, traces: tiny.traces, contributors: tiny.contributors },
    ])
    const operator = at.clients.operator.account.address
    const owner = at.clients.modelOwner.account.address
    expect(models).toMatchObject([{ model_id: at.modelId, owner, operator }])
    const weights = commitWeights(at.batch.head, tiny)
    expect(model_versions).toMatchObject([{ model_version: 1n, weights_commitment: weights, circuit_id: at.circuitId }])
    const index = commitIndex(at.batch.index, tiny)
    expect(influence_indexes).toMatchObject([{ index_version: at.indexVersion, index_commitment: index, contributors }])
    const sealer = at.clients.prover.account.address
    expect(sealer_approvals).toMatchObject([{ operator, sealer, is_approved: true }])
    const stranger = at.clients.stranger.account.address
    expect(operator_changes).toMatchObject([{ new_operator: stranger }, { new_operator: operator }])
    expect(await live.db.kysely.selectFrom('current_operators').selectAll().execute()).toEqual([
      { model_id: at.modelId, owner, operator },
    ])
  })

  test('default: payments, batch, settlement and refund', async () => {
    const { requests, batches, batch_requests, settlements, batch_bookings, refunds } = await live.dump()
    const payer = at.clients.payer.account.address
    const all = [...paid, unanswered]
    expect(requests).toMatchObject(
      all.map(({ requestId, epochId, poolWei }, i) => {
        const fee_wei = feesWei[i] ?? 77n
        return {
          request_id: requestId,
          epoch_id: epochId,
          payer,
          fee_wei,
          pool_wei: poolWei,
          request_hash: requestHash,
        }
      }),
    )
    expect(batches).toMatchObject([{ batch_id: 1n, model_id: at.modelId, epoch_id: 1n, batch_hash: hashBatch(sealed) }])
    expect(batch_requests).toMatchObject(
      sealed.requestIds.map((request_id, position) => ({
        batch_id: 1n,
        position,
        request_id,
        pool_wei: sealed.pools[position],
        input_commitment: sealed.inputCommitments[position],
        output_commitment: sealed.outputCommitments[position],
      })),
    )
    const prover = at.clients.prover.account.address
    expect(settlements).toMatchObject([{ batch_id: 1n, model_id: at.modelId, prover, digest }])
    const fees = feesWei.reduce((sum, fee) => sum + fee, 0n)
    expect(batch_bookings).toMatchObject([
      { batch_id: 1n, fees_wei: fees, prover_wei: (fees * 500n) / 10_000n, earnings_wei: bookedWei.map(String) },
    ])
    expect(refunds).toMatchObject([{ request_id: unanswered.requestId, payer, fee_wei: 77n }])
  })

  test('default: epoch, closure and withdrawal', async () => {
    const { epochs, epoch_closures, contributor_nettings, withdrawals } = await live.dump()
    expect(epochs).toMatchObject([
      {
        model_id: at.modelId,
        epoch_id: 1n,
        model_version: 1n,
        index_version: 1n,
        circuit_id: at.circuitId,
        policy_id: 1n,
      },
    ])
    const { poolsWei, paidWei, treasuryWei } = closed
    expect(epoch_closures).toMatchObject([
      { epoch_id: 1n, pools_wei: poolsWei, paid_wei: paidWei, treasury_wei: treasuryWei },
    ])
    expect(contributor_nettings).toMatchObject(
      closed.contributors.map((entry, slot) => ({
        epoch_id: 1n,
        slot,
        contributor: entry.account,
        opening_wei: 0n,
        booked_wei: bookedWei[slot],
        paid_wei: entry.paidWei,
        carried_wei: entry.carriedWei,
      })),
    )
    // A debt among them, or this says little of signs.
    expect(bookedWei.some((wei) => wei < 0n)).toBe(true)
    expect(withdrawals).toMatchObject([{ account: at.clients.prover.account.address, amount_wei: withdrawnWei }])
  })

  test('behavior: every row names the block and the log that it comes from', async () => {
    const dump = await live.dump()
    const blocks = await live.db.kysely.selectFrom('blocks').selectAll().where('has_events', '=', true).execute()
    for (const { number, hash, parent_hash, timestamp } of blocks) {
      const block = await getBlock(at.clients.stranger, { blockNumber: number })
      expect({ hash, parent_hash, timestamp }).toEqual({
        hash: block.hash,
        parent_hash: block.parentHash,
        timestamp: block.timestamp,
      })
    }
    const withRows = new Set(Object.values(dump).flatMap((rows) => rows.map((row) => row.block_number)))
    const numbers = new Set(blocks.map(({ number }) => number))
    for (const number of withRows) expect(numbers).toContain(number)
    const settlement = await getBlock(at.clients.stranger, {
      blockNumber: dump.settlements![0]!.block_number as bigint,
    })
    expect(settlement.transactions).toContain(dump.settlements![0]!.transaction_hash)
  })

  test('behavior: listeners are told in the order of the chain', async () => {
    const modelId = String(at.modelId)
    const ofRequest = ({ requestId }: PaidRequest) => ({ requestId: String(requestId), modelId })
    expect(await live.told()).toEqual([
      ...[...paid, unanswered].map((request) => ['request.paid', ofRequest(request)]),
      ['batch.sealed', { batchHash: hashBatch(sealed), modelId }],
      ['batch.settled', { prover: at.clients.prover.account.address }],
      ['request.refunded', ofRequest(unanswered)],
      ['epoch.closed', { modelId, epochId: '1' }],
    ])
    const ofBatch = await live.db.kysely.selectFrom('events').select('kind').where('batch_id', '=', 1n).execute()
    expect(ofBatch.map(({ kind }) => kind)).toEqual(['batch.sealed', 'batch.settled'])
  })

  test('behavior: rounds join up and end where the chain ends; then there is nothing to do', async () => {
    expect(rounds[0]!.from).toBe(0n)
    for (const [i, { from }] of rounds.entries()) if (i > 0) expect(from).toBe(rounds[i - 1]!.to + 1n)
    expect(rounds.at(-1)!.to).toBe(await height())
    expect(rounds.every(({ rolledBackTo }) => rolledBackTo === undefined)).toBe(true)
    expect(await live.index()).toBeUndefined()
  })

  test('behavior: a mirror that begins late, reads history in ranges and then the newest blocks, is the same', async () => {
    await mine(Number(TIP_BLOCKS) + 5)
    const late = await freshMirror({ maxBlockRange: 4n })
    const found = await late.catchUp()
    expect(found.length).toBeGreaterThan(5)
    expect(found.slice(0, -1).every(({ from, to }) => to - from < 4n)).toBe(true)
    expect(found.at(-1)!.to).toBe(await height())
    expect(await late.dump()).toEqual(await live.dump())
    expect(await late.told()).toEqual(await live.told())
  })

  test('behavior: startBlock leaves out what is before it', async () => {
    const { block_number } = (await live.dump()).settlements![0]!
    const late = await freshMirror({ startBlock: block_number as bigint })
    const [first] = await late.catchUp()
    expect(first!.from).toBe(block_number)
    const { settlements, batches } = await late.dump()
    expect([settlements!.length, batches!.length]).toEqual([1, 0])
    expect(await (await freshMirror({ startBlock: (await height()) + 1n })).index()).toBeUndefined()
  })

  test('behavior: of blocks without events only the newest stay', async () => {
    const mirror = await freshMirror()
    await mirror.catchUp()
    await sql`insert into blocks select n, 'x' || n, '', 0, false from generate_series(-600, -1) n`.execute(
      mirror.db.kysely,
    )
    await mine(1)
    await mirror.catchUp()
    const { rows } = await sql<{ all: bigint; quiet: bigint; eventful: bigint }>`select count(*) as all,
      count(*) filter (where number < 0) as quiet, count(*) filter (where has_events) as eventful from blocks`.execute(
      mirror.db.kysely,
    )
    expect(rows[0]!.all).toBe(512n)
    expect(rows[0]!.quiet).toBeLessThan(512n)
    expect(rows[0]!.eventful).toBeGreaterThan(5n)
  })
})

describe('a reorganisation', () => {
  // The first payment of an epoch opens it, which is an event more.
  beforeAll(() => pay())

  test('behavior: a payment that the chain takes back is gone, and listeners are told', async () => {
    const mirror = await freshMirror()
    await mirror.catchUp()
    const before = await mirror.dump()
    const told = await mirror.told()
    const fork = await height()
    const id = await snapshot()
    const { requestId } = await pay()
    expect(await mirror.index()).toMatchObject({ from: fork + 1n, to: fork + 1n, events: 1 })
    expect(await requestIds(mirror)).toContain(requestId)

    await revert(id)
    await mine(1)
    expect(await mirror.index()).toEqual({ from: fork + 1n, to: fork + 1n, rolledBackTo: fork, events: 0 })
    expect(await mirror.dump()).toEqual(before)
    expect((await mirror.told()).slice(told.length)).toEqual([
      ['request.paid', expect.objectContaining({ requestId: String(requestId) })],
      ['chain.rolled-back', { to: String(fork) }],
    ])
    expect(await mirror.index()).toBeUndefined()
  })

  test('behavior: events that come back in other blocks are there once', async () => {
    const mirror = await freshMirror()
    await mirror.catchUp()
    const fork = await height()
    const id = await snapshot()
    const sealOne = async () => {
      const { requestId } = await pay()
      await pay(5n)
      const sealed = { requestIds: [requestId], inputCommitments: [5n], outputCommitments: [6n] }
      await sealBatch(at.clients.operator, at.deployment, { modelId: at.modelId, sealed })
    }
    await sealOne()
    await mirror.catchUp()
    const first = await mirror.dump()

    await revert(id)
    await mine(3)
    await sealOne()
    const round = await mirror.index()
    expect(round).toMatchObject({ rolledBackTo: fork, from: fork + 1n, to: await height() })
    const second = await mirror.dump()
    expect(second.batches).toHaveLength(first.batches!.length)
    expect(second.batches!.at(-1)!.batch_hash).toBe(first.batches!.at(-1)!.batch_hash)
    expect(second.batches!.at(-1)!.block_number).toBe((first.batches!.at(-1)!.block_number as bigint) + 3n)
    expect(second.requests!.map((row) => row.request_id)).toEqual(first.requests!.map((row) => row.request_id))
    await expectLikeFresh(mirror)
  })

  test("behavior: anvil's own reorganisation, several blocks deep", async () => {
    const mirror = await freshMirror()
    const kept = await pay()
    await mirror.catchUp()
    const fork = await height()
    const lost = [await pay(1n), await pay(2n), await pay(3n)]
    await mirror.catchUp()
    await rpc('anvil_reorg', [3, []])
    expect(await mirror.index()).toMatchObject({ rolledBackTo: fork })
    const ids = await requestIds(mirror)
    expect(ids).toContain(kept.requestId)
    for (const { requestId } of lost) expect(ids).not.toContain(requestId)
    await expectLikeFresh(mirror)
  })

  test('behavior: deeper than all blocks of which a row is left, across history', async () => {
    const mirror = await freshMirror({ maxBlockRange: 20n })
    const { requestId } = await pay()
    const fork = await height()
    const id = await snapshot()
    await pay(1n)
    await mine(70)
    await pay(2n)
    await mirror.catchUp()
    await mirror.db.kysely.deleteFrom('blocks').where('has_events', '=', false).execute()

    await revert(id)
    await mine(90)
    const again = await pay(3n)
    const rounds = await mirror.catchUp()
    expect(rounds[0]).toMatchObject({ rolledBackTo: fork, from: fork + 1n })
    expect(rounds.slice(1).every(({ rolledBackTo }) => rolledBackTo === undefined)).toBe(true)
    expect((await requestIds(mirror)).slice(-2)).toEqual([requestId, again.requestId])
    await expectLikeFresh(mirror)
  })

  test('behavior: when no mirrored block is left on the chain, everything is read again', async () => {
    const startBlock = (await height()) + 1n
    const mirror = await freshMirror({ startBlock })
    const id = await snapshot()
    await pay(1n)
    await pay(2n)
    await mirror.catchUp()
    await revert(id)
    await mine(1)
    const { requestId } = await pay(3n)
    expect(await mirror.index()).toMatchObject({ rolledBackTo: startBlock - 1n, from: startBlock, events: 1 })
    expect(await requestIds(mirror)).toEqual([requestId])
    expect((await mirror.told()).at(-2)).toEqual(['chain.rolled-back', { to: String(startBlock - 1n) }])
  })

  test('behavior: a chain that is only shorter takes nothing back: so looks an RPC that lags behind', async () => {
    const mirror = await freshMirror()
    await mirror.catchUp()
    const id = await snapshot()
    const { requestId } = await pay()
    await pay()
    await mirror.catchUp()
    await revert(id)
    expect(await mirror.index()).toBeUndefined()
    expect(await requestIds(mirror)).toContain(requestId)
    // Shorter than the mirror, but no part of it: taken back at once.
    await mine(1)
    expect(await mirror.index()).toMatchObject({ to: await height() })
    expect(await requestIds(mirror)).not.toContain(requestId)
  })

  test('behavior: a circuit whose retirement is taken back is active again', async () => {
    const mirror = await freshMirror()
    const id = await snapshot()
    await executeContract(at.clients.governance, {
      address: at.deployment.verifierRegistry,
      abi: verifierRegistryAbi,
      functionName: 'retire',
      args: [at.circuitId],
    })
    await mirror.catchUp()
    expect((await mirror.dump()).circuit_retirements).toMatchObject([{ circuit_id: at.circuitId }])
    await revert(id)
    await mine(1)
    await mirror.catchUp()
    const { circuit_retirements, circuits } = await mirror.dump()
    expect([circuit_retirements!.length, circuits!.length]).toEqual([0, 1])
  })

  test('behavior: one that happens while blocks are read is seen, and the round given up', async () => {
    const { proxy, through } = await tampered()
    const mirror = await freshMirror({ chain: through })
    await mirror.catchUp()
    const before = await mirror.dump()
    for (const quiet of [2, Number(TIP_BLOCKS) + 3]) {
      const id = await snapshot()
      const lost = await pay()
      await mine(quiet)
      let isDone = false
      proxy.behave(async ({ method }, forward) => {
        if (method === 'eth_getLogs' && !isDone) {
          isDone = true
          const answer = await forward()
          await revert(id)
          await mine(quiet + 1)
          return answer
        }
        return forward()
      })
      // In the newest blocks the logs were read by hash before the fork was noticed: the next round takes them back.
      const round = await mirror.index()
      expect(isDone).toBe(true)
      if (quiet > 2) expect(round).toBeUndefined()
      await mirror.catchUp()
      expect(await requestIds(mirror)).not.toContain(lost.requestId)
      expect(await mirror.dump()).toEqual(before)
      await expectLikeFresh(mirror)
    }
  })
})

describe('a crash', () => {
  test('error: inside the transaction nothing is written, and the next round does it all', async () => {
    const mirror = await freshMirror()
    await mirror.catchUp()
    const before = [await mirror.dump(), await mirror.told()]
    await pay()
    const steps: string[] = []
    const crash = mirror.index({
      onStep: (step) => {
        steps.push(step)
        throw new Error('killed')
      },
    })
    await expect(crash).rejects.toThrow('killed')
    expect(steps).toEqual(['index.written'])
    expect([await mirror.dump(), await mirror.told()]).toEqual(before)
    expect(await mirror.index()).toMatchObject({ events: 1 })
    await expectLikeFresh(mirror)
  })

  test('error: while a reorganisation is taken back, the mirror stays as it was', async () => {
    const mirror = await freshMirror()
    await mirror.catchUp()
    const id = await snapshot()
    await pay()
    await mirror.catchUp()
    const before = await mirror.dump()
    await revert(id)
    await mine(2)
    const killed = async () => {
      throw new Error('killed')
    }
    await expect(mirror.index({ onStep: killed })).rejects.toThrow('killed')
    expect(await mirror.dump()).toEqual(before)
    await mirror.catchUp()
    await expectLikeFresh(mirror)
  })
})

describe('RPCs that die or lie', () => {
  test('error: one that dies in mid-range; a second one would have served', async () => {
    await pay()
    await mine(Number(TIP_BLOCKS) + 5)
    const { proxy, through } = await tampered()
    const diesAtLogs: Behaviour = async ({ method }, forward) => (method === 'eth_getLogs' ? 503 : forward())
    proxy.behave(diesAtLogs)
    const mirror = await freshMirror({ chain: through })
    await expect(mirror.index()).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' })
    expect(await mirror.db.kysely.selectFrom('blocks').selectAll().execute()).toEqual([])

    const both = await connect([proxy.url, at.chain.rpcUrl])
    await mirror.catchUp({ chain: both })
    await expectLikeFresh(mirror)
    await proxy.stop()
    await pay()
    await mirror.catchUp({ chain: both })
    await expectLikeFresh(mirror)
    await expect(mirror.index({ chain: through })).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' })
  })

  test('error: what was the right chain before a pause may be another one after it', async () => {
    const { proxy, through } = await tampered()
    const mirror = await freshMirror({ chain: through })
    await mirror.catchUp()
    const before = await mirror.dump()
    await pay()
    proxy.behave(async () => 502)
    await expect(mirror.index()).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' })
    proxy.behave(async ({ method }, forward) => (method === 'eth_chainId' ? { result: '0x1' } : forward()))
    await expect(mirror.index()).rejects.toMatchObject({ code: 'WRONG_CHAIN' })
    expect(await mirror.dump()).toEqual(before)
  })

  /** Answers of one method with something changed. */
  const lying = (method: string, change: (result: Record<string, unknown>) => object): Behaviour => {
    return async (request, forward) => {
      const answer = await forward()
      if (request.method !== method) return answer
      const { result } = answer as { result: Record<string, unknown> | Record<string, unknown>[] }
      return { result: Array.isArray(result) ? result.map(change) : change(result) }
    }
  }
  const lies: [string, Behaviour][] = [
    ['logs of another fork', lying('eth_getLogs', (log) => ({ ...log, blockHash: keccak256('0x') }))],
    ['logs of another contract', lying('eth_getLogs', (log) => ({ ...log, address: account('stranger').address }))],
    ['blocks of another fork', lying('eth_getBlockByNumber', (block) => ({ ...block, parentHash: keccak256('0x') }))],
  ]
  test.each(lies)('behavior: %s are not written, neither of the newest blocks nor of history', async (_name, lie) => {
    const { proxy, through } = await tampered()
    const mirror = await freshMirror({ chain: through, startBlock: await height() })
    for (const quiet of [1, Number(TIP_BLOCKS) + 5]) {
      proxy.behave(honest)
      await mirror.catchUp()
      const before = await mirror.db.kysely.selectFrom('blocks').selectAll().execute()
      const { requestId } = await pay()
      await mine(quiet)
      proxy.behave(lie)
      expect(await mirror.index()).toBeUndefined()
      expect(await mirror.db.kysely.selectFrom('blocks').selectAll().execute()).toEqual(before)
      proxy.behave(honest)
      await mirror.catchUp()
      expect((await requestIds(mirror)).at(-1)).toBe(requestId)
    }
  })

  test('behavior: logs of blocks that were not asked for are not written', async () => {
    const { requestId: earlier } = await pay()
    const startBlock = (await height()) + 1n
    await mine(10)
    const { requestId } = await pay()
    await mine(Number(TIP_BLOCKS) + 5)
    const asking = (range: object) =>
      tampered(async ({ method, params }, forward) => {
        if (method !== 'eth_getLogs') return forward()
        return { result: await rpc('eth_getLogs', [{ ...(params[0] as object), ...range }]) }
      })
    const mirror = await freshMirror({ startBlock, maxBlockRange: 5n })
    for (const range of [{ toBlock: 'latest' }, { fromBlock: '0x0' }]) {
      const { through } = await asking(range)
      expect(await mirror.index({ chain: through })).toBeUndefined()
    }
    await mirror.catchUp()
    expect(await requestIds(mirror)).toEqual([requestId])
    expect(earlier).toBeLessThan(requestId)
  })

  test('error: an event that nobody knows stops the mirror, rather than leaving it out', async () => {
    const { through } = await tampered(async ({ method }, forward) => {
      const answer = await forward()
      if (method !== 'eth_getLogs') return answer
      return { result: (answer.result as object[]).map((log) => ({ ...log, topics: [keccak256('0x')] })) }
    })
    const mirror = await freshMirror({ chain: through, startBlock: await height() })
    await pay()
    await expect(mirror.index()).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' })
    expect(await mirror.db.kysely.selectFrom('blocks').selectAll().execute()).toEqual([])
  })

  test('behavior: the range is halved until the RPC takes it, and the next rounds know', async () => {
    const startBlock = (await height()) + 1n
    for (let i = 0; i < 4; i++) {
      await pay()
      await mine(9)
    }
    await mine(Number(TIP_BLOCKS))
    const sizes: number[] = []
    const { through } = await tampered(async ({ method, params }, forward) => {
      const [{ fromBlock, toBlock }] = params as [{ fromBlock?: Hex; toBlock?: Hex }]
      if (method !== 'eth_getLogs' || fromBlock === undefined) return forward()
      sizes.push(Number(toBlock) - Number(fromBlock) + 1)
      return sizes.at(-1)! > 6 ? { error: { code: -32602, message: 'at most 6 blocks' } } : forward()
    })
    const mirror = await freshMirror({ chain: through, startBlock, maxBlockRange: 40n })
    await mirror.catchUp()
    expect(sizes.slice(0, 4)).toEqual([40, 20, 10, 5])
    expect(await requestIds(mirror)).toHaveLength(4)
    // Once it is known, one refusal at most for each range that is taken.
    expect(sizes.filter((size) => size > 6).length).toBeLessThanOrEqual(3 + sizes.filter((size) => size <= 6).length)
  })

  test('error: an RPC that refuses even one block', async () => {
    await mine(Number(TIP_BLOCKS) + 5)
    const { through } = await tampered(async ({ method }, forward) =>
      method === 'eth_getLogs' ? { error: { code: -32601, message: 'no such method here' } } : forward(),
    )
    const mirror = await freshMirror({ chain: through })
    const refusal = { code: 'RPC_REFUSED', message: expect.stringContaining('no such method here') }
    await expect(mirror.index()).rejects.toMatchObject(refusal)
  })

  test('behavior: an RPC that has seen less than the mirror takes nothing back', async () => {
    const mirror = await freshMirror()
    await pay()
    await mirror.catchUp()
    const before = await mirror.dump()
    const behind = numberToHex((await height()) - 1n)
    const { through } = await tampered(async ({ method, params }, forward) =>
      method === 'eth_getBlockByNumber' && params[0] === 'latest'
        ? { result: await rpc('eth_getBlockByNumber', [behind, false]) }
        : forward(),
    )
    expect(await mirror.index({ chain: through })).toBeUndefined()
    expect(await mirror.dump()).toEqual(before)
    // Behind even the first mirrored block.
    const late = await freshMirror({ startBlock: await height() })
    await late.catchUp()
    const [block] = await late.db.kysely.selectFrom('blocks').selectAll().execute()
    expect(await late.index({ chain: through })).toBeUndefined()
    expect(await late.db.kysely.selectFrom('blocks').selectAll().execute()).toEqual([block])
  })
})

describe('one mirror, one deployment', () => {
  test('error: another escrow, or another chain, in the same database', async () => {
    const mirror = await freshMirror()
    await mirror.catchUp()
    const deployment = { ...chain.deployment, inferenceEscrow: account('stranger').address }
    const failure = { name: 'PoaError', code: 'MIRROR_OF_OTHER_CONTRACTS' }
    await expect(mirror.index({ chain: { ...chain, deployment } })).rejects.toMatchObject(failure)
    await expect(mirror.index({ chain: { ...chain, chainId: 1 } })).rejects.toMatchObject(failure)
    expect(await mirror.index()).toBeUndefined()
  })
})

describe('several indexers', () => {
  test('behavior: at once on an embedded database, one writes', async () => {
    const mirror = await freshMirror()
    await mirror.catchUp()
    await pay()
    const rounds = await Promise.all([mirror.index(), mirror.index(), mirror.index(), mirror.index()])
    expect(rounds.filter((round) => round !== undefined)).toHaveLength(1)
    await expectLikeFresh(mirror)
  })

  test('behavior: two machines on one PostgreSQL follow the chain, also through a reorganisation', async () => {
    const server = await startTestPostgres()
    opened.push({ close: () => server.stop() })
    const url = await server.createDatabase()
    const mirrors: TestMirror[] = []
    for (let i = 0; i < 2; i++) {
      const db = await openDatabase({ url }, silent)
      opened.push(db)
      mirrors.push(mirrorIn(db, { chain, maxBlockRange: 10n }, () => db.close()))
    }
    const [first, second] = mirrors as [TestMirror, TestMirror]
    await migrate(first.db)
    const both = () => Promise.all([first.catchUp(), second.catchUp()])
    await both()
    await expectLikeFresh(first)
    const id = await snapshot()
    await pay(1n)
    await both()
    await revert(id)
    await mine(1)
    await pay(2n)
    const [mine1, mine2] = await both()
    expect([...mine1, ...mine2].filter(({ rolledBackTo }) => rolledBackTo !== undefined)).toHaveLength(1)
    await expectLikeFresh(second)

    // Both have read the same blocks before either writes.
    await pay(3n)
    let arrived = 0
    let letGo = () => {}
    const gate = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const waiting = (mirror: TestMirror) =>
      indexChain({
        db: mirror.db,
        chain,
        startBlock: 0n,
        logger: silent,
        onStep: async () => {
          arrived += 1
          await gate
        },
      })
    const racing = [waiting(first), waiting(second)]
    await expect.poll(() => arrived).toBe(1)
    letGo()
    const results = await Promise.all(racing)
    expect(results.filter((round) => round !== undefined)).toHaveLength(1)
    expect(arrived).toBe(1)
    await expectLikeFresh(first)
  })
})
