import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import * as z from 'zod'
import type { AuditRecord } from '../../src/audit/AuditRecord.ts'
import { parseAuditRecord } from '../../src/audit/auditRecordSchema.ts'
import type { Finding } from '../../src/audit/Finding.ts'
import type { FindingCode } from '../../src/audit/findingCodes.ts'
import { InvalidInputError, PoaError } from '../../src/errors.ts'
import { parseStrictly } from '../../src/statement/traceBatchSchema.ts'
import { type BundleFooter, digestLine, FIRST_DIGEST, LONGEST_LINE } from './bundleLines.ts'

/** Lines that cannot be read or were edited: whoever edits a bundle edits a few, and a file of a thousand million empty lines compresses to a megabyte. */
const MOST_FINDINGS = 10_000

const footerSchema = z.strictObject({
  type: z.literal('footer'),
  lines: z.int().nonnegative(),
  report: z.string(),
  faults: z.int().nonnegative(),
  gaps: z.int().nonnegative(),
})

export type BundleReader = {
  /** The records, those of lines that cannot be read left out. */
  readonly records: AsyncGenerator<AuditRecord>
  /** What is wrong with the lines; complete once the records are read. */
  readonly findings: readonly Finding[]
  /** null until the records are read, and when there is none. */
  readonly footer: () => BundleFooter | null
}

/**
 * Reads a bundle line by line, and checks that each is what was written there.
 * @throws (the generator) PoaError BUNDLE_UNREADABLE when the file is not there, no gzip, or hardly a line of it of a bundle
 */
export function readBundle(path: string): BundleReader {
  const findings: Finding[] = []
  let footer: BundleFooter | null = null
  let number = 0
  const find = (code: FindingCode, expected: string | null, found: string | null, message: string) => {
    findings.push({ code, subject: { line: number }, at: null, expected, found, message })
    if (findings.length < MOST_FINDINGS) return
    throw new PoaError('BUNDLE_UNREADABLE', `${MOST_FINDINGS} lines of ${path} are not of a bundle`)
  }

  async function* read(): AsyncGenerator<AuditRecord> {
    let previous = FIRST_DIGEST
    try {
      for await (const line of splitLines(path)) {
        number += 1
        const match = /^\["([0-9a-f]{32})",(.*)\]$/s.exec(line)
        if (match === null) {
          const message = `line ${number} is not of the form of a bundle`
          find('BUNDLE_LINE_EDITED', 'a digest and a record', null, message)
          continue
        }
        const [, digest, json] = match as unknown as [string, string, string]
        const expected = digestLine(previous, json)
        if (digest !== expected) {
          const message = `line ${number} is not what was written there, or a line before it is missing`
          find('BUNDLE_LINE_EDITED', expected, digest, message)
        }
        // What is written there: so each line that was edited is named, and no other.
        previous = digest
        let value: unknown
        try {
          value = JSON.parse(json)
          if ((value as { type?: unknown } | null)?.type === 'footer') {
            footer = parseStrictly(footerSchema, value, `line ${number}`)
            continue
          }
          const record = parseAuditRecord(value, `line ${number}`)
          footer = null // what comes after a footer makes it none
          yield record
        } catch (error) {
          if (!(error instanceof SyntaxError || error instanceof InvalidInputError)) throw error
          find('BUNDLE_LINE_EDITED', 'a record', null, `line ${number} holds no record: ${error.message}`)
        }
      }
    } catch (error) {
      if (!isCutOff(error)) throw error
      find('BUNDLE_TRUNCATED', 'a footer', 'the end of the file', `the file breaks off after line ${number}`)
      return
    }
    if (footer === null) {
      find('BUNDLE_TRUNCATED', 'a footer', 'none', `the bundle ends with line ${number}, without a footer`)
    } else if (footer.lines !== number - 1) {
      const message = 'the footer counts another number of lines'
      find('BUNDLE_TRUNCATED', `${footer.lines} lines`, `${number - 1} lines`, message)
    }
  }
  return { records: read(), findings, footer: () => footer }
}

const isCutOff = (error: unknown) => (error as { code?: unknown } | null)?.code === 'Z_BUF_ERROR'

/** @throws PoaError BUNDLE_UNREADABLE */
async function* splitLines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  const text = file.pipe(createGunzip())
  file.on('error', (error) => text.destroy(error))
  // A line as it comes in, joined once: a long one comes in thousands of pieces.
  let pieces: string[] = []
  let length = 0
  try {
    text.setEncoding('utf8')
    for await (const chunk of text as AsyncIterable<string>) {
      const [first, ...lines] = chunk.split('\n') as [string, ...string[]]
      pieces.push(first)
      length += first.length
      if (length > LONGEST_LINE) throw new PoaError('BUNDLE_UNREADABLE', 'the bundle has a line without an end')
      const last = lines.pop()
      if (last === undefined) continue
      yield pieces.join('')
      yield* lines
      pieces = [last]
      length = last.length
    }
  } catch (cause) {
    if (cause instanceof PoaError || isCutOff(cause)) throw cause
    throw new PoaError('BUNDLE_UNREADABLE', `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
      hint: 'A bundle is the bundle.jsonl.gz that `poa audit run` writes.',
    })
  } finally {
    file.destroy()
  }
  if (length > 0) yield pieces.join('')
}
