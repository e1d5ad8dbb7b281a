import type { Address } from 'viem'
import { type SeededRandom, seededRandom } from '../../randomBatch.ts'
import { compareAnswer, type Question, toCall } from './askContracts.ts'
import type { Market } from './deployMarket.ts'
import { drawContributors, drawEarnings, drawExcessiveEarnings, drawPolicy } from './drawBooks.ts'
import { extremeBits, extremeCommitment, randomAddress } from './extremes.ts'
import { MarketModel, type SealedBatch, type Step } from './MarketModel.ts'
import { type Difference, firstDifference, type Mismatch } from './Mismatch.ts'
import type { Outcome } from './openEvm.ts'
import type { Reference } from './reference.ts'
import type { Comparison } from './Setting.ts'
import type { Tally } from './Tally.ts'

const LARGEST_FEE_WEI = 2n ** 76n - 1n
/** Of one transaction; the steps' own estimates are on the safe side. */
const GAS_A_TRANSACTION = 12_000_000
/** One sequence in so many fills an epoch until a balance no longer fits. */
const OVERFLOWING_EVERY = 150
const LARGEST_CIRCUIT = 4

/**
 * Sequences of payments, batches, settlements, refunds, new heads, indexes and policies, closings and withdrawals on the real contracts, against
 * the reference: the outcome of every call, the rows of every event, and in the end every balance, debt and booked earning. Settlements are proved by
 * the public signals that TypeScript derives, so X, challenge, evaluation and context of the escrow are compared as well.
 */
export const compareEpochs: Comparison = async ({ reference, market }, seeds, tally) => {
  const mismatches: Mismatch[] = []
  for (const seed of seeds) {
    const difference = await market.evm.undoAfter(() => playSequence(market, reference, seed, tally))
    if (difference !== undefined)
      mismatches.push({ comparison: 'TypeScript and the contracts over epochs', seed, difference })
    tally.addCase()
  }
  return mismatches
}

/** What went otherwise on chain, first. */
async function playSequence(
  market: Market,
  reference: Reference,
  seed: number,
  tally: Tally,
): Promise<Difference | undefined> {
  const isOverflowing = seed % OVERFLOWING_EVERY === 0
  const sequence = new Sequence(market, reference, tally, seededRandom(seed), isOverflowing)
  try {
    await sequence.play()
  } catch (error) {
    if (error instanceof Diverged) return error.difference
    throw error
  }
  return undefined
}

/** After the first difference nothing that follows means anything. */
class Diverged extends Error {
  readonly difference: Difference

  constructor(difference: Difference) {
    super('diverged')
    this.difference = difference
  }
}

class Sequence {
  readonly #market: Market
  readonly #reference: Reference
  readonly #tally: Tally
  readonly #random: SeededRandom
  readonly #isOverflowing: boolean
  readonly #model: MarketModel
  /** Payout addresses, of which each index names some. */
  readonly #accounts: readonly Address[]
  readonly #provers: readonly Address[]
  #waiting: Step[] = []

  constructor(market: Market, reference: Reference, tally: Tally, random: SeededRandom, isOverflowing: boolean) {
    this.#market = market
    this.#reference = reference
    this.#tally = tally
    this.#random = random
    this.#isOverflowing = isOverflowing
    const circuit = isOverflowing ? market.circuits[LARGEST_CIRCUIT]! : random.pick(market.circuits)
    this.#model = new MarketModel(market, reference, circuit)
    this.#accounts = Array.from({ length: random.integer(1, 9) }, () => randomAddress(random))
    // A contributor may prove, too.
    this.#provers = [randomAddress(random), this.#accounts[0]!]
  }

  async play(): Promise<void> {
    const random = this.#random
    await this.#take(this.#model.registerHead(extremeCommitment(random)))
    await this.#registerIndex()
    if (this.#isOverflowing) await this.#overflow()
    else for (let i = random.integer(8, 40); i > 0; i--) await this.#act()
    await this.#windUp()
    await this.#flush()
    const questions = this.#model.balances(this.#accounts)
    const outcomes = await this.#market.evm.read(questions.map(toCall))
    for (const [i, question] of questions.entries()) this.#compare(question, outcomes[i]!)
  }

  /** One of everything that can happen, allowed or not. */
  async #act(): Promise<void> {
    const random = this.#random
    const model = this.#model
    const { requests, batches, ledger } = model
    const actions: (readonly [weight: number, act: () => Promise<void>])[] = [
      [12, () => this.#playRound()],
      [2, () => this.#payMany()],
      [3, () => this.#sealSome()],
      [4, () => this.#settleOne(batches.filter(({ isSettled }) => !isSettled))],
      [1, () => this.#settleOne(batches)],
      [2, () => this.#settleWrongly()],
      [1, async () => void (requests.length > 0 && (await this.#take(model.refund(random.pick(requests)))))],
      [2, () => this.#take(model.closeEpoch(BigInt(model.model.closedEpochs + random.pick([0, 1, 1, 2]))))],
      [4, () => this.#closeRipe()],
      [2, () => this.#take(model.withdraw(random.pick([...ledger.claimable.keys(), this.#accounts[0]!])))],
      [3, () => this.#registerIndex()],
      [1, () => this.#registerHead()],
      [1, () => this.#take(model.publishPolicy(drawPolicy(random)))],
      [4, () => this.#passTime(BigInt(random.pick([1, 30, 61, 700, 4_000, 4_000])))],
    ]
    let at = random.integer(0, actions.reduce((sum, [weight]) => sum + weight, 0) - 1)
    for (const [weight, act] of actions) {
      if (at < weight) return act()
      at -= weight
    }
  }

  /** Payments, a batch of them or of others, its settlement. */
  async #playRound(): Promise<void> {
    await this.#payMany()
    await this.#sealSome()
    await this.#settleOne(this.#model.batches.slice(-1).filter(({ isSettled }) => !isSettled))
  }

  /** Closes whatever a later epoch has superseded, as far as that goes. */
  async #closeRipe(): Promise<void> {
    const { model } = this.#model
    while (model.closedEpochs + 1 < model.epochs.length) {
      const epoch = model.epochs[model.closedEpochs]!
      await this.#take(this.#model.closeEpoch(epoch.epochId))
      if (epoch.outstanding > 0n) return
    }
  }

  async #payMany(): Promise<void> {
    const random = this.#random
    for (let i = random.integer(1, 5); i > 0; i--) {
      const feeWei = random.pick([1n, 3n, 9_999n, 10n ** 18n, LARGEST_FEE_WEI, extremeBits(random, 76) || 1n])
      await this.#take(this.#model.pay(feeWei))
    }
  }

  /** Some of the paid requests of an epoch, in any order. */
  async #sealSome(): Promise<void> {
    const random = this.#random
    const paid = this.#model.requests.filter(({ state }) => state === 'Paid')
    if (paid.length === 0) return
    const { epoch } = random.pick(paid)
    const order = paid
      .filter((request) => request.epoch === epoch)
      .map((request) => ({ request, at: random.bigBits(32) }))
      .sort((a, b) => (a.at < b.at ? -1 : 1))
    const count = random.integer(1, Math.min(order.length, this.#model.circuit.shape.traces))
    const requests = order.slice(0, count).map(({ request }) => request)
    await this.#take(this.#model.seal(requests, () => extremeCommitment(random)))
  }

  async #settleOne(batches: readonly SealedBatch[]): Promise<void> {
    const random = this.#random
    if (batches.length === 0) return
    const batch = random.pick(batches)
    const slots = this.#model.circuit.shape.contributors
    // Often only slots that have a contributor earn anything.
    const assigned = this.#model.model.contributors.get(batch.epoch.indexVersion)!.length
    const earnings = drawEarnings(random, poolsOf(batch), random.pick([slots, assigned, assigned]))
    await this.#settle(batch, [...earnings, ...Array<bigint>(slots - earnings.length).fill(0n)])
  }

  async #settle(batch: SealedBatch, earnings: readonly bigint[]): Promise<void> {
    const random = this.#random
    const prover = random.pick(this.#provers)
    await this.#take(this.#model.settle(batch, { prover, earnings, digest: extremeCommitment(random) }))
  }

  /** Earnings beyond a bound, or leaves that were not sealed. */
  async #settleWrongly(): Promise<void> {
    const random = this.#random
    await this.#payMany()
    await this.#sealSome()
    const { batches, circuit } = this.#model
    const batch = batches.filter(({ isSettled }) => !isSettled).at(-1)
    if (batch === undefined) return
    const { contributors } = circuit.shape
    const prover = random.pick(this.#provers)
    const { sealed } = batch
    if (random.integer(0, 1) === 0) {
      const earnings = drawExcessiveEarnings(random, poolsOf(batch), contributors)
      await this.#take(this.#model.settle(batch, { prover, earnings, digest: 1n }))
    } else {
      const list = random.pick(['requestIds', 'pools', 'inputCommitments', 'outputCommitments'] as const)
      const leaves = { ...sealed, [list]: sealed[list].map((value, i) => (i === 0 ? value ^ 1n : value)) }
      const earnings = Array<bigint>(contributors).fill(0n)
      await this.#take(this.#model.settle(batch, { prover, earnings, digest: 1n, leaves }))
    }
  }

  async #registerIndex(): Promise<void> {
    const random = this.#random
    const contributors = drawContributors(random, this.#accounts, this.#model.circuit.shape.contributors)
    await this.#take(this.#model.registerIndex(extremeCommitment(random), contributors))
  }

  /** Mostly with an index, for without one no epoch can be opened. */
  async #registerHead(): Promise<void> {
    await this.#take(this.#model.registerHead(extremeCommitment(this.#random)))
    if (this.#random.integer(0, 3) > 0) await this.#registerIndex()
  }

  /** Two full batches of the largest fees, of which one slot earns and another loses everything: the second does not fit beside the first. */
  async #overflow(): Promise<void> {
    const random = this.#random
    const { traces, contributors } = this.#model.circuit.shape
    await this.#take(
      this.#model.publishPolicy({
        ...this.#market.policy,
        contributorsBps: 9_500,
        modelOwnerBps: 0,
        stakersBps: 0,
        proverBps: 0,
        treasuryBps: 500,
      }),
    )
    for (let b = 0; b < 2; b++) {
      const first = this.#model.requests.length
      for (let i = 0; i < traces; i++) await this.#take(this.#model.pay(LARGEST_FEE_WEI))
      await this.#take(this.#model.seal(this.#model.requests.slice(first), () => extremeCommitment(random)))
    }
    const slots = [random.integer(0, 9), random.integer(10, contributors - 1)]
    for (const batch of this.#model.batches) {
      const limit = poolsOf(batch) << 64n
      const earnings = Array<bigint>(contributors).fill(0n)
      earnings[slots[0]!] = random.pick([limit, 0n])
      earnings[slots[1]!] = -limit
      await this.#settle(batch, earnings)
    }
  }

  /** Settles or refunds what is left and closes every epoch. */
  async #windUp(): Promise<void> {
    const random = this.#random
    const { batches, requests, model } = this.#model
    for (const batch of batches.filter(({ isSettled }) => !isSettled)) {
      if (random.integer(0, 2) > 0) await this.#settleOne([batch])
    }
    await this.#passTime(100n * 86_400n)
    for (const request of requests.filter(({ state }) => state === 'Paid' || state === 'Sealed')) {
      await this.#take(this.#model.refund(request))
    }
    for (let epochId = BigInt(model.closedEpochs) + 1n; epochId <= BigInt(model.epochs.length); epochId++) {
      await this.#take(this.#model.closeEpoch(epochId))
    }
  }

  async #passTime(seconds: bigint): Promise<void> {
    await this.#flush()
    this.#model.now += seconds
  }

  async #take(step: Step): Promise<void> {
    this.#waiting.push(step)
    if (this.#waiting.reduce((sum, { gas }) => sum + gas, 0) > GAS_A_TRANSACTION) await this.#flush()
  }

  /** Sends what waits as one transaction and compares outcomes and events. */
  async #flush(): Promise<void> {
    const steps = this.#waiting
    if (steps.length === 0) return
    this.#waiting = []
    const { outcomes, logs } = await this.#market.evm.send(
      steps.map(({ question }) => toCall(question)),
      this.#model.now,
    )
    for (const [i, { question }] of steps.entries()) this.#compare(question, outcomes[i]!)
    const expected = steps.flatMap(({ rows }) => rows)
    const found = logs.flatMap(({ topics, data }) => this.#reference.eventRows({ topics, data }).rows)
    this.#require(firstDifference('events', expected, found))
    this.#model.now += 1n
  }

  #compare(question: Question, outcome: Outcome): void {
    this.#tally.addCall(question.expected)
    this.#require(compareAnswer(question, outcome))
  }

  #require(difference: Difference | undefined): void {
    if (difference !== undefined) throw new Diverged(difference)
  }
}

function poolsOf({ sealed }: SealedBatch): bigint {
  return sealed.pools.reduce((sum, pool) => sum + pool, 0n)
}
