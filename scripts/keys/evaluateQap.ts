import { FIELD_ORDER, toField } from '../../src/field.ts'
import type { R1cs, SparseMatrix } from '../circuits/readR1cs.ts'

/**
 * Field arithmetic of the Groth16 set-up with a known tau (J. Groth, "On the Size of Pairing-based Non-interactive
 * Arguments", eprint 2016/260, section 3.2), on the domain that snarkjs uses: the powers of w with w^size = 1.
 */

const r = FIELD_ORDER

/** r - 1 = 2^28 * odd. One power of two stays in reserve, because H lives on a domain of twice the size. */
const TWO_ADICITY = 28
/** The smallest quadratic non-residue of the field: ffjavascript derives all its roots of unity from it. */
const NON_RESIDUE = 5n

/**
 * log2 of the domain: the smallest power of two that holds every row. Beside the constraints there is one row for the
 * constant and one for each public signal (see `evaluateQap`). Equals snarkjs' floor(log2(nConstraints + nPublic)) + 1.
 */
export function domainPower(r1cs: Pick<R1cs, 'nConstraints' | 'nPubOut' | 'nPubIn'>): number {
  return Math.floor(Math.log2(r1cs.nConstraints + r1cs.nPubOut + r1cs.nPubIn)) + 1
}

/** The largest `domainPower` that the field admits. */
export const MAX_DOMAIN_POWER = TWO_ADICITY - 1

/** A primitive root of unity of order 2^power. */
export function rootOfUnity(power: number): bigint {
  return raise(NON_RESIDUE, (r - 1n) >> BigInt(power))
}

/**
 * The Lagrange basis at tau over the coset `shift * <w>` of size 2^power: with x_i = shift * w^i,
 * L_i(tau) = (tau^n - shift^n) / (n shift^n) * x_i / (tau - x_i).
 */
export function lagrangeBasisAt(tau: bigint, power: number, shift = 1n): bigint[] {
  const size = 2 ** power
  const root = rootOfUnity(power)
  const points = new Array<bigint>(size)
  const differences = new Array<bigint>(size)
  for (let i = 0, x = shift; i < size; i++, x = (x * root) % r) {
    points[i] = x
    differences[i] = tau - x
  }
  const inverses = invertAll(differences)
  const shiftToSize = raise(shift, BigInt(size))
  const scale = toField((raise(tau, BigInt(size)) - shiftToSize) * invert(toField(BigInt(size) * shiftToSize)))
  return points.map((x, i) => (((x * inverses[i]!) % r) * scale) % r)
}

/** A_i(tau), B_i(tau) and C_i(tau) for each wire i, in [0, r). */
export type Qap = { readonly a: readonly bigint[]; readonly b: readonly bigint[]; readonly c: readonly bigint[] }

/**
 * Evaluates the QAP of a circuit at tau from the Lagrange basis of its domain. After the constraints come rows
 * `w_i * 0 = 0` in A, for the constant and each public signal i: they make these polynomials linearly independent, so that
 * no prover can shift value from one public signal to another.
 */
export function evaluateQap(r1cs: R1cs, basis: readonly bigint[]): Qap {
  const a = accumulate(r1cs, r1cs.a, basis)
  for (let i = 0; i <= r1cs.nPubOut + r1cs.nPubIn; i++) a[i] = a[i]! + basis[r1cs.nConstraints + i]!
  return {
    a: a.map(toField),
    b: accumulate(r1cs, r1cs.b, basis).map(toField),
    c: accumulate(r1cs, r1cs.c, basis).map(toField),
  }
}

/** The sums stay unreduced: at most 2^32 terms of 508 bits, and one reduction a wire in place of one a term. */
function accumulate(r1cs: R1cs, matrix: SparseMatrix, basis: readonly bigint[]): bigint[] {
  const sums = new Array<bigint>(r1cs.nWires).fill(0n)
  const { rowStarts, wires, coefficients } = matrix
  for (let row = 0; row < r1cs.nConstraints; row++) {
    const value = basis[row]!
    for (let term = rowStarts[row]!; term < rowStarts[row + 1]!; term++) {
      const wire = wires[term]!
      const coefficient = r1cs.coefficients[coefficients[term]!]!
      if (coefficient === 1n) sums[wire] = sums[wire]! + value
      else if (coefficient === -1n) sums[wire] = sums[wire]! - value
      else sums[wire] = sums[wire]! + coefficient * value
    }
  }
  return sums
}

/** By Fermat's little theorem; only ever called for a handful of values. */
export function invert(value: bigint): bigint {
  if (toField(value) === 0n) throw new RangeError('zero has no inverse')
  return raise(value, r - 2n)
}

/** Montgomery's trick: one inversion and three multiplications a value. */
function invertAll(values: readonly bigint[]): bigint[] {
  const prefixes = new Array<bigint>(values.length)
  let product = 1n
  for (const [i, value] of values.entries()) {
    prefixes[i] = product
    product = (product * value) % r
  }
  let inverse = invert(product)
  for (let i = values.length - 1; i >= 0; i--) {
    prefixes[i] = toField(prefixes[i]! * inverse)
    inverse = (inverse * values[i]!) % r
  }
  return prefixes
}

function raise(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let square = toField(base), left = exponent; left > 0n; left >>= 1n, square = (square * square) % r) {
    if (left & 1n) result = (result * square) % r
  }
  return result
}
