import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { InvalidInputError } from '../errors.ts'
import type { InfluenceIndex } from '../statement/model.ts'
import { dequantiseHead } from './quantiseHead.ts'
import {
  type LabelledSamples,
  requireIndices,
  requireIntegerBetween,
  requireMatrix,
  requireSamples,
} from './requireSamples.ts'
import { assembleHessian, computeProbabilities, flattenRows, scaleFeatures, splitRows } from './softmaxHead.ts'

/** Extra damping relative to the mean curvature, unless calibrated (PROTOCOL section 1). */
export const DEFAULT_KAPPA = 0.1

/** Entries of V are int8 and symmetric; the circuit proves -128..127. */
export const INFLUENCE_LIMIT = 127

/** Scales M are uint16; the largest one of a non-empty index is exactly this. */
export const SCALE_LIMIT = 65535

export type InfluenceParameters = LabelledSamples & {
  /** Slot of the contributor of each sample, N integers in [0, contributorCount). */
  readonly contributors: readonly number[]
  /** K. A slot without samples gets a zero vector and scale 0. */
  readonly contributorCount: number
  /** The weight decay the head was trained with, on the scale of x = h / 127. */
  readonly weightDecay: number
  /** Default 0.1. */
  readonly kappa?: number
}

export type InfluenceVectors = {
  /** v_c, K x C x H floats. */
  readonly vectors: number[][][]
  /** lambda, the damping that was added to the Hessian. */
  readonly damping: number
}

/**
 * Influence of each contributor on the head, to first order: where the optimum moves when its samples weigh more.
 *
 *     g_i    = (p_i - y_i) (x) x_i
 *     Hess   = 1/n sum_i (diag p_i - p_i p_i^T) (x) x_i x_i^T
 *     lambda = weightDecay + kappa * trace(Hess) / (C H)
 *     v_c    = -(Hess + lambda I)^-1 (1/n) sum_{i in c} g_i
 *
 * with x = h / 127 and n = N. It is the implicit-function derivative of the trained weights (Koh and Liang 2017, "Understanding
 * Black-box Predictions via Influence Functions", there with a minus sign for removal): at kappa = 0, dW/dw_c = v_c
 * where w_c multiplies the loss of every sample of c.
 *
 * @param weights C x H floats, on the scale of x = h / 127
 * @throws InvalidInputError for lengths or values out of range, or when lambda is not above 0
 */
export function solveInfluenceVectors(
  weights: readonly (readonly number[])[],
  parameters: InfluenceParameters,
): InfluenceVectors {
  const { features, labels, contributors, contributorCount, weightDecay, kappa = DEFAULT_KAPPA } = parameters
  const classes = weights.length
  const featureCount = requireSamples(parameters, classes)
  requireMatrix('weights', weights, classes, featureCount)
  requireIntegerBetween('contributorCount', contributorCount, 1, 65536)
  requireIndices('contributors', contributors, features.length, contributorCount)
  requireNotNegative('weightDecay', weightDecay)
  requireNotNegative('kappa', kappa)

  const samples = features.length
  const size = classes * featureCount
  const x = scaleFeatures(features, featureCount)
  const probabilities = computeProbabilities(flattenRows(weights), x, classes)
  const hessian = assembleHessian(probabilities, x, classes, new Float64Array(samples).fill(1 / samples))
  const damping = weightDecay + (kappa * hessian.trace()) / size
  if (!(damping > 0)) throw new InvalidInputError('weightDecay', 'above 0 when kappa adds no damping', weightDecay)
  for (let d = 0; d < size; d++) hessian.set(d, d, hessian.get(d, d) + damping)

  // One column a contributor: minus the mean gradient of its samples over all n.
  const gradients = Matrix.zeros(size, contributorCount)
  for (let i = 0; i < samples; i++) {
    const slot = contributors[i]!
    for (let k = 0; k < classes; k++) {
      const residual = (labels[i] === k ? 1 : 0) - probabilities[i * classes + k]!
      for (let j = 0; j < featureCount; j++) {
        const d = k * featureCount + j
        gradients.set(d, slot, gradients.get(d, slot) + (residual * x[i * featureCount + j]!) / samples)
      }
    }
  }
  const solved = new CholeskyDecomposition(hessian).solve(gradients)
  const vectors = Array.from({ length: contributorCount }, (_unused, slot) =>
    splitRows(solved.getColumn(slot), classes),
  )
  return { vectors, damping }
}

/**
 * Rounds influence vectors to the committed integers: m_c = max|v_c|, V_c = round(127 v_c / m_c),
 * M_c = round(65535 m_c / max m). A zero vector keeps zeros and scale 0.
 * @param vectors K x C x H floats
 * @throws InvalidInputError when an entry is not finite
 */
export function quantiseInfluence(vectors: readonly (readonly (readonly number[])[])[]): InfluenceIndex {
  if (!Array.isArray(vectors) || vectors.length === 0) {
    throw new InvalidInputError('vectors', 'at least one influence vector', vectors)
  }
  const classes = vectors[0]!.length
  const featureCount = vectors[0]![0]?.length ?? 0
  vectors.forEach((vector, c) => {
    requireMatrix(`vectors[${c}]`, vector, classes, featureCount)
  })
  const peaks = vectors.map((vector) => peakOf(vector))
  const highest = peaks.reduce((a, b) => Math.max(a, b), 0)
  return {
    vectors: vectors.map((vector, c) =>
      // Adding 0 turns -0 into 0.
      vector.map((row: readonly number[]) =>
        row.map((v) => (peaks[c] === 0 ? 0 : Math.round((INFLUENCE_LIMIT * v) / peaks[c]!) + 0)),
      ),
    ),
    scales: peaks.map((peak) => (highest === 0 ? 0 : Math.round((SCALE_LIMIT * peak) / highest))),
  }
}

/**
 * The influence index of one model version (PROTOCOL section 1), ready to be committed.
 *
 * Decision: it is computed at the committed integer head, not at the float head it was rounded from. Weights, samples, kappa
 * and weightDecay are then all that an auditor needs to recompute the index, and no optimiser stands in between: two
 * trainers that stop at different gradient norms but round to the same integers publish the same index. The price
 * is a shift of the weights by at most half a step, 127 / 8192 = 0.0155 on x = h / 127.
 *
 * @param weights C x H integers of the head, z = W h with one logit unit = 4096; unpadded
 * @throws InvalidInputError for lengths or values out of range
 */
export function computeInfluenceIndex(
  weights: readonly (readonly number[])[],
  parameters: InfluenceParameters,
): InfluenceIndex {
  return quantiseInfluence(solveInfluenceVectors(dequantiseHead(weights), parameters).vectors)
}

/**
 * Fills an index up to a larger circuit shape with zeros: absent contributors earn nothing, padded classes move nothing.
 * @param shape contributors and classes of the shape, at least those of the index
 * @returns a new index; the input is not changed
 * @throws InvalidInputError when the shape is smaller than the index
 */
export function padInfluenceIndex(
  index: InfluenceIndex,
  shape: { readonly contributors: number; readonly classes: number },
): InfluenceIndex {
  const classes = index.vectors[0]?.length ?? 0
  const featureCount = index.vectors[0]?.[0]?.length ?? 0
  requireIntegerBetween('shape.contributors', shape.contributors, index.vectors.length, 65536)
  requireIntegerBetween('shape.classes', shape.classes, classes, 1024)
  return {
    vectors: Array.from({ length: shape.contributors }, (_unused, c) =>
      Array.from({ length: shape.classes }, (_row, k) => [
        ...(index.vectors[c]?.[k] ?? new Array<number>(featureCount).fill(0)),
      ]),
    ),
    scales: Array.from({ length: shape.contributors }, (_unused, c) => index.scales[c] ?? 0),
  }
}

function peakOf(vector: readonly (readonly number[])[]): number {
  let peak = 0
  for (const row of vector) for (const value of row) peak = Math.max(peak, Math.abs(value))
  return peak
}

function requireNotNegative(field: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) {
    throw new InvalidInputError(field, 'a finite number, not negative', value)
  }
}
