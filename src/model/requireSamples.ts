import { InvalidInputError } from '../errors.ts'

/** Bias feature: the last entry of every feature vector is this constant, so x = h / 127 ends with 1. */
export const BIAS_FEATURE = 127

/** Features are int8 and symmetric: h in [-127, 127]. The circuit proves -128..127; an honest vector never holds -128. */
export const FEATURE_LIMIT = 127

/** Labelled integer feature vectors, one row a sample. */
export type LabelledSamples = {
  /** N rows of H integers in [-127, 127], the last one 127 (the bias). */
  readonly features: readonly (readonly number[])[]
  /** N labels in [0, C). */
  readonly labels: readonly number[]
}

/**
 * Refuses anything but a safe integer in [low, high].
 * @throws InvalidInputError naming `field`
 */
export function requireIntegerBetween(
  field: string,
  value: unknown,
  low: number,
  high: number,
): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < low || (value as number) > high) {
    throw new InvalidInputError(field, `an integer in [${low}, ${high}]`, value)
  }
}

/**
 * Refuses a list of another length or with an entry outside [0, bound): labels of samples, slots of contributors.
 * @throws InvalidInputError naming the list or the entry
 */
export function requireIndices(field: string, list: readonly number[], length: number, bound: number): void {
  if (!Array.isArray(list) || list.length !== length) {
    throw new InvalidInputError(field, `a list of ${length} integers, one a sample`, list)
  }
  // Indexed loops, here and below: forEach would step over the holes of a sparse array.
  for (let i = 0; i < length; i++) requireIntegerBetween(`${field}[${i}]`, list[i], 0, bound - 1)
}

/**
 * Refuses a feature vector that the circuit would not accept: length H, integers in [-127, 127], the last one 127.
 * @throws InvalidInputError naming the entry
 */
export function requireFeatureVector(field: string, vector: readonly number[], featureCount: number): void {
  if (!Array.isArray(vector) || vector.length !== featureCount) {
    throw new InvalidInputError(field, `an array of ${featureCount} features`, vector)
  }
  for (let j = 0; j < featureCount; j++)
    requireIntegerBetween(`${field}[${j}]`, vector[j], -FEATURE_LIMIT, FEATURE_LIMIT)
  if (vector[featureCount - 1] !== BIAS_FEATURE) {
    throw new InvalidInputError(`${field}[${featureCount - 1}]`, `the bias ${BIAS_FEATURE}`, vector[featureCount - 1])
  }
}

/**
 * Checks samples as a whole and tells their width.
 * @returns H, the number of features of each row
 * @throws InvalidInputError for no samples, unequal lengths, a feature out of range, a label outside [0, classes)
 */
export function requireSamples({ features, labels }: LabelledSamples, classes: number): number {
  requireIntegerBetween('classes', classes, 2, 1024)
  if (!Array.isArray(features) || features.length === 0) {
    throw new InvalidInputError('features', 'a list of at least one feature vector', features)
  }
  const width = (features[0] as readonly number[] | undefined)?.length ?? 0
  if (!(width >= 1)) throw new InvalidInputError('features[0]', 'a vector of at least one feature', features[0])
  for (let i = 0; i < features.length; i++) requireFeatureVector(`features[${i}]`, features[i]!, width)
  requireIndices('labels', labels, features.length, classes)
  return width
}

/**
 * Refuses a C x H matrix of another shape or with an entry that is not finite.
 * @throws InvalidInputError naming the row or the entry
 */
export function requireMatrix(
  field: string,
  matrix: readonly (readonly number[])[],
  rows: number,
  columns: number,
): void {
  if (!Array.isArray(matrix) || matrix.length !== rows) throw new InvalidInputError(field, `${rows} rows`, matrix)
  for (let k = 0; k < rows; k++) {
    const row: readonly number[] | undefined = matrix[k]
    if (!Array.isArray(row) || row.length !== columns) {
      throw new InvalidInputError(`${field}[${k}]`, `a row of ${columns} numbers`, row)
    }
    for (let j = 0; j < columns; j++) {
      if (!Number.isFinite(row[j])) throw new InvalidInputError(`${field}[${k}][${j}]`, 'a finite number', row[j])
    }
  }
}
