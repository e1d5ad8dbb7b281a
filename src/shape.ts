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
