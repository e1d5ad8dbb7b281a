import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { EXPLORER_DIRECTORY, type ExplorerBuildOptions, explorerBuild } from '../prover/explorer/vite.config.ts'
import { PoaError } from '../src/errors.ts'
import { REPOSITORY_ROOT } from './circuits/compileCircuit.ts'

/** What the bundle is made of: the pages, what they share with the node, and the versions of everything else. */
const SOURCES = ['prover/explorer', 'src', 'circuits/circuits.json', 'package-lock.json']
/** Says what a build was made from. No web server has to hand it out. */
const STAMP_FILE = '.built-from'

export type BuiltExplorer = {
  /** Where its index.html is. */
  readonly directory: string
  /** It was there already. */
  readonly isCached: boolean
}

/**
 * Builds the explorer's static files where they are missing or out of date.
 * @throws PoaError DIRECTORY_NOT_EMPTY when files are there that no build left, which it would remove; EXPLORER_BUILD_FAILED with what Vite says
 */
export async function buildExplorer(options: ExplorerBuildOptions = {}): Promise<BuiltExplorer> {
  const { nodeUrl, outDir: directory = EXPLORER_DIRECTORY } = options
  const stampPath = join(directory, STAMP_FILE)
  const stamp = `${await hashSources(nodeUrl)}\n`
  if ((await readFile(stampPath, 'utf8').catch(() => '')) === stamp) return { directory, isCached: true }
  if (options.outDir !== undefined) await requireBuildOrNothing(directory)
  try {
    const { build } = await import('vite')
    await build({ ...explorerBuild(options), logLevel: 'error' })
  } catch (cause) {
    throw new PoaError('EXPLORER_BUILD_FAILED', `vite: ${(cause as Error).message}`, { cause })
  }
  // Last, so that half a build passes for none.
  await writeFile(stampPath, stamp)
  return { directory, isCached: false }
}

async function requireBuildOrNothing(directory: string): Promise<void> {
  const names = await readdir(directory).catch((error): string[] => {
    if (error.code !== 'ENOENT') throw error
    return []
  })
  if (names.length > 0 && !names.includes(STAMP_FILE))
    throw new PoaError('DIRECTORY_NOT_EMPTY', `${directory} holds files that are no build of the explorer`, {
      hint: 'Name a new directory.',
    })
}

async function hashSources(nodeUrl: string | undefined): Promise<string> {
  const hash = createHash('sha256').update(nodeUrl ?? '')
  for (const source of SOURCES) {
    for (const path of await listFiles(join(REPOSITORY_ROOT, source))) {
      const content = await readFile(path)
      hash.update(`\n${relative(REPOSITORY_ROOT, path)} ${content.length}\n`).update(content)
    }
  }
  return hash.digest('hex')
}

/** A file, or all below a folder, in an order that is the same everywhere. */
async function listFiles(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (entries === undefined) return [path]
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
