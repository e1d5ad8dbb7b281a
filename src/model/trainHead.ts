import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { InvalidInputError, PoaError } from '../errors.ts'
import { type LabelledSamples, requireIntegerBetween, requireMatrix, requireSamples } from './requireSamples.ts'
import {
  assembleHessian,
  computeProbabilities,
  flattenRows,
  logSumExp,
  scaleFeatures,
  splitRows,
  writeLogits,
} from './softmaxHead.ts'

/** Newton's method ran out of iterations, or could not go down any further, before the gradient was small enough. */
export class HeadNotConvergedError extends PoaError {
  readonly gradientNorm: number
  readonly iterations: number

  constructor(gradientNorm: number, iterations: number, gradientTolerance: number, cause?: unknown) {
    super(
      'HEAD_NOT_CONVERGED',
      `the gradient norm is ${gradientNorm} after ${iterations} iterations, wanted at most ${gradientTolerance}`,
      { hint: 'raise weightDecay or maxIterations, or allow a larger gradientTolerance', cause },
    )
    this.gradientNorm = gradientNorm
    this.iterations = iterations
  }
}

export type TrainHeadParameters = LabelledSamples & {
  /** C, at least 2. A class without samples is allowed: weight decay keeps its weights finite. */
  readonly classes: number
  /** Coefficient of ||W||^2 / 2, the bias included, on the scale of x = h / 127. Above 0. */
  readonly weightDecay: number
  /**
   * N of the loss, by default the number of samples. Leave-one-out retraining passes the N of the full set, so that
   * taking samples away does not also change the strength of the weight decay.
   */
  readonly sampleCount?: number
  /** Weight of each sample in the sum, by default 1 for all. Finite and not negative. */
  readonly sampleWeights?: readonly number[]
  /** Bound on the Euclidean norm of the gradient at which training stops; default 1e-10. */
  readonly gradientTolerance?: number
  /** Default 100. Newton needs about ten. */
  readonly maxIterations?: number
  /** Where to start, C x H; default 0. The loss is strictly convex, so this changes the path, not the destination. */
  readonly initialWeights?: readonly (readonly number[])[]
}

export type TrainedHead = {
  /** C x H, on the scale of x = h / 127: the logits are W x. */
  readonly weights: number[][]
  /** Euclidean norm of the gradient of the loss at `weights`. */
  readonly gradientNorm: number
  readonly iterations: number
  readonly loss: number
}

/**
 * Softmax regression with weight decay, trained to its optimum:
 *
 *     loss(W) = 1/N sum_i w_i (-log softmax(W x_i)[y_i]) + weightDecay/2 ||W||^2,   x = h / 127
 *
 * by Newton's method with the exact Hessian, a Cholesky solve and Armijo backtracking. The loss is strictly convex, so the
 * optimum is unique: whoever trains on the same samples gets the same head up to the gradient tolerance.
 *
 * @throws InvalidInputError for unequal lengths, features or labels out of range, a weightDecay that is not above 0
 * @throws HeadNotConvergedError when the gradient norm stays above the tolerance
 */
export function trainHead(parameters: TrainHeadParameters): TrainedHead {
  const { features, labels, classes, weightDecay } = parameters
  const featureCount = requireSamples(parameters, classes)
  const gradientTolerance = parameters.gradientTolerance ?? 1e-10
  const maxIterations = parameters.maxIterations ?? 100
  const sampleCount = parameters.sampleCount ?? features.length
  requirePositive('weightDecay', weightDecay)
  requirePositive('gradientTolerance', gradientTolerance)
  requireIntegerBetween('maxIterations', maxIterations, 0, 10_000)
  requireIntegerBetween('sampleCount', sampleCount, features.length, Number.MAX_SAFE_INTEGER)
  const factors = sampleFactors(parameters.sampleWeights, features.length, sampleCount)

  const x = scaleFeatures(features, featureCount)
  const size = classes * featureCount
  let weights: Float64Array = new Float64Array(size)
  if (parameters.initialWeights !== undefined) {
    requireMatrix('initialWeights', parameters.initialWeights, classes, featureCount)
    weights = flattenRows(parameters.initialWeights)
  }

  let loss = evaluateLoss(weights, x, labels, classes, factors, weightDecay)
  for (let iteration = 0; ; iteration++) {
    const probabilities = computeProbabilities(weights, x, classes)
    const gradient = evaluateGradient(weights, probabilities, x, labels, classes, factors, weightDecay)
    const gradientNorm = Math.sqrt(dot(gradient, gradient))
    if (gradientNorm <= gradientTolerance) {
      return { weights: splitRows(weights, classes), gradientNorm, iterations: iteration, loss }
    }
    if (iteration === maxIterations || !Number.isFinite(gradientNorm)) {
      throw new HeadNotConvergedError(gradientNorm, iteration, gradientTolerance)
    }

    const hessian = assembleHessian(probabilities, x, classes, factors)
    for (let d = 0; d < size; d++) hessian.set(d, d, hessian.get(d, d) + weightDecay)
    const step = solveStep(hessian, gradient, gradientNorm, iteration, gradientTolerance)
    const slope = -dot(gradient, step)

    // Armijo. The slack is the rounding error of the loss: next to the optimum a good step may not show in the loss at all.
    const slack = 1e-14 * (1 + Math.abs(loss))
    let damping = 1
    for (;;) {
      const candidate = weights.map((value, d) => value - damping * step[d]!)
      const candidateLoss = evaluateLoss(candidate, x, labels, classes, factors, weightDecay)
      if (candidateLoss <= loss + 1e-4 * damping * slope + slack) {
        weights = candidate
        loss = candidateLoss
        break
      }
      damping /= 2
      if (damping < 2 ** -40) throw new HeadNotConvergedError(gradientNorm, iteration, gradientTolerance)
    }
  }
}

function evaluateLoss(
  weights: Float64Array,
  x: Float64Array,
  labels: readonly number[],
  classes: number,
  factors: Float64Array,
  weightDecay: number,
): number {
  const featureCount = weights.length / classes
  const logits = new Float64Array(classes)
  let loss = 0
  for (let i = 0; i < labels.length; i++) {
    writeLogits(weights, x, i * featureCount, logits)
    loss += factors[i]! * (logSumExp(logits) - logits[labels[i]!]!)
  }
  return loss + (weightDecay / 2) * dot(weights, weights)
}

function evaluateGradient(
  weights: Float64Array,
  probabilities: Float64Array,
  x: Float64Array,
  labels: readonly number[],
  classes: number,
  factors: Float64Array,
  weightDecay: number,
): Float64Array {
  const featureCount = weights.length / classes
  const gradient = weights.map((value) => weightDecay * value)
  for (let i = 0; i < labels.length; i++) {
    for (let k = 0; k < classes; k++) {
      const residual = factors[i]! * (probabilities[i * classes + k]! - (labels[i] === k ? 1 : 0))
      for (let j = 0; j < featureCount; j++) gradient[k * featureCount + j]! += residual * x[i * featureCount + j]!
    }
  }
  return gradient
}

function solveStep(
  hessian: Matrix,
  gradient: Float64Array,
  gradientNorm: number,
  iteration: number,
  gradientTolerance: number,
): number[] {
  try {
    return new CholeskyDecomposition(hessian).solve(Matrix.columnVector(Array.from(gradient))).getColumn(0)
  } catch (cause) {
    // Only when weightDecay is lost to rounding beside the curvature.
    throw new HeadNotConvergedError(gradientNorm, iteration, gradientTolerance, cause)
  }
}

function sampleFactors(
  sampleWeights: readonly number[] | undefined,
  samples: number,
  sampleCount: number,
): Float64Array {
  if (sampleWeights === undefined) return new Float64Array(samples).fill(1 / sampleCount)
  if (!Array.isArray(sampleWeights) || sampleWeights.length !== samples) {
    throw new InvalidInputError('sampleWeights', `a list of ${samples} weights, one a sample`, sampleWeights)
  }
  for (let i = 0; i < samples; i++) {
    const weight = sampleWeights[i]
    if (!Number.isFinite(weight) || weight < 0) {
      throw new InvalidInputError(`sampleWeights[${i}]`, 'a finite number, not negative', weight)
    }
  }
  return Float64Array.from(sampleWeights, (weight) => weight / sampleCount)
}

function requirePositive(field: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) throw new InvalidInputError(field, 'a finite number above 0', value)
}

function dot(a: Float64Array, b: ArrayLike<number>): number {
  let sum = 0
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!
  return sum
}
