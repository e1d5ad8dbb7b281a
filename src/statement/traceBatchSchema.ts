import { isAddress } from 'viem'
import { z } from 'zod'
import { InvalidInputError, WITHHELD } from '../errors.ts'
import { FIELD_ORDER } from '../field.ts'
import { SHAPE_NAMES, shapeNamed } from '../shape.ts'
import type { TraceBatch } from './buildStatement.ts'

/*
 * The JSON form of what people hand to the prover. Wei, field elements and ids are decimal or 0x strings, never numbers: a JSON number loses
 * precision above 2^53 without a word. Unknown keys are errors. Ranges that depend on the shape are checked by buildStatement.
 */

/** An unsigned integer below `bound` as a decimal or 0x string. */
export const integerString = (bound: bigint, description: string) =>
  z
    .string(`a string: ${description}`)
    .regex(/^(0|[1-9]\d{0,77}|0x[0-9a-fA-F]{1,64})$/, `${description}, as a decimal or 0x string`)
    .transform((text) => BigInt(text))
    .refine((value) => value < bound, description)

export const wei = integerString(1n << 96n, 'wei in 0 .. 2^96-1')
export const fieldElement = integerString(FIELD_ORDER, 'a field element in 0 .. r-1')
export const identifier = integerString(1n << 256n, 'an integer in 0 .. 2^256-1')
export const address = z
  .custom<`0x${string}`>(
    (value) => typeof value === 'string' && isAddress(value),
    'an address (0x, 40 hex digits, a valid checksum if in mixed case)',
  )
  .meta({ type: 'string', pattern: '^0x[0-9a-fA-F]{40}$' })
export const bytes32 = z
  .custom<`0x${string}`>(
    (value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value),
    '32 bytes as 0x and 64 lower-case hex digits', // hashes are compared as strings
  )
  .meta({ type: 'string', pattern: '^0x[0-9a-f]{64}$' })
const smallInteger = z.int('an integer')
export const shape = z.enum(SHAPE_NAMES, `one of ${SHAPE_NAMES.join(', ')}`).transform(shapeNamed)

export const batchContext = z.strictObject({
  chainId: identifier,
  settlement: address,
  batchId: identifier,
  circuitKeyHash: bytes32,
  modelId: identifier,
  modelVersion: identifier,
  indexVersion: identifier,
  policyId: identifier,
  epochId: identifier,
  prover: address,
})

export const trace = z.strictObject({
  requestId: identifier,
  poolWei: wei,
  features: z.array(smallInteger),
  label: smallInteger,
  inputSalt: fieldElement,
  outputSalt: fieldElement,
})

export const traceBatch = z.strictObject({
  shape,
  head: z.array(z.array(smallInteger)),
  index: z.strictObject({ vectors: z.array(z.array(z.array(smallInteger))), scales: z.array(smallInteger) }),
  traces: z.array(trace),
  batchSalt: fieldElement,
  context: batchContext,
})

/**
 * Reads a trace batch from parsed JSON.
 * @throws InvalidInputError for the first value that does not fit, with its path, bound and value
 */
export function parseTraceBatch(json: unknown): TraceBatch {
  return parseStrictly(traceBatch, json, 'traceBatch')
}

/** What parseTraceBatch reads back, once `toJson` has made it text. Private: it holds features and salts. */
export function traceBatchToJson(batch: TraceBatch): object {
  return { ...batch, shape: batch.shape.name }
}

/**
 * Runs a schema; turns its first issue into our error, so that every bad input looks alike.
 * @param name what the whole value is called in messages
 */
export function parseStrictly<Schema extends z.ZodType>(schema: Schema, json: unknown, name: string): z.output<Schema> {
  let result: ReturnType<typeof schema.safeParse>
  try {
    result = schema.safeParse(json)
  } catch (cause) {
    // zod runs out of stack over some hundred thousand faults.
    throw new InvalidInputError(name, 'of the expected form', 'something else altogether', { cause })
  }
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const path = issue.path.reduce<string>(
    (text, key) => text + (typeof key === 'number' ? `[${key}]` : `.${String(key)}`),
    name,
  )
  const value = issue.path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    json,
  )
  if (issue.code === 'unrecognized_keys')
    throw new InvalidInputError(`${path}.${issue.keys[0]}`, 'absent: it is no known field', '(present)')
  // A list or an object may hold private values further down.
  const shown = typeof value === 'object' && value !== null ? WITHHELD : value
  const isMisplaced = issue.code === 'invalid_type' && (issue.expected === 'object' || issue.expected === 'array')
  throw new InvalidInputError(path, isMisplaced ? `an ${issue.expected}` : issue.message, shown)
}

/** The JSON form of a value: every bigint as a decimal string. */
export function toJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? inner.toString() : inner), indent)
}
