import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PoaError } from '../../src/errors.ts'
import type { TraceBatch } from '../../src/statement/buildStatement.ts'
import { toJson, traceBatchToJson } from '../../src/statement/traceBatchSchema.ts'

/**
 * Writes a batch with its features and salts, for its owner alone to read.
 * @throws PoaError FILE_EXISTS
 */
export async function writeTraceBatch(file: string, batch: TraceBatch): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${toJson(traceBatchToJson(batch))}\n`, { mode: 0o600, flag: 'wx' }).catch((cause) => {
    if (cause.code !== 'EEXIST') throw cause
    throw new PoaError('FILE_EXISTS', `${file} exists`, { cause, hint: 'Remove it, or choose another name.' })
  })
}
