import { open } from 'node:fs/promises'
import { PoaError } from '../../src/errors.ts'
import { COORDINATE_FIELD_ORDER } from '../../src/proof/curvePoints.ts'

/** What phase 2 must know of a powers-of-tau file. */
export type PtauHeader = {
  /** Circuits of up to 2^power rows fit. */
  readonly power: number
  /** Whether the file holds the Lagrange basis that phase 2 starts from. */
  readonly preparedForPhase2: boolean
}

const MAGIC = 'ptau'
const LAGRANGE_SECTIONS = [12, 13, 14, 15]

/**
 * Reads the header of a .ptau file (format: snarkjs, src/powersoftau_new.js) without reading its gigabytes of points.
 * @throws PoaError PTAU_UNREADABLE, PTAU_MALFORMED or PTAU_WRONG_CURVE
 */
export async function readPtauHeader(path: string): Promise<PtauHeader> {
  const file = await open(path).catch((cause) => {
    throw new PoaError('PTAU_UNREADABLE', `Cannot read ${path}`, {
      cause,
      hint: 'Download a public powers-of-tau file.',
    })
  })
  try {
    const read = async (at: number, length: number): Promise<Buffer> => {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at)
      if (bytesRead < length)
        throw new PoaError('PTAU_MALFORMED', `${path} ends at byte ${at + bytesRead}, within a section`)
      return buffer
    }
    const { size } = await file.stat()
    const start = await read(0, 12)
    if (start.toString('latin1', 0, 4) !== MAGIC) throw new PoaError('PTAU_MALFORMED', `${path} is not a .ptau file`)
    const found = new Set<number>()
    let power: number | undefined
    let at = 12
    for (let left = start.readUInt32LE(8); left > 0; left--) {
      const section = await read(at, 12)
      const type = section.readUInt32LE(0)
      if (type === 1) {
        const header = await read(at + 12, 4 + 32 + 4)
        const prime = BigInt(`0x${Buffer.from(header.subarray(4, 36)).reverse().toString('hex')}`)
        if (header.readUInt32LE(0) !== 32 || prime !== COORDINATE_FIELD_ORDER) {
          throw new PoaError('PTAU_WRONG_CURVE', `${path} is not over BN254`)
        }
        power = header.readUInt32LE(36)
      }
      found.add(type)
      at += 12 + Number(section.readBigUInt64LE(4))
    }
    if (at > size) throw new PoaError('PTAU_MALFORMED', `${path} is cut short: ${at} bytes expected, ${size} found`)
    if (power === undefined) throw new PoaError('PTAU_MALFORMED', `${path} has no header section`)
    return { power, preparedForPhase2: LAGRANGE_SECTIONS.every((type) => found.has(type)) }
  } finally {
    await file.close()
  }
}
