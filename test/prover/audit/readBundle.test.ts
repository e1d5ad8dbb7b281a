import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { digestLine, FIRST_DIGEST, LONGEST_LINE, toLine } from '../../../prover/audit/bundleLines.ts'
import { readBundle } from '../../../prover/audit/readBundle.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-bundle-'))
})
afterEach(() => rm(directory, { recursive: true }))

/** Reads a bundle of these lines, with the digests that they should have. */
async function read(...lines: readonly string[]) {
  let digest = FIRST_DIGEST
  const text = lines.map((json) => {
    digest = digestLine(digest, json)
    return toLine(digest, json)
  })
  const path = join(directory, 'bundle.jsonl.gz')
  await writeFile(path, gzipSync(text.join('')))
  const { records, findings, footer } = readBundle(path)
  const read = []
  for await (const record of records) read.push(record)
  return { records: read, findings, footer: footer() }
}
const code = JSON.stringify({ type: 'code', address: `0x${'11'.repeat(20)}`, code: '0x' })
const footer = { type: 'footer', lines: 1, report: 'ab', faults: 0, gaps: 0 }

test('default: the records, and the footer', async () => {
  expect(await read(code, JSON.stringify(footer))).toEqual({ records: [JSON.parse(code)], findings: [], footer })
})

test.each([
  ['record', { ...JSON.parse(code), ['x'.repeat(1 << 20)]: 1 }],
  ['footer', { ...footer, ['x'.repeat(1 << 20)]: 1 }],
])('error: of a %s with a field of a million letters a finding quotes a few', async (_name, value) => {
  const { findings } = await read(code, JSON.stringify(value))
  expect(findings[0]).toMatchObject({ code: 'BUNDLE_LINE_EDITED', subject: { line: 2 } })
  expect(findings[0]!.message.length).toBeLessThan(500)
})

test('error: a line that is longer than any record', async () => {
  const line = (length: number) => JSON.stringify({ type: 'code', code: 'a'.repeat(length) })
  expect((await read(line(LONGEST_LINE - 200))).findings[0]).toMatchObject({ code: 'BUNDLE_LINE_EDITED' })
  await expect(read(line(LONGEST_LINE))).rejects.toMatchObject({ code: 'BUNDLE_UNREADABLE' })
})
