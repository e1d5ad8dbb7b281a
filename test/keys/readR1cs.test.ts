import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { calculateWitness } from '../../prover/proving/snarkjs.ts'
import { witnessValues } from '../../prover/proving/witnessFile.ts'
import { checkConstraints, parseR1cs, type R1cs, readR1cs } from '../../scripts/circuits/readR1cs.ts'
import { PoaError } from '../../src/errors.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import { compileTestCircuit } from './compileTestCircuit.ts'

let bytes: Buffer
let r1cs: R1cs
let witness: bigint[]
let path: string

beforeAll(async () => {
  const circuit = await compileTestCircuit('cube', 'readR1cs')
  path = circuit.r1csPath
  bytes = await readFile(path)
  r1cs = await readR1cs(path)
  witness = witnessValues(await calculateWitness(circuit.wasmPath, { scale: '3', x: '5', y: '-9' }))
})

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run()
  } catch (error) {
    return error instanceof PoaError ? error.code : `not a PoaError: ${error}`
  }
  return undefined
}

/** The bytes with a 32-bit word replaced; offsets are found by searching, since circom chooses the order of sections. */
const withWord = (offset: number, value: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy.writeUInt32LE(value, offset)
  return copy
}
const sectionOffset = (type: number): number => {
  let at = 12
  while (bytes.readUInt32LE(at) !== type) at += 12 + Number(bytes.readBigUInt64LE(at + 4))
  return at
}

test('default', () => {
  const { prime, nWires, nPubOut, nPubIn, nPrvIn, nConstraints } = r1cs
  expect({ prime, nWires, nPubOut, nPubIn, nPrvIn, nConstraints }).toEqual({
    prime: FIELD_ORDER,
    nWires: 7,
    nPubOut: 1,
    nPubIn: 1,
    nPrvIn: 2,
    nConstraints: 3,
  })
  expect(r1cs.a.rowStarts).toHaveLength(4)
  // Centred: -1 stays small.
  expect(new Set(r1cs.coefficients)).toEqual(new Set([1n, -1n, -7n]))
  expect(checkConstraints(r1cs, witness)).toBeUndefined()
  expect(witness[1]).toBe(125n - 27n - 7n)
})

test('behavior: an edit of any wire violates some row, and the first one is named', () => {
  for (let wire = 1; wire < witness.length; wire++) {
    const edited = witness.with(wire, witness[wire]! + 1n)
    const row = checkConstraints(r1cs, edited)
    expect(row).toBeTypeOf('number')
    const uses = ({ rowStarts, wires }: R1cs['a']) => wires.slice(rowStarts[row!], rowStarts[row! + 1]).includes(wire)
    expect([r1cs.a, r1cs.b, r1cs.c].some(uses)).toBe(true)
  }
})

test('behavior: values count modulo the prime', () => {
  expect(checkConstraints(r1cs, witness.with(3, witness[3]! - FIELD_ORDER))).toBeUndefined()
})

test('behavior: a large circuit with many coefficients reads back its own terms', () => {
  // More distinct coefficients than the first size of the table that numbers them.
  const count = 5000
  const words: number[] = []
  for (let i = 0; i < count; i++) words.push(1, 0, i + 1, ...new Array(7).fill(0), 0, 0)
  const body = Buffer.from(Uint32Array.from(words).buffer)
  const header = Buffer.from(bytes.subarray(sectionOffset(1), sectionOffset(1) + 12 + 64))
  header.writeUInt32LE(count, 12 + 60)
  const section = Buffer.alloc(12)
  section.writeUInt32LE(2, 0)
  section.writeBigUInt64LE(BigInt(body.length), 4)
  const start = Buffer.from(bytes.subarray(0, 12))
  start.writeUInt32LE(2, 8)
  const large = parseR1cs(Buffer.concat([start, header, section, body]))
  expect(large.coefficients).toEqual(Array.from({ length: count }, (_, i) => BigInt(i + 1)))
  expect(large.a.coefficients).toEqual(Uint32Array.from({ length: count }, (_, i) => i))
})

test('error: a file cut anywhere is refused', () => {
  for (let length = 0; length < bytes.length; length++) {
    expect(codeOf(() => parseR1cs(bytes.subarray(0, length)))).toBe('R1CS_TRUNCATED')
  }
})

test('error: other files and fields', () => {
  expect(codeOf(() => parseR1cs(withWord(0, 0x12345678)))).toBe('R1CS_NOT_R1CS')
  expect(codeOf(() => parseR1cs(withWord(4, 2)))).toBe('R1CS_NOT_R1CS')
  const header = sectionOffset(1) + 12
  expect(codeOf(() => parseR1cs(withWord(header, 48)))).toBe('R1CS_WRONG_PRIME')
  expect(codeOf(() => parseR1cs(withWord(header + 4, 1)))).toBe('R1CS_WRONG_PRIME')
})

test('error: sections missing, twice or of custom gates', () => {
  expect(codeOf(() => parseR1cs(withWord(sectionOffset(1), 9)))).toBe('R1CS_SECTION_MISSING')
  expect(codeOf(() => parseR1cs(withWord(sectionOffset(2), 9)))).toBe('R1CS_SECTION_MISSING')
  expect(codeOf(() => parseR1cs(withWord(sectionOffset(3), 2)))).toBe('R1CS_MALFORMED')
  expect(codeOf(() => parseR1cs(withWord(sectionOffset(3), 4)))).toBe('R1CS_CUSTOM_GATES')
})

test('error: terms that cannot be', () => {
  const firstTerm = sectionOffset(2) + 12 + 4
  expect(codeOf(() => parseR1cs(withWord(firstTerm, 7)))).toBe('R1CS_MALFORMED')
  expect(codeOf(() => parseR1cs(withWord(firstTerm + 4 + 28, 0xffffffff)))).toBe('R1CS_MALFORMED')
  expect(codeOf(() => parseR1cs(withWord(firstTerm - 4, 0xffffffff)))).toBe('R1CS_TRUNCATED')
  const header = sectionOffset(1) + 12
  expect(codeOf(() => parseR1cs(withWord(header + 60, 2)))).toBe('R1CS_MALFORMED')
})

test('error: no such file', async () => {
  await expect(readR1cs(join(path, 'absent'))).rejects.toMatchObject({ code: 'R1CS_UNREADABLE' })
})

test('error: witness of another length or without the constant', () => {
  expect(() => checkConstraints(r1cs, witness.slice(1))).toThrow(
    'witness.length must be 7, the wires of the circuit, got 6',
  )
  expect(() => checkConstraints(r1cs, witness.with(0, 2n))).toThrow('witness[0] must be 1, the constant wire, got 2')
})
