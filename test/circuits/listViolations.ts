import type { R1cs, SparseMatrix } from '../../scripts/circuits/readR1cs.ts'
import { FIELD_ORDER, toField } from '../../src/field.ts'

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

/**
 * The wires that can take another value while all others keep theirs. Each is tried at its value + 1, at 0, -1, an arbitrary value, and shifted by
 * powers of two; only the rows that name it are evaluated. Public inputs are the statement, so they are left out; outputs are not.
 */
export function listFreeWires(r1cs: R1cs, witness: readonly bigint[]): number[] {
  const rowsOfWire = indexRows(r1cs)
  const tampered = [...witness]
  const free: number[] = []
  for (let wire = 1; wire < r1cs.nWires; wire++) {
    if (wire > r1cs.nPubOut && wire <= r1cs.nPubOut + r1cs.nPubIn) continue
    const value = witness[wire]!
    const others = [
      value + 1n,
      0n,
      -1n,
      ARBITRARY,
      value + 2n,
      value + (1n << 8n),
      value + (1n << 64n),
      value + (1n << 128n),
    ]
    for (const other of others.map(toField)) {
      if (other === value) continue
      tampered[wire] = other
      if (rowsOfWire[wire]!.some((row) => isViolated(r1cs, row, tampered))) continue
      free.push(wire)
      break
    }
    tampered[wire] = value
  }
  return free
}

/**
 * The wires that can move to first order, several at a time: the columns without a pivot in the Jacobian of all rows with respect to
 * everything that is not a public input. It sees freedoms that no change of one wire shows. What a bit ranges over it does not see: bits cannot
 * move a little.
 * @param pinned further wires that are given
 */
export function listFreeDirections(
  r1cs: R1cs,
  witness: readonly bigint[],
  pinned: ReadonlySet<number> = new Set(),
): number[] {
  const isStatement = (wire: number) =>
    wire === 0 || (wire > r1cs.nPubOut && wire <= r1cs.nPubOut + r1cs.nPubIn) || pinned.has(wire)
  const pivots = new Map<number, Map<number, bigint>>()
  for (let row = 0; row < r1cs.nConstraints; row++) {
    const gradient = gradientOf(r1cs, row, witness)
    for (const wire of [...gradient.keys()]) if (isStatement(wire)) gradient.delete(wire)
    // Reduce by the pivots so far, in the order of their wires: each step clears a wire and touches only later ones.
    for (;;) {
      const wire = lowest(gradient.keys())
      if (wire === undefined) break
      const pivot = pivots.get(wire)
      if (pivot === undefined) {
        const scale = invert(gradient.get(wire)!)
        pivots.set(wire, new Map([...gradient].map(([other, value]) => [other, (value * scale) % FIELD_ORDER])))
        break
      }
      const factor = gradient.get(wire)!
      for (const [other, value] of pivot) add(gradient, other, -factor * value)
    }
  }
  return Array.from({ length: r1cs.nWires }, (_, wire) => wire).filter(
    (wire) => !isStatement(wire) && !pivots.has(wire),
  )
}

const ARBITRARY = 0x1f3a5c7e9b8d6f4a2c1e3b5d7f9a8c6e4b2d1f3a5c7e9b8d6f4a2c1e3b5d7f9an % FIELD_ORDER

function isViolated(r1cs: R1cs, row: number, witness: readonly bigint[]): boolean {
  const a = dotRow(r1cs, r1cs.a, row, witness)
  const b = dotRow(r1cs, r1cs.b, row, witness)
  return (a * b - dotRow(r1cs, r1cs.c, row, witness)) % r1cs.prime !== 0n
}

function dotRow({ coefficients }: R1cs, matrix: SparseMatrix, row: number, witness: readonly bigint[]): bigint {
  let sum = 0n
  for (let term = matrix.rowStarts[row]!; term < matrix.rowStarts[row + 1]!; term++) {
    sum += coefficients[matrix.coefficients[term]!]! * witness[matrix.wires[term]!]!
  }
  return sum
}

function indexRows(r1cs: R1cs): number[][] {
  const rows: number[][] = Array.from({ length: r1cs.nWires }, () => [])
  for (let row = 0; row < r1cs.nConstraints; row++) for (const wire of wiresOfRow(r1cs, row)) rows[wire]!.push(row)
  return rows
}

/** d(a b - c) = b da + a db - dc. */
function gradientOf(r1cs: R1cs, row: number, witness: readonly bigint[]): Map<number, bigint> {
  const gradient = new Map<number, bigint>()
  const addRow = (matrix: SparseMatrix, factor: bigint) => {
    for (let term = matrix.rowStarts[row]!; term < matrix.rowStarts[row + 1]!; term++) {
      add(gradient, matrix.wires[term]!, factor * r1cs.coefficients[matrix.coefficients[term]!]!)
    }
  }
  addRow(r1cs.a, dotRow(r1cs, r1cs.b, row, witness))
  addRow(r1cs.b, dotRow(r1cs, r1cs.a, row, witness))
  addRow(r1cs.c, -1n)
  return gradient
}

function add(gradient: Map<number, bigint>, wire: number, value: bigint): void {
  const sum = toField((gradient.get(wire) ?? 0n) + value)
  if (sum === 0n) gradient.delete(wire)
  else gradient.set(wire, sum)
}

function lowest(wires: Iterable<number>): number | undefined {
  let least: number | undefined
  for (const wire of wires) if (least === undefined || wire < least) least = wire
  return least
}

function invert(value: bigint): bigint {
  let [a, b, x, y] = [value, FIELD_ORDER, 1n, 0n]
  while (b !== 0n) {
    const quotient = a / b
    ;[a, b] = [b, a - quotient * b]
    ;[x, y] = [y, x - quotient * y]
  }
  return toField(x)
}
