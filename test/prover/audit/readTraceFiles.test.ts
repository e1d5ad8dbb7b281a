import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LONGEST_LINE } from '../../../prover/audit/bundleLines.ts'
import { readTraceFiles } from '../../../prover/audit/readTraceFiles.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-traces-'))
})
afterEach(() => rm(directory, { recursive: true }))

const context = '"context":{"batchId":"7"}'
async function read(text: string): Promise<unknown> {
  await writeFile(join(directory, '7.json'), text)
  return (await readTraceFiles([directory])).get(7n)!()
}

test('default: what is in the file of each batch', async () => {
  expect(await read(`{${context},"traces":[1,-2]}`)).toEqual({ context: { batchId: '7' }, traces: [1, -2] })
})

test.each([
  ['a number too large for one', `{${context},"head":[1e999]}`, { context: { batchId: '7' }, head: [null] }],
  ['nested too deep', `{${context},"head":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, null],
  ['longer than a line of a bundle', `{${context},"head":"${'x'.repeat(LONGEST_LINE)}"}`, null],
])('behavior: %s is what it is in a bundle', async (_name, text, expected) => {
  expect(await read(text)).toEqual(expected)
})

test('error: two files of one batch, and one of none', async () => {
  await writeFile(join(directory, '1.json'), `{${context}}`)
  await writeFile(join(directory, '2.json'), `{${context}}`)
  await expect(readTraceFiles([directory])).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  await rm(join(directory, '2.json'))
  await writeFile(join(directory, '1.json'), '{}')
  await expect(readTraceFiles([directory])).rejects.toMatchObject({ code: 'INVALID_INPUT' })
})
