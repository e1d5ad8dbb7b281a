import { PoaError } from '../../src/errors.ts'
import { FIELD_ORDER, requireFieldElement } from '../../src/field.ts'

const WTNS_MAGIC = 0x736e7477 // "wtns", little endian
const WTNS_VERSION = 2
const FIELD_BYTES = 32
/** Magic, version, sections; section 1: type, length, element size, prime, count; section 2: type, length. */
const WTNS_VALUES_AT = 12 + 12 + 4 + FIELD_BYTES + 4 + 12

/**
 * The values of all wires.
 * @throws PoaError WITNESS_MALFORMED
 */
export function witnessValues(witness: Uint8Array): bigint[] {
  const view = new DataView(witness.buffer, witness.byteOffset, witness.byteLength)
  const count = witness.length >= WTNS_VALUES_AT ? view.getUint32(24 + 4 + FIELD_BYTES, true) : 0
  const header = writeWitnessHeader(count)
  if (witness.length !== WTNS_VALUES_AT + count * FIELD_BYTES || header.some((byte, i) => byte !== witness[i])) {
    throw new PoaError('WITNESS_MALFORMED', 'The bytes are not a .wtns file over BN254 of version 2')
  }
  return Array.from({ length: count }, (_, i) => {
    const at = WTNS_VALUES_AT + i * FIELD_BYTES
    const words = [24, 16, 8, 0].map((offset) => view.getBigUint64(at + offset, true))
    return words.reduce((value, word) => (value << 64n) | word, 0n)
  })
}

/** The bytes of a .wtns file whose values are still zero, and the place that they go to: 32 bytes a wire, lowest byte first. */
export function allocateWitness(count: number): { readonly file: Uint8Array; readonly values: DataView } {
  const file = new Uint8Array(WTNS_VALUES_AT + count * FIELD_BYTES)
  file.set(writeWitnessHeader(count))
  return { file, values: new DataView(file.buffer, WTNS_VALUES_AT) }
}

/**
 * The bytes of a .wtns file, the inverse of `witnessValues`: for witnesses that no generator made.
 * @throws InvalidInputError when a value is outside 0 .. r-1
 */
export function writeWitness(values: readonly bigint[]): Uint8Array {
  const { file, values: view } = allocateWitness(values.length)
  for (const [i, value] of values.entries()) {
    requireFieldElement(`witness[${i}]`, value)
    setFieldElement(view, i * FIELD_BYTES, value)
  }
  return file
}

/** Everything of a .wtns file before the values. */
function writeWitnessHeader(count: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(WTNS_VALUES_AT))
  const words: [number, number][] = [
    [0, WTNS_MAGIC],
    [4, WTNS_VERSION],
    [8, 2],
    [12, 1],
    [16, 4 + FIELD_BYTES + 4],
    [24, FIELD_BYTES],
    [60, count],
    [64, 2],
  ]
  for (const [at, word] of words) view.setUint32(at, word, true)
  setFieldElement(view, 28, FIELD_ORDER)
  view.setBigUint64(68, BigInt(count) * BigInt(FIELD_BYTES), true)
  return new Uint8Array(view.buffer)
}

/** Writes 32 bytes, the lowest first. */
export function setFieldElement(view: DataView, at: number, value: bigint): void {
  for (let i = 0; i < FIELD_BYTES; i += 8)
    view.setBigUint64(at + i, (value >> BigInt(8 * i)) & 0xffffffffffffffffn, true)
}
