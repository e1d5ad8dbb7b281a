import { readFile } from 'node:fs/promises'
import { InvalidInputError, PoaError } from '../../src/errors.ts'
import { FIELD_ORDER } from '../../src/field.ts'

/** One of the three matrices of a rank-1 constraint system, row by row (compressed sparse rows). */
export type SparseMatrix = {
  /** Row i holds the terms `rowStarts[i]` to `rowStarts[i + 1] - 1`; its length is nConstraints + 1. */
  readonly rowStarts: Uint32Array
  /** The wire of each term. */
  readonly wires: Uint32Array
  /** The coefficient of each term, as an index into `R1cs.coefficients`. */
  readonly coefficients: Uint32Array
}

/**
 * A compiled circuit: row i says `(a_i . w) (b_i . w) = c_i . w` mod `prime` for a witness w with w_0 = 1. Wires are in
 * circom's order: one, public outputs, public inputs, private inputs, then everything inside.
 */
export type R1cs = {
  readonly prime: bigint
  readonly nWires: number
  readonly nPubOut: number
  readonly nPubIn: number
  readonly nPrvIn: number
  readonly nConstraints: number
  readonly a: SparseMatrix
  readonly b: SparseMatrix
  readonly c: SparseMatrix
  /** Distinct coefficients, centred: in (-prime/2, prime/2], so that the many small negatives stay cheap to multiply by. */
  readonly coefficients: readonly bigint[]
}

const MAGIC = 0x73633172 // "r1cs", little endian
const SECTION_HEADER = 1
const SECTION_CONSTRAINTS = 2
const SECTION_CUSTOM_GATES = 4
const FIELD_WORDS = 8
const TERM_WORDS = 1 + FIELD_WORDS

/**
 * Reads a circuit as circom wrote it.
 * @throws PoaError R1CS_UNREADABLE, and everything that parseR1cs throws
 */
export async function readR1cs(path: string): Promise<R1cs> {
  const bytes = await readFile(path).catch((cause) => {
    throw new PoaError('R1CS_UNREADABLE', `Cannot read ${path}`, { cause, hint: 'Compile the circuit first.' })
  })
  return parseR1cs(bytes)
}

/**
 * Parses the bytes of an .r1cs file (format: github.com/iden3/r1csfile, doc/r1cs_bin_format.md).
 * @throws PoaError R1CS_NOT_R1CS, R1CS_TRUNCATED, R1CS_SECTION_MISSING, R1CS_WRONG_PRIME, R1CS_CUSTOM_GATES or R1CS_MALFORMED
 */
export function parseR1cs(bytes: Uint8Array): R1cs {
  const sections = findSections(bytes)
  const header = parseHeader(requireSection(sections, SECTION_HEADER, 'header'))
  const customGates = sections.get(SECTION_CUSTOM_GATES)
  if (customGates?.some((byte) => byte !== 0)) {
    throw new PoaError('R1CS_CUSTOM_GATES', 'The circuit uses custom gates, which Groth16 cannot prove')
  }
  return { ...header, ...parseConstraints(requireSection(sections, SECTION_CONSTRAINTS, 'constraints'), header) }
}

/**
 * The index of the first row that the witness violates, or undefined when it satisfies all of them. Values are taken
 * modulo the prime; nothing but the rows is checked, so an edited witness reaches them.
 * @throws InvalidInputError when the witness has the wrong length or does not start with the constant one
 */
export function checkConstraints(r1cs: R1cs, witness: readonly bigint[]): number | undefined {
  if (witness.length !== r1cs.nWires) {
    throw new InvalidInputError('witness.length', `${r1cs.nWires}, the wires of the circuit`, witness.length)
  }
  if (witness[0] !== 1n) throw new InvalidInputError('witness[0]', '1, the constant wire', witness[0])
  const { prime, coefficients, nConstraints } = r1cs
  for (let row = 0; row < nConstraints; row++) {
    // Unreduced sums: one reduction a row costs far less than one a term.
    const a = dotRow(r1cs.a, row, coefficients, witness)
    const b = a === 0n ? 0n : dotRow(r1cs.b, row, coefficients, witness)
    if ((a * b - dotRow(r1cs.c, row, coefficients, witness)) % prime !== 0n) return row
  }
  return undefined
}

function dotRow(
  matrix: SparseMatrix,
  row: number,
  coefficients: readonly bigint[],
  witness: readonly bigint[],
): bigint {
  const end = matrix.rowStarts[row + 1]!
  let sum = 0n
  for (let term = matrix.rowStarts[row]!; term < end; term++) {
    const coefficient = coefficients[matrix.coefficients[term]!]!
    const value = witness[matrix.wires[term]!]!
    if (coefficient === 1n) sum += value
    else if (coefficient === -1n) sum -= value
    else sum += coefficient * value
  }
  return sum
}

type Header = Pick<R1cs, 'prime' | 'nWires' | 'nPubOut' | 'nPubIn' | 'nPrvIn' | 'nConstraints'>

function findSections(bytes: Uint8Array): Map<number, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 12) throw truncated('the file header', 12, bytes.length)
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== 1) {
    throw new PoaError('R1CS_NOT_R1CS', 'The file is not an .r1cs file of version 1')
  }
  const sections = new Map<number, Uint8Array>()
  let offset = 12
  for (let left = view.getUint32(8, true); left > 0; left--) {
    if (offset + 12 > bytes.length) throw truncated('a section header', offset + 12, bytes.length)
    const type = view.getUint32(offset, true)
    const end = offset + 12 + Number(view.getBigUint64(offset + 4, true))
    if (end > bytes.length) throw truncated(`section ${type}`, end, bytes.length)
    if (sections.has(type)) throw new PoaError('R1CS_MALFORMED', `Section ${type} occurs twice`)
    // A copy, because a Uint32Array must start at a multiple of four (and Buffer.slice would not copy).
    sections.set(type, new Uint8Array(bytes.subarray(offset + 12, end)))
    offset = end
  }
  return sections
}

function requireSection(sections: Map<number, Uint8Array>, type: number, name: string): Uint8Array {
  const section = sections.get(type)
  if (section === undefined)
    throw new PoaError('R1CS_SECTION_MISSING', `The file has no ${name} section (type ${type})`)
  return section
}

function parseHeader(section: Uint8Array): Header {
  const expected = 4 + 32 + 4 * 4 + 8 + 4
  if (section.length < 4) throw truncated('the header section', expected, section.length)
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength)
  const fieldBytes = view.getUint32(0, true)
  if (fieldBytes !== 32) throw new PoaError('R1CS_WRONG_PRIME', `Field elements have ${fieldBytes} bytes, not 32`)
  if (section.length < expected) throw truncated('the header section', expected, section.length)
  const prime = fieldElement(new Uint32Array(section.buffer, section.byteOffset + 4, FIELD_WORDS), 0)
  if (prime !== FIELD_ORDER) {
    throw new PoaError('R1CS_WRONG_PRIME', `The circuit is over the prime ${prime}, not over BN254's ${FIELD_ORDER}`, {
      hint: 'Compile it with --prime bn128.',
    })
  }
  const [nWires, nPubOut, nPubIn, nPrvIn] = [36, 40, 44, 48].map((at) => view.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
  ]
  // Between them stands the number of labels, 8 bytes: names of signals, of no use here.
  return { prime, nWires, nPubOut, nPubIn, nPrvIn, nConstraints: view.getUint32(60, true) }
}

function parseConstraints(section: Uint8Array, header: Header): Pick<R1cs, 'a' | 'b' | 'c' | 'coefficients'> {
  if (section.length % 4 !== 0) throw truncated('the constraints section', section.length + 1, section.length)
  const words = new Uint32Array(section.buffer, section.byteOffset, section.length / 4)
  const { nConstraints, nWires, prime } = header

  // First walk: how many terms each row has, so that the second can fill arrays of exactly the right size.
  const rowStarts = [0, 0, 0].map(() => new Uint32Array(nConstraints + 1))
  let at = 0
  for (let row = 0; row < nConstraints; row++) {
    for (const starts of rowStarts) {
      if (at >= words.length) throw truncated(`constraint ${row}`, at * 4 + 4, section.length)
      const terms = words[at]!
      starts[row + 1] = starts[row]! + terms
      at += 1 + terms * TERM_WORDS
    }
  }
  if (at > words.length) throw truncated('the last constraint', at * 4, section.length)
  if (at < words.length)
    throw new PoaError('R1CS_MALFORMED', `${(words.length - at) * 4} bytes follow the last constraint`)

  const distinct = new DistinctElements(words)
  const matrices = rowStarts.map((starts) => ({
    rowStarts: starts,
    wires: new Uint32Array(starts[nConstraints]!),
    coefficients: new Uint32Array(starts[nConstraints]!),
  }))
  at = 0
  for (let row = 0; row < nConstraints; row++) {
    for (const { rowStarts: starts, wires, coefficients } of matrices) {
      at++
      for (let term = starts[row]!; term < starts[row + 1]!; term++) {
        const wire = words[at]!
        if (wire >= nWires) throw new PoaError('R1CS_MALFORMED', `Constraint ${row} names wire ${wire} of ${nWires}`)
        wires[term] = wire
        coefficients[term] = distinct.indexOf(at + 1)
        at += TERM_WORDS
      }
    }
  }
  const values = distinct.positions.map((position) => fieldElement(words, position))
  const large = values.find((value) => value >= prime)
  if (large !== undefined) throw new PoaError('R1CS_MALFORMED', `Coefficient ${large} is not below the prime`)
  return {
    a: matrices[0]!,
    b: matrices[1]!,
    c: matrices[2]!,
    coefficients: values.map((value) => (value > prime >> 1n ? value - prime : value)),
  }
}

/**
 * Numbers the distinct field elements of a word array. A circuit has millions of terms but few thousand coefficients:
 * turning each term into a bigint would dominate the whole set-up, so an open-addressing table compares the words.
 */
class DistinctElements {
  /** Where each distinct element first stood, in words. */
  readonly positions: number[] = []
  readonly #words: Uint32Array
  #slots = new Int32Array(1 << 12).fill(-1)

  constructor(words: Uint32Array) {
    this.#words = words
  }

  indexOf(position: number): number {
    const slot = this.#slotOf(position)
    const known = this.#slots[slot]!
    if (known >= 0) return known
    const index = this.positions.push(position) - 1
    this.#slots[slot] = index
    if (this.positions.length * 2 > this.#slots.length) {
      this.#slots = new Int32Array(this.#slots.length * 2).fill(-1)
      this.positions.forEach((at, i) => {
        this.#slots[this.#slotOf(at)] = i
      })
    }
    return index
  }

  #slotOf(position: number): number {
    const words = this.#words
    const mask = this.#slots.length - 1
    let hash = 0
    for (let i = 0; i < FIELD_WORDS; i++) hash = Math.imul(hash ^ words[position + i]!, 0x9e3779b1)
    let slot = (hash ^ (hash >>> 15)) & mask
    for (;;) {
      const index = this.#slots[slot]!
      if (index < 0 || this.#equal(this.positions[index]!, position)) return slot
      slot = (slot + 1) & mask
    }
  }

  #equal(left: number, right: number): boolean {
    const words = this.#words
    for (let i = 0; i < FIELD_WORDS; i++) if (words[left + i] !== words[right + i]) return false
    return true
  }
}

function fieldElement(words: Uint32Array, at: number): bigint {
  let value = 0n
  for (let i = FIELD_WORDS - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[at + i]!)
  return value
}

function truncated(what: string, needed: number, found: number): PoaError {
  return new PoaError('R1CS_TRUNCATED', `The file ends within ${what}: ${needed} bytes needed, ${found} found`, {
    hint: 'Compile the circuit again.',
  })
}
