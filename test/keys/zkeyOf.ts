import { fieldBytes } from '../../scripts/keys/writeZkey.ts'
import type { G1Json, G2Json } from '../../src/proof/curvePoints.ts'
import { COORDINATE_FIELD_ORDER } from '../../src/proof/curvePoints.ts'
import type { VerificationKey } from '../../src/proof/Groth16.ts'

/** Offset of the number of public signals in the header: two fields with their sizes, then the number of wires. */
const PUBLIC_COUNT_OFFSET = 2 * (4 + 32) + 4
/** alpha, beta in G1; beta, gamma in G2; delta in G1, then in G2. */
const POINTS_OFFSET = PUBLIC_COUNT_OFFSET + 8

/** A proving key (.zkey) with the points of another verification key put into it: what an export would read. */
export function zkeyOf(zkey: Buffer, key: VerificationKey): Buffer {
  const parts: Buffer[] = [zkey.subarray(0, 12)]
  for (let at = 12; at < zkey.length; ) {
    const type = zkey.readUInt32LE(at)
    const end = at + 12 + Number(zkey.readBigUInt64LE(at + 4))
    const body = zkey.subarray(at + 12, end)
    parts.push(section(type, type === 2 ? headerOf(body, key) : type === 3 ? Buffer.concat(key.IC.map(g1)) : body))
    at = end
  }
  return Buffer.concat(parts)
}

function headerOf(original: Buffer, key: VerificationKey): Buffer {
  const header = Buffer.from(original)
  header.writeUInt32LE(key.nPublic, PUBLIC_COUNT_OFFSET)
  const alpha = g1(key.vk_alpha_1)
  const [beta, gamma, delta] = [key.vk_beta_2, key.vk_gamma_2, key.vk_delta_2].map(g2) as [Buffer, Buffer, Buffer]
  let at = POINTS_OFFSET
  // undefined: beta and delta in G1 stay, no verification key holds them.
  for (const [size, bytes] of [
    [64, alpha],
    [64, undefined],
    [128, beta],
    [128, gamma],
    [64, undefined],
    [128, delta],
  ] as const) {
    if (bytes !== undefined) bytes.copy(header, at)
    at += size
  }
  return header
}

function section(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt32LE(type)
  head.writeBigUInt64LE(BigInt(body.length), 4)
  return Buffer.concat([head, body])
}

/** Affine, in Montgomery form; infinity is all zero bytes. */
function g1([x, y, z]: G1Json): Buffer {
  return z === '0' ? Buffer.alloc(64) : Buffer.concat([x, y].map(coordinate))
}

function g2([x, y, z]: G2Json): Buffer {
  return z[0] === '0' ? Buffer.alloc(128) : Buffer.concat([...x, ...y].map(coordinate))
}

function coordinate(text: string): Uint8Array {
  return fieldBytes((BigInt(text) << 256n) % COORDINATE_FIELD_ORDER)
}
