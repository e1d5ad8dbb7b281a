import { createHash } from 'node:crypto'

/** Hex digits of a line's digest: 128 bits, enough that nobody finds another line with the same one. */
const DIGITS = 32

/** In characters. Far more than the longest record: a disclosed batch of the largest circuit has some 150,000. */
export const LONGEST_LINE = 4 << 20

/** Before the first line. */
export const FIRST_DIGEST = '0'.repeat(DIGITS)

/** Of a line, given the digest of the line before: so no line can be changed, left out, put in or moved without one that does not match. */
export function digestLine(previous: string, json: string): string {
  return createHash('sha256').update(`${previous}\n${json}`).digest('hex').slice(0, DIGITS)
}

/** A line of a bundle: JSON of the digest and the record. */
export const toLine = (digest: string, json: string) => `["${digest}",${json}]\n`

/** The last line. */
export type BundleFooter = {
  readonly type: 'footer'
  /** Lines before this one. */
  readonly lines: number
  /** sha256 over the report: see reportDigest. */
  readonly report: string
  readonly faults: number
  readonly gaps: number
}
