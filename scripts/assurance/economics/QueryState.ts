import { WEIGHT_TABLE } from '../../../src/statement/attributeTrace.ts'
import type { Setting } from './buildSettings.ts'

/** How scores become earnings. The protocol's is NET_MARGIN; others are planted to show that the search would see the hole. */
export type Rule = {
  /** What a query's scores are divided by, from their positive and negative mass; earnings are shares of the pool. */
  readonly normaliser: (positive: number, negative: number) => number
  /** Whether a query's negative earnings count as zero. */
  readonly isClipped: boolean
  /** Whether an epoch's payments are scaled until they use up its pools. */
  readonly emptiesPools: boolean
}

/** PROTOCOL section 1. */
export const NET_MARGIN: Rule = { normaliser: Math.max, isClipped: false, emptiesPools: false }

/**
 * A query under change: its scores follow a change of one feature in C (K + 1) steps. All its values are integers below 2^53, hence exact; that they are
 * the reference's is what `attributeTrace` says of every attack that is reported.
 */
export class QueryState {
  readonly features: Int32Array
  /** Signed scores s_c, K of them; those of the last `score()`. */
  readonly scores: Float64Array
  /** Margin gradient of the last `score()`, C integers. */
  readonly delta: Float64Array
  /** Positive and negative mass of the last `score()`, neither below 0. */
  positive = 0
  negative = 0

  readonly #classes: number
  readonly #contributors: number
  readonly #featureCount: number
  /** Column j holds what feature j adds: C weights, then C entries for each contributor. */
  readonly #columns: Float64Array
  readonly #scales: readonly number[]
  /** Logits, then V_c h. */
  readonly #products: Float64Array

  constructor({ shape, head, index }: Setting) {
    this.#classes = shape.classes
    this.#contributors = shape.contributors
    this.#featureCount = shape.features
    this.#scales = index.scales
    const rows = [...head, ...index.vectors.flat()]
    this.#columns = new Float64Array(rows.length * shape.features)
    for (const [r, row] of rows.entries())
      for (const [j, value] of row.entries()) this.#columns[j * rows.length + r] = value
    this.#products = new Float64Array(rows.length)
    this.features = new Int32Array(shape.features)
    this.scores = new Float64Array(shape.contributors)
    this.delta = new Float64Array(shape.classes)
  }

  /** Replaces the whole query. */
  set(features: ArrayLike<number>): void {
    this.#products.fill(0)
    this.features.fill(0)
    for (let j = 0; j < this.#featureCount; j++) this.change(j, features[j]!)
  }

  /** Gives feature j another value. */
  change(j: number, value: number): void {
    const difference = value - this.features[j]!
    if (difference === 0) return
    this.features[j] = value
    const rows = this.#products.length
    for (let r = 0; r < rows; r++) this.#products[r]! += difference * this.#columns[j * rows + r]!
  }

  /** Computes delta, scores and their masses. */
  score(): void {
    const classes = this.#classes
    const z = this.#products
    let label = 0
    for (let k = 1; k < classes; k++) if (z[k]! > z[label]!) label = k
    let runnerUp = Number.NEGATIVE_INFINITY
    for (let k = 0; k < classes; k++) if (k !== label && z[k]! > runnerUp) runnerUp = z[k]!
    let total = 0
    for (let k = 0; k < classes; k++) {
      const weight = k === label ? 0 : WEIGHT_TABLE[Math.min(255, Math.floor((runnerUp - z[k]!) / 128))]!
      this.delta[k] = -weight
      total += weight
    }
    this.delta[label] = total
    this.positive = 0
    this.negative = 0
    for (let c = 0; c < this.#contributors; c++) {
      let score = 0
      for (let k = 0; k < classes; k++) score += this.delta[k]! * z[(c + 1) * classes + k]!
      score *= this.#scales[c]!
      this.scores[c] = score
      if (score > 0) this.positive += score
      else this.negative -= score
    }
  }

  /** d s_c / d h_j while delta stays as it is. */
  slope(slot: number, j: number): number {
    const classes = this.#classes
    const start = j * this.#products.length + (slot + 1) * classes
    let sum = 0
    for (let k = 0; k < classes; k++) sum += this.delta[k]! * this.#columns[start + k]!
    return sum * this.#scales[slot]!
  }

  /** Earnings of the last `score()` as shares of the pool, into `shares`. */
  writeShares(rule: Rule, shares: Float64Array): void {
    const normaliser = rule.normaliser(this.positive, this.negative)
    for (let c = 0; c < shares.length; c++) {
      const share = normaliser === 0 ? 0 : this.scores[c]! / normaliser
      shares[c] = rule.isClipped ? Math.max(0, share) : share
    }
  }
}
