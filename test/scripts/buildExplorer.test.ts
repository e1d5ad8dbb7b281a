import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildExplorer } from '../../scripts/buildExplorer.ts'

let outDir: string
beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'poa-explorer-'))
})
afterAll(() => rm(outDir, { recursive: true }))

test('error: files of somebody else are not removed', async () => {
  await writeFile(join(outDir, 'mine.txt'), 'mine')
  await expect(buildExplorer({ outDir })).rejects.toMatchObject({ code: 'DIRECTORY_NOT_EMPTY' })
  expect(await readdir(outDir)).toEqual(['mine.txt'])
  await rm(join(outDir, 'mine.txt'))
})

test('default: built once, and again only for another node or when it is damaged', async () => {
  const nodeUrl = 'https://node.example/poa'
  expect(await buildExplorer({ nodeUrl, outDir })).toEqual({ directory: outDir, isCached: false })
  const page = await readFile(join(outDir, 'index.html'), 'utf8')
  expect(page).toContain('content="https://node.example/poa"')
  expect(page).toContain('connect-src https://node.example;')
  // Names that the node's route for assets hands out.
  for (const name of await readdir(join(outDir, 'assets')))
    expect(name).toMatch(/^[\w.-]+-[\w-]{8}\.(js|css|svg|wasm)$/)

  const { mtimeMs } = await stat(join(outDir, 'index.html'))
  expect(await buildExplorer({ nodeUrl, outDir })).toEqual({ directory: outDir, isCached: true })
  expect((await stat(join(outDir, 'index.html'))).mtimeMs).toBe(mtimeMs)

  await writeFile(join(outDir, '.built-from'), 'something else\n')
  expect(await buildExplorer({ outDir })).toEqual({ directory: outDir, isCached: false })
  const own = await readFile(join(outDir, 'index.html'), 'utf8')
  expect(own).not.toContain('node.example')
  // A node that serves the page sends the policy as a header.
  expect(own).not.toContain('Content-Security-Policy')
}, 60_000)
