import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getAddress } from 'viem'
import { z } from 'zod'
import { InvalidInputError, PoaError } from '../../src/errors.ts'
import { address, parseStrictly } from '../../src/statement/traceBatchSchema.ts'
import { readJsonFile } from '../readJsonFile.ts'
import { parseSamples, type Sample, type SampleShape, writeSamples } from './parseSamples.ts'

/*
 * <root>/<name>/datanet.json                    what its samples look like
 * <root>/<name>/contributions/<sha256>.jsonl    samples, one JSON object a line; named after their content
 * <root>/<name>/versions/<n>.json               which contributions make up version n; never changed once written
 */

/** One contributor's samples in a datanet. */
export type Contribution = {
  readonly contributor: `0x${string}`
  /** sha256 of the samples as stored. */
  readonly hash: string
  readonly samples: number
}

/** A datanet as of one version; version 0 is empty. */
export type DatanetVersion = { readonly version: number; readonly contributions: readonly Contribution[] }

export type Datanet = SampleShape & {
  readonly name: string
  /** The newest version. */
  latest(): Promise<DatanetVersion>
  /** @throws PoaError DATANET_VERSION_UNKNOWN */
  versionOf(version: number): Promise<DatanetVersion>
  /**
   * Checks samples and adds them as a new version. The same samples by the same contributor again change nothing.
   * @param text one JSON object a line: {"features": [...], "label": n}
   * @throws PoaError SAMPLES_INVALID with the number of the line
   */
  contribute(contributor: `0x${string}`, text: string): Promise<DatanetVersion & { readonly isNew: boolean }>
  /** @throws PoaError CONTRIBUTION_CHANGED when the file no longer is what its name says */
  readSamples(contribution: Contribution): Promise<Sample[]>
}

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/
const description = z.strictObject({ features: z.int().min(2).max(4096), classes: z.int().min(2).max(1024) })
const versionSchema = z.strictObject({
  version: z.int(),
  contributions: z.array(
    z.strictObject({ contributor: address, hash: z.string().regex(/^[0-9a-f]{64}$/), samples: z.int().positive() }),
  ),
})

/**
 * Makes a datanet.
 * @param root folder of all datanets
 * @throws InvalidInputError for a name or a size out of bounds; PoaError DATANET_EXISTS
 */
export async function createDatanet(root: string, name: string, shape: SampleShape): Promise<Datanet> {
  requireName(name)
  const checked = parseStrictly(description, shape, 'datanet')
  const directory = join(root, name)
  await mkdir(join(directory, 'contributions'), { recursive: true })
  await mkdir(join(directory, 'versions'), { recursive: true })
  await writeOnce(join(directory, 'datanet.json'), checked).catch((cause) => {
    if (cause.code !== 'EEXIST') throw cause
    throw new PoaError('DATANET_EXISTS', `the datanet ${name} exists`, { cause })
  })
  return openDatanet(root, name)
}

/** @throws PoaError DATANET_UNKNOWN */
export async function openDatanet(root: string, name: string): Promise<Datanet> {
  requireName(name)
  const directory = join(root, name)
  const json = await readJsonFile(join(directory, 'datanet.json')).catch((cause) => {
    if (cause.code !== 'FILE_UNREADABLE') throw cause
    throw new PoaError('DATANET_UNKNOWN', `there is no datanet ${name} in ${root}`, {
      cause,
      hint: `Run: poa datanet create ${name} --features <n> --classes <n>`,
    })
  })
  const shape = parseStrictly(description, json, `${name}/datanet.json`)

  async function versionOf(version: number): Promise<DatanetVersion> {
    if (version === 0) return { version, contributions: [] }
    const read = await readJsonFile(join(directory, 'versions', `${version}.json`)).catch((cause) => {
      if (cause.code !== 'FILE_UNREADABLE') throw cause
      throw new PoaError('DATANET_VERSION_UNKNOWN', `the datanet ${name} has no version ${version}`, { cause })
    })
    return parseStrictly(versionSchema, read, `${name}/versions/${version}.json`)
  }

  async function latest(): Promise<DatanetVersion> {
    const files = await readdir(join(directory, 'versions'))
    return versionOf(Math.max(0, ...files.flatMap((file) => file.match(/^([1-9]\d*)\.json$/)?.[1] ?? []).map(Number)))
  }

  async function contribute(contributor: `0x${string}`, text: string) {
    const samples = parseSamples(text, shape)
    const stored = writeSamples(samples)
    const hash = createHash('sha256').update(stored).digest('hex')
    await replaceFile(join(directory, 'contributions', `${hash}.jsonl`), stored)
    const contribution = { contributor: getAddress(contributor), hash, samples: samples.length }
    for (;;) {
      const newest = await latest()
      const isKnown = newest.contributions.some(
        (known) => known.contributor === contribution.contributor && known.hash === hash,
      )
      if (isKnown) return { ...newest, isNew: false }
      const next = { version: newest.version + 1, contributions: [...newest.contributions, contribution] }
      try {
        await writeOnce(join(directory, 'versions', `${next.version}.json`), next)
        return { ...next, isNew: true }
      } catch (cause) {
        // Another process has just made that version: ours goes on top of it.
        if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
      }
    }
  }

  async function readSamples({ hash }: Contribution): Promise<Sample[]> {
    const path = join(directory, 'contributions', `${hash}.jsonl`)
    const text = await readFile(path, 'utf8')
    if (createHash('sha256').update(text).digest('hex') !== hash) {
      throw new PoaError('CONTRIBUTION_CHANGED', `${path} is not what was contributed: its hash does not match`)
    }
    return parseSamples(text, shape)
  }

  return { name, ...shape, latest, versionOf, contribute, readSamples }
}

/** Names of the datanets below a folder, in alphabetical order. */
export async function listDatanets(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((cause) => {
    if (cause.code === 'ENOENT') return []
    throw cause
  })
  return entries.flatMap((entry) => (entry.isDirectory() && NAME.test(entry.name) ? [entry.name] : [])).sort()
}

function requireName(name: string): void {
  if (!NAME.test(name)) throw new InvalidInputError('name', 'lower-case letters, digits and hyphens, at most 63', name)
}

/** Fails with EEXIST when the file is there. */
async function writeOnce(path: string, content: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`, { flag: 'wx' })
}

/** Half a file under its final name would pass for the whole. */
async function replaceFile(path: string, content: string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`
  await writeFile(partial, content)
  await rename(partial, path)
}
