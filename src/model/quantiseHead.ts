import { InvalidInputError, PoaError } from '../errors.ts'
import { FEATURE_LIMIT, requireIntegerBetween, requireMatrix } from './requireSamples.ts'

/** Head weights are int16 and symmetric: W in [-32767, 32767]. The circuit proves -32768..32767. */
export const WEIGHT_LIMIT = 32767

/** One logit unit is 2^12 in z = W h: the real logit is z / 4096. */
export const LOGIT_UNIT = 4096

/** A float weight whose integer does not fit int16. Clipping it would change the model without a word. */
export class WeightOutOfRangeError extends PoaError {
  readonly classIndex: number
  readonly featureIndex: number
  readonly quantised: number

  constructor(classIndex: number, featureIndex: number, quantised: number) {
    super(
      'WEIGHT_OUT_OF_RANGE',
      `weights[${classIndex}][${featureIndex}] becomes ${quantised}, outside [-${WEIGHT_LIMIT}, ${WEIGHT_LIMIT}]`,
      { hint: 'train with a larger weightDecay' },
    )
    this.classIndex = classIndex
    this.featureIndex = featureIndex
    this.quantised = quantised
  }
}

/**
 * Float head to the committed integers. With x = h / 127, the logit W x equals (4096 / 127 W) h / 4096, so
 * W_int = round(4096 / 127 W) and z = W_int h has one logit unit = 4096. Halves round towards +infinity (Math.round).
 * @param weights C x H floats, on the scale of x = h / 127; |W| below 1016 fits
 * @returns C x H integers in [-32767, 32767]
 * @throws InvalidInputError when the rows are not a matrix of finite numbers
 * @throws WeightOutOfRangeError when a weight does not fit
 */
export function quantiseHead(weights: readonly (readonly number[])[]): number[][] {
  if (!Array.isArray(weights) || weights.length === 0) throw new InvalidInputError('weights', 'a C x H matrix', weights)
  requireMatrix('weights', weights, weights.length, weights[0]?.length ?? 0)
  return weights.map((row: readonly number[], k) =>
    row.map((weight, j) => {
      // Adding 0 turns -0 into 0.
      const quantised = Math.round((weight * LOGIT_UNIT) / FEATURE_LIMIT) + 0
      if (Math.abs(quantised) > WEIGHT_LIMIT) throw new WeightOutOfRangeError(k, j, quantised)
      return quantised
    }),
  )
}

/**
 * The float head that the committed integers stand for, on the scale of x = h / 127: W = 127 / 4096 W_int.
 * @param weights C x H integers in [-32767, 32767]
 * @throws InvalidInputError for anything else
 */
export function dequantiseHead(weights: readonly (readonly number[])[]): number[][] {
  requireIntegerHead(weights)
  return weights.map((row) => row.map((weight) => (weight * FEATURE_LIMIT) / LOGIT_UNIT))
}

/**
 * Refuses weights that the circuit would not accept.
 * @returns the shape of the head
 * @throws InvalidInputError naming the row or the entry
 */
export function requireIntegerHead(weights: readonly (readonly number[])[]): { classes: number; features: number } {
  if (!Array.isArray(weights) || weights.length === 0) throw new InvalidInputError('weights', 'a C x H matrix', weights)
  const features = (weights[0] as readonly number[] | undefined)?.length ?? 0
  requireMatrix('weights', weights, weights.length, features)
  weights.forEach((row: readonly number[], k) => {
    row.forEach((weight, j) => {
      requireIntegerBetween(`weights[${k}][${j}]`, weight, -WEIGHT_LIMIT, WEIGHT_LIMIT)
    })
  })
  return { classes: weights.length, features }
}
