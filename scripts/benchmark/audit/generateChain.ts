import { type Address, createPublicClient, http, keccak256, parseEther, toBytes } from 'viem'
import type { Artifacts } from '../../../prover/proving/artifacts.ts'
import type { ProvingBackend } from '../../../prover/proving/ProvingBackend.ts'
import { prepareInput } from '../../../prover/proving/prepareInput.ts'
import type { ReportProgress } from '../../../prover/StageProgress.ts'
import { epochLedgerAbi, inferenceEscrowAbi, policyRegistryAbi } from '../../../src/chain/abi.ts'
import { settleArguments } from '../../../src/chain/settleBatch.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { computeLogits, predictLabel } from '../../../src/statement/attributeTrace.ts'
import { sealTraces, type Trace, type TraceBatch } from '../../../src/statement/buildStatement.ts'
import { claimOf } from '../../../src/statement/settlementClaim.ts'
import { type SeededRandom, seededRandom } from '../../randomBatch.ts'
import type { LocalChain } from '../../startLocalChain.ts'
import { ACCOUNTS, deployMarket, type Market, WINDOWS } from './deployMarket.ts'
import { type Miner, openMiner } from './openMiner.ts'
import type { ProofStore } from './openProofStore.ts'
import { contributorsOf, type MarketModel, registerModels, renewModels } from './registerModels.ts'

/** The smallest circuit: an audit's work on a settlement hardly depends on the shape, and proofs of this one are made in milliseconds. */
export const SHAPE = shapeNamed('tiny')

/** What is on a generated chain. */
export type ChainFigures = {
  readonly settlements: number
  readonly requests: number
  readonly refunds: number
  readonly models: number
  readonly contributors: number
  readonly epochsOpened: number
  readonly epochsClosed: number
  readonly withdrawals: number
  readonly blocks: number
  readonly transactions: number
}

export type ChainParts = {
  readonly artifacts: Artifacts
  readonly backend: ProvingBackend
  readonly proofs: ProofStore
}

/** Some requests of one model that are paid together. */
type Order = {
  readonly model: MarketModel
  readonly feesWei: readonly bigint[]
  readonly fate: 'settled' | 'sealed, never settled' | 'never sealed'
}

type Answered = Order & { readonly epochId: bigint; readonly traces: readonly Trace[] }
type Sealed = Answered & { readonly batchId: bigint }

const BATCHES_IN_AN_EPOCH = 5
const SETTLEMENTS_A_MODEL = 100
const FEWEST_MODELS = 3
const MOST_MODELS = 30
/** Settled in one block, while those of the next are proved. */
const SETTLED_AT_ONCE = 50

/**
 * Fills a fresh chain with settlements, each with a real proof: many models, an epoch of each a round, several versions of heads and indexes, two
 * policies, debts, requests that are refunded because nobody sealed or settled them, withdrawals. The last round's epochs stay open. From the same
 * arguments it makes the same chain, call by call.
 */
export async function generateChain(
  chain: LocalChain,
  settlements: number,
  parts: ChainParts,
  report: ReportProgress,
): Promise<ChainFigures> {
  const market = await deployMarket(chain, parts.artifacts, SHAPE)
  const generator = new ChainGenerator(chain, market, await openMiner(chain), parts)
  return generator.run(settlements, report)
}

class ChainGenerator {
  readonly #market: Market
  readonly #miner: Miner
  readonly #parts: ChainParts
  readonly #client
  readonly #random: SeededRandom = seededRandom(6)
  readonly #contributors = new Set<Address>()
  readonly #counts = { settlements: 0, requests: 0, refunds: 0, epochsOpened: 0, epochsClosed: 0, withdrawals: 0 }
  #models: MarketModel[] = []
  #policyId = 1n

  constructor({ chain, rpcUrl }: LocalChain, market: Market, miner: Miner, parts: ChainParts) {
    this.#market = market
    this.#miner = miner
    this.#parts = parts
    this.#client = createPublicClient({ chain, transport: http(rpcUrl, { batch: true }) })
  }

  async run(settlements: number, report: ReportProgress): Promise<ChainFigures> {
    const random = this.#random
    const count = Math.min(MOST_MODELS, Math.max(FEWEST_MODELS, Math.floor(settlements / SETTLEMENTS_A_MODEL)))
    this.#models = await registerModels(this.#miner, this.#market, { shape: SHAPE, count, random })
    const rounds = Math.ceil(settlements / (count * BATCHES_IN_AN_EPOCH))
    for (let round = 0; round < rounds; round++) {
      if (round > 0) {
        await this.#finishRound(round)
        this.#models = await renewModels(this.#miner, this.#market, this.#models, { shape: SHAPE, round, random })
      }
      if (round === Math.floor(rounds / 2) && round > 0) await this.#publishPolicy()
      const sealed = await this.#payAndSeal(round, settlements - this.#counts.settlements)
      await this.#settle(sealed, () => report(this.#counts.settlements / settlements, `${this.#counts.settlements}`))
    }
    return { ...this.#counts, models: count, contributors: this.#contributors.size, ...this.#miner.mined }
  }

  /** The open requests and epochs of the round before, which its successor ends. */
  #open: { readonly abandoned: bigint[]; readonly epochs: readonly { modelId: bigint; epochId: bigint }[] } = {
    abandoned: [],
    epochs: [],
  }

  async #publishPolicy(): Promise<void> {
    const address = this.#market.deployment.policyRegistry
    await this.#miner.mine(
      ACCOUNTS.governance,
      { address, abi: policyRegistryAbi, functionName: 'publishPolicy', eventName: 'PolicyPublished' },
      [{ args: [this.#market.policies[1]] }],
    )
    this.#policyId = 2n
  }

  /** @returns the batches that are to be settled */
  async #payAndSeal(round: number, missing: number): Promise<Sealed[]> {
    const orders = this.#drawOrders(round, missing)
    const escrow = { address: this.#market.deployment.inferenceEscrow, abi: inferenceEscrowAbi }
    const payments = await this.#miner.mine(
      ACCOUNTS.payers[round % ACCOUNTS.payers.length]!,
      { ...escrow, functionName: 'pay', eventName: 'RequestPaid' },
      orders.flatMap(({ model, feesWei }, order) =>
        feesWei.map((valueWei, i) => {
          const requestHash = keccak256(toBytes(`round ${round}, order ${order}, request ${i}`))
          return { args: [model.modelId, requestHash], valueWei }
        }),
      ),
    )
    const paid = payments.map(({ args }) => args)
    const answered = orders.map((order): Answered => {
      const own = paid.splice(0, order.feesWei.length)
      return { ...order, epochId: own[0]!.epochId, traces: own.map((request) => this.#answer(order.model, request)) }
    })
    const batches = answered.filter(({ fate }) => fate !== 'never sealed')
    const seals = await this.#miner.mine(
      ACCOUNTS.operator,
      { ...escrow, functionName: 'seal', eventName: 'BatchSealed' },
      batches.map(({ model, traces }) => {
        const { requestIds, inputCommitments, outputCommitments } = sealTraces(traces, SHAPE)
        return { args: [model.modelId, requestIds, inputCommitments, outputCommitments] }
      }),
    )

    const epochs = new Map(answered.map(({ model, epochId }) => [model.modelId, { modelId: model.modelId, epochId }]))
    this.#open = {
      abandoned: answered
        .filter(({ fate }) => fate !== 'settled')
        .flatMap(({ traces }) => traces.map(({ requestId }) => requestId)),
      epochs: [...epochs.values()],
    }
    this.#counts.requests += payments.length
    this.#counts.epochsOpened += epochs.size
    for (const { model } of answered) for (const account of contributorsOf(model)) this.#contributors.add(account)
    return batches
      .map((batch, i) => ({ ...batch, batchId: seals[i]!.args.batchId }))
      .filter(({ fate }) => fate === 'settled')
  }

  /** Each model gets its batches; a fifth of them one request more that nobody seals, and one model a batch that nobody settles. */
  #drawOrders(round: number, missing: number): Order[] {
    const draw = (traces: number) => Array.from({ length: traces }, () => this.#drawFee())
    let left = missing
    return this.#models.flatMap((model): Order[] => {
      const settled = Math.min(BATCHES_IN_AN_EPOCH, left)
      left -= settled
      if (settled === 0) return []
      const orders: Order[] = Array.from({ length: settled }, () => ({
        model,
        feesWei: draw(this.#random.integer(2, SHAPE.traces)),
        fate: 'settled',
      }))
      if ((model.place + round) % 5 === 0) orders.push({ model, feesWei: draw(1), fate: 'never sealed' })
      if (model.place === round % this.#models.length)
        orders.push({ model, feesWei: draw(SHAPE.traces), fate: 'sealed, never settled' })
      return orders
    })
  }

  /** Up to one OPEN. */
  #drawFee(): bigint {
    return 1n + (this.#random.bigBits(64) % parseEther('1'))
  }

  #answer({ head }: MarketModel, { requestId, poolWei }: { requestId: bigint; poolWei: bigint }): Trace {
    const random = this.#random
    const features = [...Array.from({ length: SHAPE.features - 1 }, () => random.integer(-127, 127)), 127]
    const salts = { inputSalt: random.bigBits(248), outputSalt: random.bigBits(248) }
    return { requestId, poolWei, features, label: predictLabel(computeLogits(head, features)), ...salts }
  }

  async #settle(batches: readonly Sealed[], onSettled: () => void): Promise<void> {
    const groups = Array.from({ length: Math.ceil(batches.length / SETTLED_AT_ONCE) }, (_, i) =>
      batches.slice(i * SETTLED_AT_ONCE, (i + 1) * SETTLED_AT_ONCE),
    )
    let next = this.#prove(groups[0] ?? [])
    for (const i of groups.keys()) {
      const calls = await next
      next = this.#prove(groups[i + 1] ?? [])
      const address = this.#market.deployment.inferenceEscrow
      await this.#miner.mine(
        ACCOUNTS.keeper,
        { address, abi: inferenceEscrowAbi, functionName: 'settle', eventName: 'BatchSettled' },
        calls,
      )
      this.#counts.settlements += calls.length
      onSettled()
    }
  }

  #prove(batches: readonly Sealed[]) {
    const { backend, proofs } = this.#parts
    return Promise.all(
      batches.map(async (sealed) => {
        const batch = this.#traceBatchOf(sealed)
        const { statement, input } = prepareInput(batch)
        const proof = await proofs.getOrMake(statement.publicSignals, async () => (await backend.prove(input)).proof)
        return { args: settleArguments({ claim: claimOf(SHAPE, batch.context, statement), proof }) }
      }),
    )
  }

  #traceBatchOf({ batchId, epochId, model, traces }: Sealed): TraceBatch {
    const { provers } = ACCOUNTS
    const { deployment, circuitKeyHash } = this.#market
    return {
      shape: SHAPE,
      head: model.head,
      index: model.index,
      traces,
      batchSalt: this.#random.bigBits(248),
      context: {
        chainId: BigInt(this.#client.chain.id),
        settlement: deployment.inferenceEscrow,
        batchId,
        circuitKeyHash,
        modelId: model.modelId,
        modelVersion: model.modelVersion,
        indexVersion: model.indexVersion,
        policyId: this.#policyId,
        epochId,
        prover: provers[Number(batchId % BigInt(provers.length))]!,
      },
    }
  }

  /** Once every deadline has passed: refunds, closings, and a third of the accounts withdraw what they have. */
  async #finishRound(round: number): Promise<void> {
    const { inferenceEscrow, epochLedger } = this.#market.deployment
    const ledger = { address: epochLedger, abi: epochLedgerAbi }
    this.#miner.passTime(WINDOWS.sealWindow + WINDOWS.settleWindow)
    await this.#miner.mine(
      ACCOUNTS.keeper,
      { address: inferenceEscrow, abi: inferenceEscrowAbi, functionName: 'refund', eventName: 'RequestRefunded' },
      this.#open.abandoned.map((requestId) => ({ args: [requestId] })),
    )
    await this.#miner.mine(
      ACCOUNTS.keeper,
      { ...ledger, functionName: 'closeEpoch', eventName: 'EpochClosed' },
      this.#open.epochs.map(({ modelId, epochId }) => ({ args: [modelId, epochId] })),
    )
    const { modelOwner, treasury, stakers, payers, provers } = ACCOUNTS
    const accounts = [...this.#contributors, modelOwner, treasury, stakers, ...payers, ...provers]
    const claimable = await Promise.all(
      accounts.map((account) => this.#client.readContract({ ...ledger, functionName: 'claimableOf', args: [account] })),
    )
    const withdrawing = accounts.filter((_, i) => (i + round) % 3 === 0 && claimable[i]! > 0n)
    await this.#miner.mine(
      ACCOUNTS.keeper,
      { ...ledger, functionName: 'withdraw', eventName: 'Withdrawn' },
      withdrawing.map((account) => ({ args: [account] })),
    )
    this.#counts.refunds += this.#open.abandoned.length
    this.#counts.epochsClosed += this.#open.epochs.length
    this.#counts.withdrawals += withdrawing.length
  }
}
