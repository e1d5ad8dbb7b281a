import type { Shape } from '../../../src/shape.ts'
import type { TraceBatch } from '../../../src/statement/buildStatement.ts'
import { type BatchOptions, randomBatch, type SeededRandom } from '../../randomBatch.ts'

/** Ways in which batches differ: what each stresses, and how its values are drawn. */
const KINDS: readonly ((shape: Shape, random: SeededRandom) => BatchOptions)[] = [
  // Weights so small that all classes count, with an empty slot.
  ({ traces }, { integer }) => ({ traces: traces - 1, weight: () => integer(-30, 30) }),
  // Anything, in any number of slots.
  () => ({}),
  // Full, some classes beyond the table.
  ({ traces }, { integer }) => ({ traces, weight: () => integer(-300, 300) }),
  // One trace.
  (_, { integer }) => ({ traces: 1, weight: () => integer(-60, 60) }),
  // The largest magnitudes.
  ({ traces }, { pick }) => ({
    traces,
    weight: () => pick([-32767, 32767]),
    feature: () => pick([-127, 127]),
    vectorEntry: () => pick([-127, 127]),
    scale: () => 65535,
    poolWei: () => (1n << 96n) - 1n,
  }),
  // All classes tie; the last is the label.
  ({ features }, random) => ({ weight: sameRows(features, random, () => 0), tieBreak: 'last' }),
  // The first two classes tie, as label and runner-up or as competitors.
  ({ features }, random) => ({ weight: sameRows(features, random, (row) => Math.max(1, row)) }),
  // T = 0: nobody has influence, or nobody has a scale.
  (_, { integer }) => ({ weight: () => integer(-30, 30), vectorEntry: () => 0 }),
  (_, { integer }) => ({ weight: () => integer(-30, 30), scale: () => 0 }),
  // No pool; pools of one wei and the largest; scales of 0 beside others.
  (_, { integer }) => ({ weight: () => integer(-30, 30), poolWei: () => 0n }),
  (_, { integer, pick }) => ({
    weight: () => integer(-30, 30),
    poolWei: () => pick([0n, 1n, (1n << 96n) - 1n]),
    scale: () => pick([0, 1, 65535]),
  }),
  // No weights: every logit is 0.
  () => ({ weight: () => 0 }),
]

/** How many kinds there are; that many batches in a row hold each once. */
export const BATCH_KIND_COUNT = KINDS.length

/** The batch number `index` of a fixed sequence that goes through all kinds again and again. */
export function drawBatch(shape: Shape, random: SeededRandom, index: number): TraceBatch {
  return randomBatch(shape, random, KINDS[index % KINDS.length]!(shape, random))
}

/** Weights of which rows with the same key are the same. */
function sameRows(width: number, { integer }: SeededRandom, keyOf: (row: number) => number): () => number {
  const drawn = new Map<string, number>()
  let next = 0
  return () => {
    const [row, column] = [Math.floor(next / width), next++ % width]
    const key = `${keyOf(row)},${column}`
    const weight = drawn.get(key) ?? integer(-30, 30)
    drawn.set(key, weight)
    return weight
  }
}
