import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { lineage } from '../../src/api/submission.ts'
import { address, parseStrictly, shape, toJson } from '../../src/statement/traceBatchSchema.ts'
import { readJsonFile } from '../readJsonFile.ts'

const matrix = z.array(z.array(z.int('an integer')))

/** Head, index and contributors of one model version: what `poa model register` reads and writes. Nothing in it is private. */
const modelFile = z.strictObject({
  shape,
  head: matrix,
  index: z.strictObject({ vectors: z.array(matrix), scales: z.array(z.int('an integer')) }),
  /** Payout addresses by slot. */
  contributors: z.array(address),
  /** What it was trained on, when `--datanet` trained it. */
  lineage: lineage.optional(),
})
export type ModelFile = z.output<typeof modelFile>

/** @throws PoaError FILE_UNREADABLE, FILE_NOT_JSON; InvalidInputError for the first value that does not fit */
export async function readModelFile(path: string): Promise<ModelFile> {
  return parseStrictly(modelFile, await readJsonFile(path), 'model')
}

export async function writeModelFile(
  path: string,
  { shape, head, index, contributors, lineage }: ModelFile,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${toJson({ shape: shape.name, head, index, contributors, lineage })}\n`)
}
