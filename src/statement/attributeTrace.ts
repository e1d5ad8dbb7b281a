import type { Head, InfluenceIndex } from './model.ts'

/** round(255 exp(-i/32)), the weight of a competing class whose logit lies i * 128 (i/32 of a logit) below the runner-up. */
export const WEIGHT_TABLE: readonly number[] = Array.from({ length: 256 }, (_, i) =>
  Math.round(255 * Math.exp(-i / 32)),
)

/** What the attribution rule "net-margin" makes of one inference; every value is exact. */
export type TraceAttribution = {
  /** z = W h, C integers. */
  readonly logits: readonly number[]
  /** Gradient of the label's margin with respect to the logits, C integers that sum to 0. */
  readonly delta: readonly number[]
  /** s'_c = delta V_c h, K integers. */
  readonly rawScores: readonly number[]
  /** s_c = M_c s'_c, K integers. */
  readonly scores: readonly bigint[]
  /** T, the larger of the positive and the negative mass of the scores. */
  readonly total: bigint
  /** a = floor(pool 2^64 / T), 0 when T = 0. */
  readonly rate: bigint
  /** a s_c, in 2^-64 wei, K integers. The positive ones sum to at most pool 2^64, and so do the negative ones. */
  readonly earnings: readonly bigint[]
}

/** Scale of an earning: one wei is 2^64. */
export const EARNING_FRACTION_BITS = 64n

/** z = W h. Exact: |z| < 2^53 by far. */
export function computeLogits(head: Head, features: readonly number[]): number[] {
  return head.map((row) => dot(row, features))
}

/** The class with the largest logit; on a tie the first of them (the protocol accepts any of them as label). */
export function predictLabel(logits: readonly number[]): number {
  return logits.indexOf(Math.max(...logits))
}

/**
 * Section 1 of the protocol for one inference. Inputs are in range (requireHead, requireIndex, requireFeatures).
 * @param label a class whose logit no other exceeds; the caller checks
 * @param poolWei in [0, 2^96)
 */
export function attributeTrace(
  head: Head,
  index: InfluenceIndex,
  features: readonly number[],
  label: number,
  poolWei: bigint,
): TraceAttribution {
  const logits = computeLogits(head, features)
  const delta = marginGradient(logits, label)
  const rawScores = index.vectors.map((vector) => {
    let score = 0
    for (const [k, row] of vector.entries()) score += delta[k]! * dot(row, features)
    return score
  })
  const scores = rawScores.map((score, c) => BigInt(index.scales[c]!) * BigInt(score))
  const total = largerMass(scores)
  const rate = total === 0n ? 0n : (poolWei << EARNING_FRACTION_BITS) / total
  return { logits, delta, rawScores, scores, total, rate, earnings: scores.map((score) => rate * score) }
}

/** delta: for a competitor minus its weight, for the label the sum of all weights. */
function marginGradient(logits: readonly number[], label: number): number[] {
  const runnerUp = Math.max(...logits.filter((_, k) => k !== label))
  const weights = logits.map((z, k) =>
    k === label ? 0 : WEIGHT_TABLE[Math.min(255, Math.floor((runnerUp - z) / 128))]!,
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight, k) => (k === label ? total : -weight))
}

/** (sum |s| + |sum s|) / 2 = max(sum of the positive, sum of the negative magnitudes). */
function largerMass(scores: readonly bigint[]): bigint {
  let positive = 0n
  let negative = 0n
  for (const score of scores) {
    if (score > 0n) positive += score
    else negative -= score
  }
  return positive > negative ? positive : negative
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
