import { Matrix } from 'ml-matrix'
import { FEATURE_LIMIT } from './requireSamples.ts'

// Math.exp and Math.log are the only operations of src/model that ECMAScript does not fix to the last bit. V8 compiles its
// own fdlibm into every build, so all Node platforms agree; another engine could differ in the last place of a Float64,
// far below half a step of the int16 and int8 roundings that follow.

/** Float inputs of the head: x = h / 127, row-major N x H, so that x ends with the bias 1. */
export function scaleFeatures(features: readonly (readonly number[])[], featureCount: number): Float64Array {
  const scaled = new Float64Array(features.length * featureCount)
  features.forEach((vector, i) => {
    for (let j = 0; j < featureCount; j++) scaled[i * featureCount + j] = vector[j]! / FEATURE_LIMIT
  })
  return scaled
}

/** z = W x of one sample: `weights` is row-major C x H, `x` starts at `offset`; written to `logits` (length C). */
export function writeLogits(weights: Float64Array, x: Float64Array, offset: number, logits: Float64Array): void {
  const classes = logits.length
  const featureCount = weights.length / classes
  for (let k = 0; k < classes; k++) {
    let sum = 0
    for (let j = 0; j < featureCount; j++) sum += weights[k * featureCount + j]! * x[offset + j]!
    logits[k] = sum
  }
}

/** log sum_k exp(z_k), shifted by the maximum; `skip` leaves one class out. */
export function logSumExp(logits: Float64Array, skip = -1): number {
  let max = Number.NEGATIVE_INFINITY
  for (let k = 0; k < logits.length; k++) if (k !== skip && logits[k]! > max) max = logits[k]!
  let sum = 0
  for (let k = 0; k < logits.length; k++) if (k !== skip) sum += Math.exp(logits[k]! - max)
  return max + Math.log(sum)
}

/** Softmax probabilities of every sample, row-major N x C. */
export function computeProbabilities(weights: Float64Array, x: Float64Array, classes: number): Float64Array {
  const featureCount = weights.length / classes
  const count = x.length / featureCount
  const probabilities = new Float64Array(count * classes)
  const logits = new Float64Array(classes)
  for (let i = 0; i < count; i++) {
    writeLogits(weights, x, i * featureCount, logits)
    const normaliser = logSumExp(logits)
    for (let k = 0; k < classes; k++) probabilities[i * classes + k] = Math.exp(logits[k]! - normaliser)
  }
  return probabilities
}

/**
 * Exact Gauss-Newton Hessian of the mean cross-entropy, which for a softmax layer is its exact Hessian:
 * sum_i a_i (diag p_i - p_i p_i^T) (x) x_i x_i^T, of size (C H) x (C H), index k * H + j.
 * @param sampleFactors a_i, e.g. 1/N for the mean
 */
export function assembleHessian(
  probabilities: Float64Array,
  x: Float64Array,
  classes: number,
  sampleFactors: Float64Array,
): Matrix {
  const count = sampleFactors.length
  const featureCount = x.length / count
  const size = classes * featureCount
  const upper = new Float64Array(size * size)
  for (let i = 0; i < count; i++) {
    const factor = sampleFactors[i]!
    if (factor === 0) continue
    for (let k = 0; k < classes; k++) {
      const pk = probabilities[i * classes + k]!
      for (let l = k; l < classes; l++) {
        const pl = probabilities[i * classes + l]!
        const curvature = factor * (k === l ? pk * (1 - pk) : -pk * pl)
        if (curvature === 0) continue
        // Each C x C block is itself symmetric, so its upper triangle is enough.
        for (let a = 0; a < featureCount; a++) {
          const left = curvature * x[i * featureCount + a]!
          const row = (k * featureCount + a) * size + l * featureCount
          for (let b = a; b < featureCount; b++) upper[row + b]! += left * x[i * featureCount + b]!
        }
      }
    }
  }
  const hessian = new Matrix(size, size)
  for (let k = 0; k < classes; k++) {
    for (let l = k; l < classes; l++) {
      for (let a = 0; a < featureCount; a++) {
        for (let b = a; b < featureCount; b++) {
          const value = upper[(k * featureCount + a) * size + l * featureCount + b]!
          hessian.set(k * featureCount + a, l * featureCount + b, value)
          hessian.set(k * featureCount + b, l * featureCount + a, value)
          hessian.set(l * featureCount + b, k * featureCount + a, value)
          hessian.set(l * featureCount + a, k * featureCount + b, value)
        }
      }
    }
  }
  return hessian
}

/** C x H rows to the row-major vector that the linear algebra works on. */
export function flattenRows(rows: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(rows.flat())
}

/** Row-major vector of C * H entries to C rows. */
export function splitRows(flat: ArrayLike<number>, classes: number): number[][] {
  const featureCount = flat.length / classes
  return Array.from({ length: classes }, (_unused, k) =>
    Array.from({ length: featureCount }, (_inner, j) => flat[k * featureCount + j]!),
  )
}
