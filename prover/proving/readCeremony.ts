import { type FileHandle, open } from 'node:fs/promises'
import { bn254 } from '@noble/curves/bn254'
import { blake2b } from '@noble/hashes/blake2'
import { PoaError } from '../../src/errors.ts'
import type { Beacon } from './snarkjs.ts'

/** What a proving key records of phase 2. The contributions are in order. */
export type Ceremony = {
  /** In lower-case hexadecimal, as snarkjs prints them and their authors publish them. */
  readonly contributionHashes: readonly string[]
  /** Of the last contribution; undefined when that was none. */
  readonly beacon: Beacon | undefined
}

const COORDINATE_BYTES = 32
const RECORD_SECTION = 10
const CIRCUIT_HASH_BYTES = 64
/** delta, then the author's public key: two points of G1 and one of G2. */
const POINT_BYTES = 3 * 64 + 128
const TRANSCRIPT_BYTES = 64
const BEACON = 1
const PARAMETER = { iterationsExponent: 2, beaconHash: 3 } as const

/**
 * Reads the record that every contribution leaves in a proving key (format: snarkjs, src/zkey_utils.js, writeMPCParams). It is what its authors
 * wrote: that each of them knew a secret only `verifyZkey` shows.
 * @throws PoaError ZKEY_MALFORMED
 */
export async function readCeremony(zkeyPath: string): Promise<Ceremony> {
  const malformed = (cause?: unknown) =>
    new PoaError('ZKEY_MALFORMED', `${zkeyPath} has no readable record of its phase 2`, { cause })
  const file = await open(zkeyPath)
  try {
    const record = await readSection(file, RECORD_SECTION)
    if (record === undefined) throw malformed()
    return parseRecord(record)
  } catch (cause) {
    // Reads beyond the end of the record.
    throw cause instanceof RangeError ? malformed(cause) : cause
  } finally {
    await file.close()
  }
}

/** The body of a section; the sections before it, which may hold gigabytes, are skipped. */
async function readSection(file: FileHandle, wanted: number): Promise<Buffer | undefined> {
  for (let at = 12; ; ) {
    const head = Buffer.alloc(12)
    if ((await file.read(head, 0, head.length, at)).bytesRead !== head.length) return undefined
    const length = Number(head.readBigUInt64LE(4))
    if (head.readUInt32LE(0) === wanted) {
      const { size } = await file.stat()
      if (at + head.length + length > size) return undefined
      const body = Buffer.alloc(length)
      await file.read(body, 0, length, at + head.length)
      return body
    }
    at += head.length + length
  }
}

function parseRecord(record: Buffer): Ceremony {
  const contributionHashes: string[] = []
  let beacon: Beacon | undefined
  const count = record.readUInt32LE(CIRCUIT_HASH_BYTES)
  let at = CIRCUIT_HASH_BYTES + 4
  for (let i = 0; i < count; i++) {
    const points = record.subarray(at, at + POINT_BYTES)
    at += POINT_BYTES
    const transcript = record.subarray(at, at + TRANSCRIPT_BYTES)
    at += TRANSCRIPT_BYTES
    const type = record.readUInt32LE(at)
    const parametersLength = record.readUInt32LE(at + 4)
    at += 8
    contributionHashes.push(hashOf(points, transcript))
    beacon = type === BEACON ? readBeacon(record.subarray(at, at + parametersLength)) : undefined
    at += parametersLength
  }
  return { contributionHashes, beacon }
}

/** The list of a beacon's parameters: a number that says which, then the value, of one byte or behind its length. */
function readBeacon(parameters: Buffer): Beacon | undefined {
  let hash: string | undefined
  let iterationsExponent: number | undefined
  for (let at = 0; at < parameters.length; ) {
    const which = parameters.readUInt8(at)
    if (which === PARAMETER.iterationsExponent) {
      iterationsExponent = parameters.readUInt8(at + 1)
      at += 2
    } else {
      const end = at + 2 + parameters.readUInt8(at + 1)
      if (which === PARAMETER.beaconHash) hash = parameters.toString('hex', at + 2, end)
      at = end
    }
  }
  return hash === undefined || iterationsExponent === undefined ? undefined : { hash, iterationsExponent }
}

/** BLAKE2b-512 over the points, big endian and the imaginary parts of G2 first, and the transcript. */
function hashOf(points: Buffer, transcript: Buffer): string {
  const coordinates = Array.from({ length: POINT_BYTES / COORDINATE_BYTES }, (_, i) =>
    plainCoordinate(points.subarray(i * COORDINATE_BYTES, (i + 1) * COORDINATE_BYTES)),
  )
  const [realX, imaginaryX, realY, imaginaryY] = coordinates.slice(6) as [Buffer, Buffer, Buffer, Buffer]
  const ordered = [...coordinates.slice(0, 6), imaginaryX, realX, imaginaryY, realY]
  return Buffer.from(blake2b(Buffer.concat([...ordered, transcript]), { dkLen: 64 })).toString('hex')
}

const { Fp } = bn254.fields
/** Of 2^256: a coordinate x stands in the file as x 2^256, little endian. */
const MONTGOMERY_INVERSE = Fp.inv(Fp.create(1n << 256n))

function plainCoordinate(bytes: Buffer): Buffer {
  const stored = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
  const plain = Fp.mul(Fp.create(stored), MONTGOMERY_INVERSE)
  return Buffer.from(plain.toString(16).padStart(2 * COORDINATE_BYTES, '0'), 'hex')
}
