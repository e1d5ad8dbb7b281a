import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../../src', import.meta.url))
/** What browsers run; circomlibjs with a bundler's stand-ins for three modules of Node. */
const LIBRARIES = ['viem', 'viem/actions', 'zod', 'circomlibjs', '@noble/curves/bn254']

async function listFiles(): Promise<string[]> {
  const names = await Promise.all(FOLDERS.map((folder) => readdir(join(SRC, folder))))
  return names.flatMap((files, i) =>
    files.filter((file) => file.endsWith('.ts')).map((file) => join(SRC, FOLDERS[i]!, file)),
  )
}

/** What a file and all that it imports names, by the file that names it; types alone count for nothing. */
async function collectImports(file: string, found: Map<string, readonly string[]>): Promise<void> {
  if (found.has(file)) return
  const text = (await readFile(file, 'utf8')).replaceAll(/import type .*? from '.*?'/gs, '')
  const names = [...text.matchAll(/(?:from|import) ?\(?'(.+?)'/g)].map(([, name]) => name!)
  found.set(file, names)
  for (const name of names) if (/^\..*\.ts$/.test(name)) await collectImports(join(dirname(file), name), found)
}

/** What pages import. */
const FOLDERS = ['api', 'client', 'audit/explain', 'audit/anomalies']

describe('what browsers run', () => {
  test('default: nothing that they import needs Node, nor reaches outside src', async () => {
    const found = new Map<string, readonly string[]>()
    for (const file of await listFiles()) await collectImports(file, found)
    const strange = [...found].flatMap(([file, names]) =>
      names
        .filter((name) =>
          name.startsWith('.')
            ? !name.endsWith('circuits/circuits.json') && !found.has(join(dirname(file), name))
            : !LIBRARIES.includes(name),
        )
        .map((name) => `${relative(SRC, file)} imports ${name}`),
    )
    expect(strange).toEqual([])
    expect([...found.keys()].filter((file) => relative(SRC, file).startsWith('..'))).toEqual([])
    // Not that nothing was read.
    expect(found.size).toBeGreaterThan(15)
    expect([...found.values()].flat()).toContain('circomlibjs')
  })

  test('behavior: no global of Node either', async () => {
    for (const file of await listFiles()) {
      expect(await readFile(file, 'utf8'), file).not.toMatch(/\b(process|Buffer|require|__dirname)\b[.(]/)
    }
  })
})
