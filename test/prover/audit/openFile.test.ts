import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openFile } from '../../../prover/audit/openFile.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-file-'))
})
afterEach(() => rm(directory, { recursive: true }))

/** Larger than a stream takes at once, so that each is waited for. */
const pieces = Array.from({ length: 40 }, (_, i) => String.fromCharCode(97 + (i % 26)).repeat(100_000))

describe.each([
  ['plain', false],
  ['compressed', true],
])('%s', (_name, isCompressed) => {
  test('default: all pieces in order', async () => {
    const path = join(directory, 'file')
    const file = openFile(path, { isCompressed })
    for (const piece of pieces) await file.write(piece)
    await file.close()
    const bytes = await readFile(path)
    expect((isCompressed ? gunzipSync(bytes) : bytes).toString()).toBe(pieces.join(''))
  })

  test('error: no file can be there: writing ends, and so does closing', async () => {
    const path = join(directory, 'folder')
    await mkdir(path)
    const file = openFile(path, { isCompressed })
    const writeAll = async () => {
      for (const piece of pieces) await file.write(piece)
    }
    await expect(writeAll()).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN' })
    await expect(file.close()).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN' })
  })
})
