import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runAudit } from '../../../prover/audit/runAudit.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-run-audit-'))
})
afterEach(() => rm(directory, { recursive: true }))

const NOBODY_THERE = { rpcUrls: ['http://127.0.0.1:1'] }

test('error: an audit that breaks off leaves no file, and those of an earlier one as they are', async () => {
  const out = join(directory, 'new', 'audit')
  await expect(runAudit(NOBODY_THERE, out)).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' })
  expect(await readdir(out)).toEqual([])
  await writeFile(join(out, 'batches.csv'), 'whole')
  await expect(runAudit(NOBODY_THERE, out)).rejects.toThrow()
  expect(await readdir(out)).toEqual(['batches.csv'])
  expect(await readFile(join(out, 'batches.csv'), 'utf8')).toBe('whole')
})

test('error: a folder that cannot be made', async () => {
  await writeFile(join(directory, 'file'), '')
  const expected = { code: 'FILE_NOT_WRITTEN' }
  await expect(runAudit(NOBODY_THERE, join(directory, 'file', 'audit'))).rejects.toMatchObject(expected)
})
