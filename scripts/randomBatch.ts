import type { Shape } from '../src/shape.ts'
import { computeLogits, predictLabel } from '../src/statement/attributeTrace.ts'
import type { Trace, TraceBatch } from '../src/statement/buildStatement.ts'
import type { BatchContext } from '../src/statement/context.ts'

/** A small seeded generator (mulberry32): a failing case can be repeated from its seed. */
export function seededRandom(seed: number) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  const integer = (lowest: number, highest: number) => lowest + (next() % (highest - lowest + 1))
  const bigBits = (bits: number) => {
    let value = 0n
    for (let i = 0; i < bits; i += 32) value = (value << 32n) | BigInt(next())
    return value & ((1n << BigInt(bits)) - 1n)
  }
  return { integer, bigBits, pick: <Item>(items: readonly Item[]) => items[integer(0, items.length - 1)]! }
}
export type SeededRandom = ReturnType<typeof seededRandom>

export const TEST_CONTEXT: BatchContext = {
  chainId: 31337n,
  settlement: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
  batchId: 1n,
  circuitKeyHash: `0x${'ab'.repeat(32)}`,
  modelId: 1n,
  modelVersion: 1n,
  indexVersion: 1n,
  policyId: 1n,
  epochId: 1n,
  prover: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
}

/** How a random batch is drawn; by default anywhere in the ranges. */
export type BatchOptions = {
  readonly traces?: number
  readonly weight?: () => number
  readonly feature?: () => number
  readonly vectorEntry?: () => number
  readonly scale?: () => number
  readonly poolWei?: () => bigint
  /** Chooses among the classes that no logit exceeds. */
  readonly tieBreak?: 'first' | 'last'
}

/** A batch that keeps every rule of the protocol. */
export function randomBatch(shape: Shape, random: SeededRandom, options: BatchOptions = {}): TraceBatch {
  const {
    traces = random.integer(1, shape.traces),
    weight = () => random.integer(-32767, 32767),
    feature = () => random.integer(-127, 127),
    vectorEntry = () => random.integer(-127, 127),
    scale = () => random.integer(0, 65535),
    poolWei = () => random.bigBits(96),
    tieBreak = 'first',
  } = options
  const draw = <Item>(length: number, item: () => Item) => Array.from({ length }, item)
  const head = draw(shape.classes, () => draw(shape.features, weight))
  const index = {
    vectors: draw(shape.contributors, () => draw(shape.classes, () => draw(shape.features, vectorEntry))),
    scales: draw(shape.contributors, scale),
  }
  const trace = (_: unknown, b: number): Trace => {
    const features = [...draw(shape.features - 1, feature), 127]
    const logits = computeLogits(head, features)
    const label = tieBreak === 'first' ? predictLabel(logits) : logits.lastIndexOf(Math.max(...logits))
    const salts = { inputSalt: random.bigBits(248), outputSalt: random.bigBits(248) }
    return { requestId: BigInt(b + 1), poolWei: poolWei(), features, label, ...salts }
  }
  return {
    shape,
    head,
    index,
    traces: Array.from({ length: traces }, trace),
    batchSalt: random.bigBits(248),
    context: TEST_CONTEXT,
  }
}
