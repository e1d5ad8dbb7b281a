import registry from '../circuits/circuits.json' with { type: 'json' }
import { InvalidInputError } from './errors.ts'

/** Parameters of one compiled `AttributionBatch(B, K, C, H)`; the registry `circuits/circuits.json` is their one place. */
export type Shape = {
  readonly name: string
  /** B: slots for traces in a batch. */
  readonly traces: number
  /** K: slots for contributors. */
  readonly contributors: number
  /** C: classes of the head. */
  readonly classes: number
  /** H: features of the head, the bias included. */
  readonly features: number
}

export type ShapeName = keyof typeof registry
export const SHAPE_NAMES = Object.keys(registry) as ShapeName[]

/**
 * Looks a shape up in the registry.
 * @throws InvalidInputError when the registry has no such shape
 */
export function shapeNamed(name: string): Shape {
  if (!Object.hasOwn(registry, name)) throw new InvalidInputError('shape', `one of ${SHAPE_NAMES.join(', ')}`, name)
  return { name, ...registry[name as ShapeName] }
}

/** Widths in bits that follow from a shape; circuits/batch/Widths.circom computes the same and says why. */
export type ShapeWidths = {
  /** A distance between two logits is below 2^logitBits. */
  readonly logitBits: number
  /** A raw score's magnitude is below 2^scoreBits. */
  readonly scoreBits: number
  /** The magnitudes of one trace's scores sum to less than 2^totalBits. */
  readonly totalBits: number
}

export function widthsOf({ contributors, classes, features }: Shape): ShapeWidths {
  const logitBits = bitsFor(2n ** 23n * BigInt(features))
  const scoreBits = bitsFor(510n * BigInt(classes - 1) * 2n ** 14n * BigInt(features) + 1n)
  const totalBits = bitsFor(BigInt(contributors) * (2n ** 16n - 1n) * (2n ** BigInt(scoreBits) - 1n) + 1n)
  return { logitBits, scoreBits, totalBits }
}

/** Smallest n with value <= 2^n. */
function bitsFor(value: bigint): number {
  return (value - 1n).toString(2).length
}
