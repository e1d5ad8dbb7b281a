import { sql } from 'kysely'
import { type Address, type Hex, keccak256, parseEther, toHex } from 'viem'
import { connectChain, type NodeChain } from '../../../prover/indexing/connectChain.ts'
import { indexChain } from '../../../prover/indexing/indexChain.ts'
import type { Step } from '../../../prover/steps.ts'
import type { NodeDatabase } from '../../../prover/store/openDatabase.ts'
import { planSeals } from '../../../prover/submission/planSeals.ts'
import { approveSealer } from '../../../src/chain/approveSealer.ts'
import { type PaidRequest, payInference } from '../../../src/chain/payInference.ts'
import { sealTraces, type Trace } from '../../../src/statement/buildStatement.ts'
import { hashBatch } from '../../../src/statement/context.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import { account, deployTiny, type TinyDeployment, tiny } from '../../chain/deployTiny.ts'
import { openTestDatabase, silent, type TestDatabase } from '../store/openTestDatabase.ts'

/** The node's hot key: no operator, but a sealer of one. Its balance is that of deployTiny's prover. */
export const wallet = account('prover')

const MINING_TIMEOUT_MS = 30_000

/** A trace that a node holds, and what was paid for it. */
export type HeldTrace = { readonly trace: Trace; readonly traceId: Hex; readonly paid: PaidRequest }

export type Setting = {
  readonly at: TinyDeployment
  readonly chain: NodeChain
  readonly db: NodeDatabase
  /** Steps reached since the last `reset`. */
  readonly steps: Step[]
  onStep(step: Step): void
  /** Any RPC request. */
  // biome-ignore lint/suspicious/noExplicitAny: each method answers with its own type
  rpc(method: string, ...params: unknown[]): Promise<any>
  /** The chain as it was after `openSetting`, an empty mempool, an empty database with the model's artifacts. */
  reset(): Promise<void>
  /** Resolves when anvil, which mines on its own and a moment later, has mined what it can. */
  calm(): Promise<void>
  /** Mirrors the chain up to its newest block. */
  index(): Promise<void>
  /** One payer, one paid request each. */
  pay(count: number): Promise<PaidRequest[]>
  /** Stores traces as the API does. */
  hold(paid: readonly PaidRequest[], options?: { acceptedAt?: Date; operator?: Address }): Promise<HeldTrace[]>
  /** Pays, mirrors, stores: what planSeals finds. */
  holdPaid(count: number): Promise<HeldTrace[]>
  /** Intents for all that is held, whatever its age. */
  planAll(): Promise<number>
  close(): Promise<void>
}

export const sealedOf = (held: readonly HeldTrace[]) =>
  sealTraces(
    held.map(({ trace }) => trace),
    tiny,
  )
export const batchHashOf = (held: readonly HeldTrace[]) => hashBatch(sealedOf(held))

/**
 * A chain with the model of `deployTiny`, whose operator approved our wallet as a sealer, and a database that mirrors it.
 * @param database migrated; one on PGlite when left out
 */
export async function openSetting(database?: Pick<TestDatabase, 'db' | 'close'>): Promise<Setting> {
  const at = await deployTiny()
  const { clients, deployment } = at
  await approveSealer(clients.operator, deployment, { sealer: wallet.address, isApproved: true })
  const chain = await connectChain({
    rpcUrls: [at.chain.rpcUrl],
    chainId: at.chain.chain.id,
    escrow: deployment.inferenceEscrow,
  })
  const { db, close } = database ?? (await openTestDatabase())
  const steps: Step[] = []
  const onStep = (step: Step) => void steps.push(step)
  const rpc: Setting['rpc'] = (method, ...params) => clients.stranger.request({ method, params } as never)
  let snapshot = await rpc('evm_snapshot')
  let drawn = 0

  const setting: Setting = {
    at,
    chain,
    db,
    steps,
    onStep,
    rpc,
    async reset() {
      await rpc('anvil_dropAllTransactions')
      await rpc('evm_setAutomine', true)
      await rpc('evm_revert', snapshot)
      snapshot = await rpc('evm_snapshot')
      await rpc('anvil_setNextBlockBaseFeePerGas', toHex(1_000_000_000)) // anvil takes it over from what was reverted
      await sql`truncate blocks, traces, model_artifacts, proofs, proof_jobs, transactions, events, mirrored_deployment cascade`.execute(
        db.kysely,
      )
      steps.length = 0
      const artifact = { model_id: at.modelId, index_version: at.indexVersion, model_version: 1n, shape: tiny.name }
      await db.kysely
        .insertInto('model_artifacts')
        .values({ ...artifact, head: toJson(at.batch.head), influence_index: toJson(at.batch.index) })
        .execute()
    },
    async calm() {
      if (!(await rpc('anvil_getAutomine'))) return
      const end = Date.now() + MINING_TIMEOUT_MS
      while (BigInt((await rpc('txpool_status')).pending) > 0n)
        if (Date.now() > end) throw new Error('anvil does not mine what is pending')
    },
    async index() {
      while (await indexChain({ db, chain, startBlock: 0n, onStep() {}, logger: silent }));
    },
    async pay(count) {
      const paid: PaidRequest[] = []
      const payment = { modelId: at.modelId, requestHash: keccak256('0x'), feeWei: parseEther('1') }
      for (let i = 0; i < count; i++) paid.push(await payInference(clients.payer, deployment, payment))
      return paid
    },
    async hold(paid, { acceptedAt = new Date(), operator = clients.operator.account.address } = {}) {
      const held = paid.map((paid): HeldTrace => {
        drawn += 1
        const drawnFrom = at.batch.traces[drawn % at.batch.traces.length]!
        const trace = { ...drawnFrom, requestId: paid.requestId, poolWei: paid.poolWei, inputSalt: BigInt(drawn) }
        return { trace, traceId: keccak256(toHex(drawn)), paid }
      })
      for (const [i, { trace, traceId }] of held.entries()) {
        const sealed = sealTraces([trace], tiny)
        await db.kysely
          .insertInto('traces')
          .values({
            trace_id: traceId,
            request_id: trace.requestId,
            model_id: at.modelId,
            operator,
            input_commitment: sealed.inputCommitments[0]!,
            output_commitment: sealed.outputCommitments[0]!,
            nonce: 0n,
            deadline: 0n,
            signature: '0x',
            file_hash: '',
            accepted_at: new Date(acceptedAt.getTime() + i),
          })
          .execute()
      }
      return held
    },
    async holdPaid(count) {
      const paid = await setting.pay(count)
      await setting.index()
      return setting.hold(paid)
    },
    planAll: () => planSeals({ db, chain, account: wallet.address, maxAgeSeconds: 0, onStep, logger: silent }),
    async close() {
      await close()
      await at.chain.stop()
    },
  }
  return setting
}
