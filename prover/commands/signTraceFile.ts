import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { signedPart, type TraceSubmission } from '../../src/api/submission.ts'
import { traceIdOf } from '../../src/api/typedData.ts'
import { signTrace } from '../../src/client/signTrace.ts'
import { InvalidInputError, PoaError, WITHHELD } from '../../src/errors.ts'
import { type Shape, shapeNamed } from '../../src/shape.ts'
import { computeLogits, predictLabel } from '../../src/statement/attributeTrace.ts'
import { type Head, requireFeatures } from '../../src/statement/model.ts'
import { identifier, parseStrictly, toJson } from '../../src/statement/traceBatchSchema.ts'
import { requireSettings } from '../config/loadSettings.ts'
import { readSettings } from '../config/readSettings.ts'
import { readJsonFile } from '../readJsonFile.ts'
import { readModelFile } from './modelFile.ts'
import { openAccount } from './openAccount.ts'
import { report } from './report.ts'

export type SignOptions = {
  readonly query?: string
  readonly features?: string
  readonly label?: number
  readonly modelFile?: string
  readonly shape: string
  readonly model?: bigint
  readonly request?: bigint
  readonly nonce: bigint
  readonly validMinutes: number
  readonly out?: string
  readonly config?: string
  readonly json?: boolean
}

const queryFile = z.strictObject({
  features: z.array(z.int('an integer')),
  label: z.int('an integer').optional(),
  modelId: identifier.optional(),
  requestId: identifier.optional(),
  text: z.string().optional(),
})
type Query = z.output<typeof queryFile>

/** `poa trace sign` */
export async function signTraceFile(options: SignOptions): Promise<void> {
  const settings = requireSettings(await readSettings(options), 'chainId', 'escrow')
  const query = await readQuery(options)
  const modelId = options.model ?? query.modelId
  const requestId = options.request ?? query.requestId
  if (modelId === undefined) throw new InvalidInputError('--model', 'given, here or in the query file', undefined)
  if (requestId === undefined) throw new InvalidInputError('--request', 'given, here or in the query file', undefined)
  const { shape, head } = await readModel(options)
  const label = answer(query.features, options.label ?? query.label, shape, head)
  const account = await openAccount(settings)
  const submission = await signTrace(account, {
    chainId: BigInt(settings.chainId),
    escrow: settings.escrow,
    shape,
    modelId,
    requestId,
    features: query.features,
    label,
    nonce: options.nonce,
    deadline: BigInt(Math.floor(Date.now() / 1000) + 60 * options.validMinutes),
  })
  const file = await writeSubmission(resolve(options.out ?? `trace-${requestId}.json`), submission)
  const traceId = traceIdOf(submission, signedPart(submission))
  report(options, { traceId, requestId, modelId, operator: account.address, file }, () => [
    `trace ${traceId}`,
    `wrote ${file} (private: it holds features and salts); hand it in: npx poa trace submit ${file}`,
  ])
}

async function readQuery({ query, features }: SignOptions): Promise<Query> {
  if ((query === undefined) === (features === undefined)) {
    throw new InvalidInputError('--query or --features', 'given, one of them', undefined)
  }
  if (query !== undefined) return parseStrictly(queryFile, await readJsonFile(query), 'query')
  const numbers = features!.split(',').map((text) => text.trim())
  if (!numbers.every((text) => /^-?\d{1,3}$/.test(text))) {
    throw new InvalidInputError('--features', 'integers separated by commas', WITHHELD)
  }
  return { features: numbers.map(Number) }
}

async function readModel({ modelFile, shape }: SignOptions): Promise<{ shape: Shape; head?: Head }> {
  return modelFile === undefined ? { shape: shapeNamed(shape) } : readModelFile(modelFile)
}

/** The head's answer; one that somebody gave must be that, or no proof of it exists. */
function answer(features: readonly number[], given: number | undefined, shape: Shape, head: Head | undefined): number {
  requireFeatures('features', features, shape)
  if (head === undefined) {
    if (given !== undefined) return given
    throw new InvalidInputError('--label', 'given, or computed with --model-file', undefined)
  }
  const logits = computeLogits(head, features)
  const label = given ?? predictLabel(logits)
  if (logits[label] === undefined || logits.some((logit) => logit > logits[label]!)) {
    throw new PoaError('LABEL_NOT_ANSWER', "the label is not the head's answer: no proof of it could exist")
  }
  return label
}

/** Never overwrites: without its salts a trace that is sealed can never be proved. */
async function writeSubmission(path: string, submission: TraceSubmission): Promise<string> {
  try {
    await writeFile(path, `${toJson(submission)}\n`, { flag: 'wx', mode: 0o600 })
    return path
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new PoaError('FILE_NOT_WRITTEN', `cannot write ${path}: ${(cause as Error).message}`, { cause })
    }
    throw new PoaError('FILE_EXISTS', `${path} exists, and its salts may be needed`, {
      cause,
      hint: 'Give --out another name.',
    })
  }
}
