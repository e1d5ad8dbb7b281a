import { toField } from '../../src/field.ts'
import type { R1cs, SparseMatrix } from './readR1cs.ts'

/** All rows, not only the first, that a witness violates: how far a forgery gets. */
export function listViolations(r1cs: R1cs, witness: readonly bigint[]): number[] {
  const violated: number[] = []
  for (let row = 0; row < r1cs.nConstraints; row++) if (isViolated(r1cs, row, witness)) violated.push(row)
  return violated
}

/** The wires that a row names, the constant one included. */
export function wiresOfRow(r1cs: R1cs, row: number): Set<number> {
  const wires = new Set<number>()
  for (const { rowStarts, wires: all } of [r1cs.a, r1cs.b, r1cs.c]) {
    for (let term = rowStarts[row]!; term < rowStarts[row + 1]!; term++) wires.add(all[term]!)
  }
  return wires
}

/** Whether a witness breaks one row. */
export function isViolated(r1cs: R1cs, row: number, witness: readonly bigint[]): boolean {
  return residualOf(r1cs, row, witness) !== 0n
}

/** By how much a witness misses a row: a b - c, in [0, r). */
export function residualOf(r1cs: R1cs, row: number, witness: readonly bigint[]): bigint {
  const a = dotRow(r1cs, r1cs.a, row, witness)
  const b = dotRow(r1cs, r1cs.b, row, witness)
  return toField(a * b - dotRow(r1cs, r1cs.c, row, witness))
}

function dotRow({ coefficients }: R1cs, matrix: SparseMatrix, row: number, witness: readonly bigint[]): bigint {
  let sum = 0n
  for (let term = matrix.rowStarts[row]!; term < matrix.rowStarts[row + 1]!; term++) {
    sum += coefficients[matrix.coefficients[term]!]! * witness[matrix.wires[term]!]!
  }
  return sum
}
