import type { Shape } from '../src/shape.ts'
import type { TraceBatch } from '../src/statement/buildStatement.ts'
import { type BatchOptions, randomBatch, type SeededRandom } from './randomBatch.ts'

const always =
  <Value>(value: Value) =>
  () =>
    value

const LARGEST_POOL = 2n ** 96n - 1n

/** Batches at the ends of the ranges, as options of `randomBatch`, by what is extreme in them. */
export const EXTREME_BATCHES: Readonly<Record<string, (random: SeededRandom, shape: Shape) => BatchOptions>> = {
  'all +127': () => ({ feature: always(127), vectorEntry: always(127), scale: always(65535), weight: always(32767) }),
  'all -127': () => ({
    feature: always(-127),
    vectorEntry: always(-127),
    scale: always(65535),
    weight: always(-32767),
  }),
  'extremes of both signs': (random) => ({
    feature: () => random.pick([-127, 127]),
    vectorEntry: () => random.pick([-127, 127]),
    weight: () => random.pick([-32767, 32767]),
    scale: always(65535),
    poolWei: () => random.pick([0n, 1n, LARGEST_POOL]),
  }),
  'pool 0': () => ({ poolWei: always(0n) }),
  'pool 2^96 - 1': () => ({ poolWei: always(LARGEST_POOL) }),
  'pool 2^96 - 1 and small scores': (random) => ({
    poolWei: always(LARGEST_POOL),
    vectorEntry: () => random.pick([-1, 0, 0, 0, 1]),
    scale: () => random.pick([0, 1]),
    weight: () => random.integer(-3, 3),
    feature: always(0),
  }),
  'pool 1 and large totals': () => ({ poolWei: always(1n), vectorEntry: always(127), scale: always(65535) }),
  'T = 0 with V = 0': () => ({ vectorEntry: always(0) }),
  'T = 0 with M = 0': () => ({ scale: always(0) }),
  'one contributor with M = 0': (random) => ({ scale: () => random.pick([0, 65535]) }),
  'ties, the first label': () => ({ weight: always(5), tieBreak: 'first' }),
  'ties, the last label': () => ({ weight: always(5), tieBreak: 'last' }),
  'one trace': () => ({ traces: 1 }),
  'every slot filled': (random, { traces }) => ({ traces, weight: () => random.integer(-40, 40) }),
}

/** Steps of the weight table, and some distances beyond its last. */
export const TABLE_STEPS = 260

/**
 * A batch at one step of the weight table: in each trace the classes below the runner-up lie 128 (step + 1) - 2 + t below it, t = 0 .. 3, so that
 * weights are looked up on both sides of the step's end. Label and runner-up tie in some. Vectors are sparse; in every third batch the only entry
 * is a 1 before such a class, so that T is the weight itself and the rate goes up to pool * 2^64.
 * @param shape with 3 classes and 3 features at least
 */
export function tableStepBatch(shape: Shape, random: SeededRandom, step: number): TraceBatch {
  const { classes, features } = shape
  const batch = randomBatch(shape, random, {
    vectorEntry: () => random.pick([-1, 0, 0, 0, 0, 1]),
    scale: () => random.pick([0, 1, 1, 2, 65535]),
    poolWei: () => random.pick([0n, 1n, 2n, random.bigBits(64), 2n ** 64n, LARGEST_POOL]),
  })
  const label = random.integer(0, classes - 1)
  const runnerUp = (label + random.integer(1, classes - 1)) % classes
  const lead = random.pick([0, 127, 128, 127 * 32767])
  const distance = 128 * (step + 1) - 2
  const logitOf = (k: number) => (k === label ? lead : k === runnerUp ? 0 : -distance)
  // The first feature is 1 and the last 127, so two weights make any logit; the second feature is t.
  const head = Array.from({ length: classes }, (_, k) => {
    const bias = Math.floor(logitOf(k) / 127)
    const row = Array<number>(features).fill(0)
    row[0] = logitOf(k) - 127 * bias
    row[1] = k === label || k === runnerUp ? 0 : -1
    row[features - 1] = bias
    return row
  })
  const only = step % 3 === 0 ? random.integer(0, shape.contributors - 1) : undefined
  const below = [0, 1, 2].find((k) => k !== label && k !== runnerUp)!
  const index = {
    vectors: batch.index.vectors.map((vector, c) =>
      vector.map((row, k) =>
        only === undefined ? row : row.map((_, j) => (c === only && k === below && j === 0 ? random.pick([-1, 1]) : 0)),
      ),
    ),
    scales: batch.index.scales.map((scale) => (only === undefined ? scale : 1)),
  }
  const traces = batch.traces.map((trace, b) => {
    const others = trace.features.slice(2)
    return { ...trace, label, features: [1, b % 4, ...others] }
  })
  return { ...batch, head, index, traces }
}
