import { InvalidInputError } from '../errors.ts'
import type { Shape } from '../shape.ts'

/** A quantised softmax layer, C x H integers in [-32767, 32767]; z = W h and 4096 in z are one logit. */
export type Head = readonly (readonly number[])[]

/** One vector (C x H integers in [-127, 127]) and one scale (0 .. 65535) for each contributor slot, K of each. */
export type InfluenceIndex = {
  readonly vectors: readonly (readonly (readonly number[])[])[]
  readonly scales: readonly number[]
}

/** @throws InvalidInputError unless the head has the shape's size and every weight is in range */
export function requireHead(head: Head, shape: Shape): void {
  requireLength('weights', head, shape.classes)
  for (const [k, row] of head.entries()) requireIntegers(`weights[${k}]`, row, shape.features, -32767, 32767)
}

/** @throws InvalidInputError unless the index has the shape's size and every entry is in range */
export function requireIndex(index: InfluenceIndex, shape: Shape): void {
  requireLength('vectors', index.vectors, shape.contributors)
  for (const [c, vector] of index.vectors.entries()) {
    requireLength(`vectors[${c}]`, vector, shape.classes)
    for (const [k, row] of vector.entries()) requireIntegers(`vectors[${c}][${k}]`, row, shape.features, -127, 127)
  }
  requireIntegers('scales', index.scales, shape.contributors, 0, 65535)
}

/** @throws InvalidInputError unless there are H features in [-127, 127], the last one the constant 127 */
export function requireFeatures(field: string, features: readonly number[], shape: Shape): void {
  requireIntegers(field, features, shape.features, -127, 127)
  if (features.at(-1) !== 127)
    throw new InvalidInputError(`${field}[${shape.features - 1}]`, 'the bias constant 127', features.at(-1))
}

/** @throws InvalidInputError unless the values are that many integers in [lowest, highest] */
export function requireIntegers(
  field: string,
  values: readonly number[],
  length: number,
  lowest: number,
  highest: number,
): void {
  requireLength(field, values, length)
  for (const [i, value] of values.entries()) {
    if (!Number.isInteger(value) || value < lowest || value > highest) {
      throw new InvalidInputError(`${field}[${i}]`, `an integer in ${lowest} .. ${highest}`, value)
    }
  }
}

function requireLength(field: string, values: readonly unknown[], length: number): void {
  if (!Array.isArray(values) || values.length !== length) {
    throw new InvalidInputError(`${field}.length`, `${length}`, Array.isArray(values) ? values.length : values)
  }
}
