import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PoaError } from '../../src/errors.ts'

/** The datanets of the demo; a sample's label, and a class of the head, is its index here. */
export const DATANETS = ['clinical-triage', 'contract-clauses', 'market-news', 'game-support'] as const
export type Datanet = (typeof DATANETS)[number]

export const CONTRIBUTOR_KINDS = ['honest', 'mislabelled', 'copy', 'noise'] as const
export type ContributorKind = (typeof CONTRIBUTOR_KINDS)[number]

export type CorpusContributor = {
  readonly id: string
  readonly name: string
  readonly kind: ContributorKind
  /** Id of the contributor whose samples were copied; exactly for the kind `copy`. */
  readonly copies?: string
  readonly about: string
}

export type CorpusSample = {
  /** Index into `contributors`: the slot. */
  readonly contributor: number
  /** Index into `DATANETS`. */
  readonly label: number
  readonly text: string
}

export type HeldOutText = {
  readonly label: number
  readonly text: string
}

export type Corpus = {
  readonly contributors: readonly CorpusContributor[]
  readonly samples: readonly CorpusSample[]
  readonly heldOut: readonly HeldOutText[]
}

/** A corpus file that is missing or does not say what it must. Line 0 stands for the file as a whole. */
export class CorpusError extends PoaError {
  readonly file: string
  readonly line: number

  constructor(file: string, line: number, problem: string, cause?: unknown) {
    super('CORPUS', `${file}${line === 0 ? '' : ` line ${line}`}: ${problem}`, { cause })
    this.file = file
    this.line = line
  }
}

const CORPUS_FOLDER = fileURLToPath(new URL('./corpus', import.meta.url))

/**
 * Reads the demo's corpus: one `<datanet>.tsv` a datanet (`contributor`, `text`), `held-out.tsv` (`datanet`, `text`) and
 * `contributors.json`. Samples come in the order of `DATANETS` and of the lines in each file.
 * @throws CorpusError with file and line for anything missing, unknown, repeated or empty
 */
export function loadCorpus(folder: string = CORPUS_FOLDER): Corpus {
  const contributors = readContributors(folder)
  const slots = new Map(contributors.map((contributor, slot) => [contributor.id, slot]))
  const samples: CorpusSample[] = []
  DATANETS.forEach((datanet, label) => {
    const file = `${datanet}.tsv`
    // The same person giving the same sentence twice to one datanet would be counted twice.
    const seen = new Set<string>()
    for (const { line, first, text } of readRows(folder, file, 'contributor')) {
      const contributor = slots.get(first)
      if (contributor === undefined) throw new CorpusError(file, line, `no contributor ${first} in contributors.json`)
      if (seen.has(`${first}\t${text}`)) throw new CorpusError(file, line, `${first} repeats a text of this file`)
      seen.add(`${first}\t${text}`)
      samples.push({ contributor, label, text })
    }
  })

  const file = 'held-out.tsv'
  const trainingTexts = new Set(samples.map((sample) => sample.text))
  const heldOutTexts = new Set<string>()
  const heldOut = readRows(folder, file, 'datanet').map(({ line, first, text }): HeldOutText => {
    const label = DATANETS.indexOf(first as Datanet)
    if (label < 0) throw new CorpusError(file, line, `no datanet ${first}`)
    if (trainingTexts.has(text)) throw new CorpusError(file, line, 'this text is also a training sample')
    if (heldOutTexts.has(text)) throw new CorpusError(file, line, 'repeats a text of this file')
    heldOutTexts.add(text)
    return { label, text }
  })

  contributors.forEach((contributor, slot) => {
    if (!samples.some((sample) => sample.contributor === slot)) {
      throw new CorpusError('contributors.json', 0, `${contributor.id} has no sample in any datanet`)
    }
  })
  return { contributors, samples, heldOut }
}

function readContributors(folder: string): CorpusContributor[] {
  const file = 'contributors.json'
  let parsed: unknown
  try {
    parsed = JSON.parse(readText(folder, file))
  } catch (cause) {
    if (cause instanceof CorpusError) throw cause
    throw new CorpusError(file, 0, 'is not JSON', cause)
  }
  if (!Array.isArray(parsed) || parsed.length === 0) throw new CorpusError(file, 0, 'must be a list of contributors')
  const contributors = parsed.map((entry: unknown, i): CorpusContributor => {
    const where = `entry ${i}`
    if (typeof entry !== 'object' || entry === null) throw new CorpusError(file, 0, `${where} is not an object`)
    const record = entry as Record<string, unknown>
    for (const key of Object.keys(record)) {
      if (!['id', 'name', 'kind', 'copies', 'about'].includes(key)) {
        throw new CorpusError(file, 0, `${where} has an unknown field ${key}`)
      }
    }
    const id = requireText(record, 'id', file, where)
    const name = requireText(record, 'name', file, where)
    const about = requireText(record, 'about', file, where)
    const kind = CONTRIBUTOR_KINDS.find((known) => known === record.kind)
    if (kind === undefined) {
      throw new CorpusError(file, 0, `${where}: kind must be one of ${CONTRIBUTOR_KINDS.join(', ')}`)
    }
    if ((kind === 'copy') !== (record.copies !== undefined)) {
      throw new CorpusError(file, 0, `${where}: copies must be given exactly for the kind copy`)
    }
    return record.copies === undefined
      ? { id, name, kind, about }
      : { id, name, kind, copies: requireText(record, 'copies', file, where), about }
  })
  const ids = contributors.map((contributor) => contributor.id)
  ids.forEach((id, i) => {
    if (ids.indexOf(id) !== i) throw new CorpusError(file, 0, `the id ${id} appears twice`)
  })
  for (const { id, copies } of contributors) {
    if (copies !== undefined && (copies === id || !ids.includes(copies))) {
      throw new CorpusError(file, 0, `${id} copies ${copies}, which is not another contributor`)
    }
  }
  return contributors
}

function requireText(record: Record<string, unknown>, key: string, file: string, where: string): string {
  const value = record[key]
  if (typeof value !== 'string' || value.trim() === '') {
    throw new CorpusError(file, 0, `${where}: ${key} must be a text that is not empty`)
  }
  return value
}

type Row = { readonly line: number; readonly first: string; readonly text: string }

/** Rows of a two-column file with the header `<column>\ttext`. */
function readRows(folder: string, file: string, column: string): Row[] {
  const lines = readText(folder, file).split('\n')
  if (lines.at(-1) === '') lines.pop()
  if (lines[0] !== `${column}\ttext`) throw new CorpusError(file, 1, `the header must be "${column}<tab>text"`)
  const rows = lines.slice(1).map((content, i): Row => {
    const line = i + 2
    const [first, text, ...rest] = content.split('\t')
    if (!first || !text || rest.length > 0) throw new CorpusError(file, line, 'must be two columns, neither empty')
    if (first !== first.trim() || text !== text.trim()) {
      throw new CorpusError(file, line, 'a column begins or ends with a blank')
    }
    return { line, first, text }
  })
  if (rows.length === 0) throw new CorpusError(file, 0, 'has no rows')
  return rows
}

function readText(folder: string, file: string): string {
  const path = join(folder, file)
  if (!existsSync(path)) throw new CorpusError(file, 0, 'is missing')
  return readFileSync(path, 'utf8')
}
