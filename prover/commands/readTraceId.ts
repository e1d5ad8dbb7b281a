import type { Hex } from 'viem'
import { signedPart, type TraceSubmission, traceSubmission } from '../../src/api/submission.ts'
import { traceIdOf } from '../../src/api/typedData.ts'
import { parseStrictly } from '../../src/statement/traceBatchSchema.ts'
import { readJsonFile } from '../readJsonFile.ts'

/**
 * The id of a trace that a user named by it, or by the file of the signed trace: the id follows from what was signed.
 * @throws as readSubmission does
 */
export async function readTraceId(idOrFile: string): Promise<Hex> {
  if (/^0x[0-9a-f]{64}$/.test(idOrFile)) return idOrFile as Hex
  const submission = await readSubmission(idOrFile)
  return traceIdOf(submission, signedPart(submission))
}

/** @throws PoaError FILE_UNREADABLE, FILE_NOT_JSON; InvalidInputError for the first value that does not fit */
export async function readSubmission(file: string): Promise<TraceSubmission> {
  return parseStrictly(traceSubmission, await readJsonFile(file), 'trace')
}
