import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidInputError } from '../../src/errors.ts'
import { readJsonFile } from '../readJsonFile.ts'
import { LONGEST_LINE } from './bundleLines.ts'

/** In characters of JSON; what else a line of a bundle says is short. */
const LONGEST_TRACE_BATCH = LONGEST_LINE / 2

/**
 * Finds disclosed batches: files as named, and those that end in .json in folders as named. Of each only the batch it is about is kept; what is in it is
 * read again when its turn comes.
 * @throws InvalidInputError for a file without a batch, or two of one batch; PoaError as readJsonFile
 */
export async function readTraceFiles(paths: readonly string[]): Promise<ReadonlyMap<bigint, () => Promise<unknown>>> {
  const traces = new Map<bigint, () => Promise<unknown>>()
  const names = new Map<bigint, string>()
  for (const path of (await Promise.all(paths.map(listFiles))).flat()) {
    const batchId = batchOf(await readJsonFile(path))
    if (batchId === undefined) throw new InvalidInputError('--traces', 'files of trace batches, with a context', path)
    if (traces.has(batchId)) {
      throw new InvalidInputError('--traces', `one file for batch ${batchId}`, [names.get(batchId), path])
    }
    names.set(batchId, path)
    traces.set(batchId, async () => asInBundle(await readJsonFile(path)))
  }
  return traces
}

/** As whoever replays the bundle reads it: a number too large is null there, and what is too long or nested too deep is null as a whole. */
function asInBundle(json: unknown): unknown {
  try {
    const text = JSON.stringify(json)
    return text.length > LONGEST_TRACE_BATCH ? null : JSON.parse(text)
  } catch {
    return null
  }
}

async function listFiles(path: string): Promise<string[]> {
  const entry = await stat(path).catch((cause) => {
    throw new InvalidInputError('--traces', 'files or folders that are there', path, { cause })
  })
  if (!entry.isDirectory()) return [path]
  const names = await readdir(path)
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(path, name))
}

function batchOf(json: unknown): bigint | undefined {
  const batchId = (json as { context?: { batchId?: unknown } } | null)?.context?.batchId
  return typeof batchId === 'string' && /^(0|[1-9]\d{0,77})$/.test(batchId) ? BigInt(batchId) : undefined
}
