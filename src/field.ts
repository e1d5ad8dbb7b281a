import { InvalidInputError } from './errors.ts'

/** r: the order of BN254's scalar field, in which circuits compute. */
export const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n

/**
 * Passes a value on if it is a canonical field element.
 * @throws InvalidInputError when it is outside 0 .. r-1
 */
export function requireFieldElement(field: string, value: bigint): bigint {
  if (value < 0n || value >= FIELD_ORDER) throw new InvalidInputError(field, 'a field element in 0 .. r-1', value)
  return value
}

/** The residue of a possibly negative integer in 0 .. r-1. */
export function toField(value: bigint): bigint {
  const residue = value % FIELD_ORDER
  return residue < 0n ? residue + FIELD_ORDER : residue
}
