import { readFile } from 'node:fs/promises'
import { PoaError } from '../src/errors.ts'

/** @throws PoaError FILE_UNREADABLE or FILE_NOT_JSON */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new PoaError('FILE_UNREADABLE', `cannot read ${path}: ${(cause as Error).message}`, { cause })
  })
  try {
    return JSON.parse(text)
  } catch {
    // Without the parser's error: it quotes an excerpt, and a trace batch holds private data.
    throw new PoaError('FILE_NOT_JSON', `${path} is not JSON`)
  }
}
