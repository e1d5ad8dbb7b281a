import { open, rename } from 'node:fs/promises'
import { threadId } from 'node:worker_threads'
import { FIELD_ORDER, toField } from '../../src/field.ts'
import { COORDINATE_FIELD_ORDER } from '../../src/proof/curvePoints.ts'
import type { R1cs } from '../circuits/readR1cs.ts'

/**
 * The .zkey format of snarkjs for Groth16 (its src/zkey_utils.js and src/zkey_new.js): "zkey", version, number of sections,
 * then sections of type (u32), length (u64) and body, all little endian. Points are affine, coordinates in Montgomery form,
 * infinity is all zero bytes.
 */

const FIELD_BYTES = 32
const COEFFICIENT_BYTES = 12 + FIELD_BYTES
const GROTH16 = 1

/** The points of a proving key, in the encoding of the file. */
export type ProvingKeyPoints = {
  readonly alpha1: Uint8Array
  readonly beta1: Uint8Array
  readonly beta2: Uint8Array
  readonly gamma2: Uint8Array
  readonly delta1: Uint8Array
  readonly delta2: Uint8Array
  /** (beta A_i + alpha B_i + C_i) / gamma for the constant and each public signal. */
  readonly ic: Uint8Array
  /** A_i(tau), and B_i(tau) in both groups, for each wire. */
  readonly a: Uint8Array
  readonly b1: Uint8Array
  readonly b2: Uint8Array
  /** (beta A_i + alpha B_i + C_i) / delta for each wire that is not public. */
  readonly c: Uint8Array
  /** Odd half of the Lagrange basis of the doubled domain, over delta. */
  readonly h: Uint8Array
}

/**
 * Writes a proving key; the file appears whole or not at all.
 * @param circuitHash 64 bytes that stand where snarkjs keeps the hash of the initial phase 2 parameters
 */
export async function writeZkey(
  path: string,
  r1cs: R1cs,
  domainSize: number,
  points: ProvingKeyPoints,
  circuitHash: Uint8Array,
): Promise<void> {
  const nPublic = r1cs.nPubOut + r1cs.nPubIn
  const header = Buffer.concat([
    ...[u32(FIELD_BYTES), fieldBytes(COORDINATE_FIELD_ORDER), u32(FIELD_BYTES), fieldBytes(FIELD_ORDER)],
    ...[u32(r1cs.nWires), u32(nPublic), u32(domainSize)],
    ...[points.alpha1, points.beta1, points.beta2, points.gamma2, points.delta1, points.delta2],
  ])
  const sections: Uint8Array[] = [
    u32(GROTH16),
    header,
    points.ic,
    coefficientSection(r1cs),
    ...[points.a, points.b1, points.b2, points.c, points.h],
    // No contributions: phase 2 cannot go on from a key whose secrets are known.
    Buffer.concat([circuitHash, u32(0)]),
  ]
  // Two processes may make the same key at once: each writes a file of its own, and either may win.
  const partial = `${path}.${process.pid}-${threadId}.partial`
  const file = await open(partial, 'w')
  try {
    await file.writeFile(Buffer.concat([Buffer.from('zkey'), u32(1), u32(sections.length)]))
    for (const [index, body] of sections.entries()) {
      const length = Buffer.alloc(8)
      length.writeBigUInt64LE(BigInt(body.length))
      await file.writeFile(Buffer.concat([u32(index + 1), length]))
      await file.writeFile(body)
    }
  } finally {
    await file.close()
  }
  await rename(partial, path)
}

/** Section 4: the terms of A and B as (matrix, row, wire, value * R^2), in the order in which snarkjs writes them. */
function coefficientSection(r1cs: R1cs): Uint8Array {
  const { a, b, nConstraints } = r1cs
  const bindingRows = r1cs.nPubOut + r1cs.nPubIn + 1
  const count = a.wires.length + b.wires.length + bindingRows
  const bytes = Buffer.alloc(4 + count * COEFFICIENT_BYTES)
  const values = r1cs.coefficients.map(toDoubleMontgomery)
  let at = bytes.writeUInt32LE(count, 0)
  const write = (matrix: number, row: number, wire: number, value: Uint8Array) => {
    bytes.writeUInt32LE(matrix, at)
    bytes.writeUInt32LE(row, at + 4)
    bytes.writeUInt32LE(wire, at + 8)
    bytes.set(value, at + 12)
    at += COEFFICIENT_BYTES
  }
  for (let row = 0; row < nConstraints; row++) {
    for (const [index, matrix] of [a, b].entries()) {
      for (let term = matrix.rowStarts[row]!; term < matrix.rowStarts[row + 1]!; term++) {
        write(index, row, matrix.wires[term]!, values[matrix.coefficients[term]!]!)
      }
    }
  }
  const one = toDoubleMontgomery(1n)
  for (let i = 0; i < bindingRows; i++) write(0, nConstraints + i, i, one)
  return bytes
}

/**
 * value * R^2 with R = 2^256: the prover multiplies it by a plain witness value with one Montgomery multiplication, which
 * divides by R, and has the product in Montgomery form.
 */
function toDoubleMontgomery(value: bigint): Uint8Array {
  return fieldBytes(toField(value << 512n))
}

/** A field element as 32 bytes, little endian. */
export function fieldBytes(value: bigint): Uint8Array {
  const words = new BigUint64Array(FIELD_BYTES / 8)
  for (let i = 0, left = value; i < words.length; i++, left >>= 64n) words[i] = left & 0xffffffffffffffffn
  return new Uint8Array(words.buffer)
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
