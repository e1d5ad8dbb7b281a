import { InvalidInputError } from '../../src/errors.ts'
import {
  type LabelledSamples,
  requireFeatureVector,
  requireIndices,
  requireIntegerBetween,
} from '../../src/model/requireSamples.ts'
import { flattenRows, logSumExp, scaleFeatures, writeLogits } from '../../src/model/softmaxHead.ts'
import { trainHead } from '../../src/model/trainHead.ts'

/** One answered inference: its features and the label that was emitted. */
export type AnsweredQuery = {
  readonly features: readonly number[]
  readonly label: number
}

export type LeaveOneOutParameters = LabelledSamples & {
  /** Slot of the contributor of each sample. */
  readonly contributors: readonly number[]
  readonly contributorCount: number
  readonly classes: number
  readonly weightDecay: number
  readonly queries: readonly AnsweredQuery[]
  /** Called after each retraining. */
  readonly onRetrained?: (contributor: number) => void
}

export type LeaveOneOut = {
  /** K x Q: margin of the full head minus margin of the head trained without the contributor, in logit units. */
  readonly drops: number[][]
  /** K sums over the queries: what all answers together would lose without the contributor. */
  readonly totals: number[]
}

/**
 * What each contributor was really worth to the answers, by retraining the head without its samples: the truth that
 * influence estimates. N of the loss stays that of the full set, so only the samples change, not the weight decay.
 *
 *     margin f(W, h) = z_yhat - log sum_{k != yhat} exp z_k         z = W h / 127, in logit units
 *     drop_{c, q}    = f(W, h_q) - f(W without c, h_q)
 *
 * The head is the float one, so the comparison includes every rounding of the proven attribution.
 * @throws InvalidInputError for a query or a slot out of range; HeadNotConvergedError from training
 */
export function leaveOneOut(parameters: LeaveOneOutParameters): LeaveOneOut {
  const { features, labels, contributors, contributorCount, classes, weightDecay, queries } = parameters
  requireIntegerBetween('contributorCount', contributorCount, 1, 65536)
  requireIndices('contributors', contributors, features.length, contributorCount)
  const full = trainHead({ features, labels, classes, weightDecay })
  queries.forEach((query, q) => {
    requireFeatureVector(`queries[${q}].features`, query.features, full.weights[0]!.length)
    requireIntegerBetween(`queries[${q}].label`, query.label, 0, classes - 1)
  })
  const margins = marginsOf(full.weights, queries)

  const drops: number[][] = []
  for (let slot = 0; slot < contributorCount; slot++) {
    if (!contributors.includes(slot)) {
      drops.push(margins.map(() => 0))
    } else {
      const retrained = trainHead({
        features,
        labels,
        classes,
        weightDecay,
        sampleWeights: contributors.map((owner) => (owner === slot ? 0 : 1)),
        initialWeights: full.weights,
      })
      const without = marginsOf(retrained.weights, queries)
      drops.push(margins.map((margin, q) => margin - without[q]!))
    }
    parameters.onRetrained?.(slot)
  }
  return { drops, totals: drops.map((row) => row.reduce((sum, drop) => sum + drop, 0)) }
}

/** f of every query at one head. */
function marginsOf(weights: readonly (readonly number[])[], queries: readonly AnsweredQuery[]): number[] {
  const flat = flattenRows(weights)
  const logits = new Float64Array(weights.length)
  return queries.map(({ features, label }) => {
    writeLogits(flat, scaleFeatures([features], features.length), 0, logits)
    return logits[label]! - logSumExp(logits, label)
  })
}

/**
 * Spearman's rank correlation: Pearson's correlation of the ranks, ties at their mid-rank.
 * @returns a number in [-1, 1]
 * @throws InvalidInputError for lists of unequal length, of fewer than two values, not finite, or all equal (undefined)
 */
export function spearman(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) throw new InvalidInputError('b', `a list of ${a.length} values like a`, b)
  if (a.length < 2) throw new InvalidInputError('a', 'a list of at least two values', a)
  const ranksA = midRanks('a', a)
  const ranksB = midRanks('b', b)
  const mean = (a.length + 1) / 2
  let covariance = 0
  let varianceA = 0
  let varianceB = 0
  for (let i = 0; i < a.length; i++) {
    covariance += (ranksA[i]! - mean) * (ranksB[i]! - mean)
    varianceA += (ranksA[i]! - mean) ** 2
    varianceB += (ranksB[i]! - mean) ** 2
  }
  if (varianceA === 0) throw new InvalidInputError('a', 'a list of values that are not all equal', a)
  if (varianceB === 0) throw new InvalidInputError('b', 'a list of values that are not all equal', b)
  return covariance / Math.sqrt(varianceA * varianceB)
}

/** Ranks from 1; equal values share the mean of the ranks they cover. */
function midRanks(field: string, values: readonly number[]): number[] {
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) throw new InvalidInputError(`${field}[${i}]`, 'a finite number', value)
  })
  const order = values.map((_value, i) => i).sort((i, j) => values[i]! - values[j]!)
  const ranks = new Array<number>(values.length)
  for (let start = 0; start < order.length; ) {
    let end = start
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++
    for (let place = start; place < end; place++) ranks[order[place]!] = (start + 1 + end) / 2
    start = end
  }
  return ranks
}
