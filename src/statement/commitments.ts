import { requireFieldElement } from '../field.ts'
import type { Shape } from '../shape.ts'
import { type Head, type InfluenceIndex, requireFeatures, requireHead, requireIndex, requireIntegers } from './model.ts'
import { packWords, shiftSigned } from './packWords.ts'
import { taggedHash } from './taggedHash.ts'

/** The commitment under which a head is registered: Poseidon over its weights, 16 bits each, row by row. */
export function commitWeights(head: Head, shape: Shape): bigint {
  requireHead(head, shape)
  return taggedHash('weights', packSigned(head.flat(), 16), shape)
}

/** The commitment under which an influence index is registered: all vectors (8 bits an entry) in slot order, then the scales (16 bits). */
export function commitIndex(index: InfluenceIndex, shape: Shape): bigint {
  requireIndex(index, shape)
  const scales = packWords(index.scales.map(BigInt), 16)
  return taggedHash('index', [...packSigned(index.vectors.flat(2), 8), ...scales], shape)
}

/**
 * The operator's commitment to one inference's features.
 * @param salt random, 248 bits: features have little entropy
 */
export function commitInput(features: readonly number[], salt: bigint, shape: Shape): bigint {
  requireFeatures('features', features, shape)
  return taggedHash('input', [...packSigned(features, 8), requireFieldElement('inputSalt', salt)], shape)
}

/**
 * The operator's commitment to one inference's answer.
 * @param salt random, 248 bits: there are only C labels
 */
export function commitOutput(label: number, salt: bigint, shape: Shape): bigint {
  requireIntegers('label', [label], 1, 0, shape.classes - 1)
  return taggedHash('output', [BigInt(label), requireFieldElement('outputSalt', salt)], shape)
}

function packSigned(values: readonly number[], bits: number): bigint[] {
  return packWords(
    values.map((value) => shiftSigned(BigInt(value), bits)),
    bits,
  )
}
