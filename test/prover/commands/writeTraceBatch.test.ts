import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { writeTraceBatch } from '../../../prover/commands/writeTraceBatch.ts'
import { randomBatch, seededRandom } from '../../../scripts/randomBatch.ts'
import { shapeNamed } from '../../../src/shape.ts'

vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs/promises')>()
  const writeFile = async (path: string, text: string) => {
    await original.writeFile(path, text.slice(0, 100))
    throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
  }
  return { ...original, writeFile }
})

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-write-'))
})
afterEach(() => rm(directory, { recursive: true }))

test('error: a disk that fills up leaves nothing of what is private', async () => {
  const tiny = shapeNamed('tiny')
  const batch = randomBatch(tiny, seededRandom(3), { traces: 1 })
  await expect(writeTraceBatch(join(directory, 'batch.json'), batch)).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(await readdir(directory)).toEqual([])
})
