import { link, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PoaError } from '../../src/errors.ts'
import type { TraceBatch } from '../../src/statement/buildStatement.ts'
import { toJson, traceBatchToJson } from '../../src/statement/traceBatchSchema.ts'

/**
 * Writes a batch with its features and salts, for its owner alone to read. A node that looks into the folder sees the whole file or none.
 * @throws PoaError FILE_EXISTS
 */
export async function writeTraceBatch(file: string, batch: TraceBatch): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const partial = `${file}.${process.pid}.partial`
  try {
    await writeFile(partial, `${toJson(traceBatchToJson(batch))}\n`, { mode: 0o600 })
    // Unlike a rename it replaces nothing.
    await link(partial, file)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    throw new PoaError('FILE_EXISTS', `${file} exists`, { cause, hint: 'Remove it, or choose another name.' })
  } finally {
    await rm(partial, { force: true })
  }
}
