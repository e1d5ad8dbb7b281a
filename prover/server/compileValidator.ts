import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { parseTraceSubmissions, traceSubmissions } from '../../src/api/submission.ts'
import { parseStrictly } from '../../src/statement/traceBatchSchema.ts'

/** What the parts of a request are called in messages. */
const NAMES: Readonly<Record<string, string>> = {
  body: 'body',
  params: 'path',
  querystring: 'query',
  headers: 'headers',
}

/** Checks requests as every other input is checked: nothing is coerced, and the first value that does not fit is named with its bound. */
export const compileValidator: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart = '' }) => {
  const parse =
    (schema as unknown) === traceSubmissions
      ? parseTraceSubmissions
      : (value: unknown) => parseStrictly(schema, value, NAMES[httpPart] ?? httpPart)
  return (value) => {
    try {
      return { value: parse(value) }
    } catch (error) {
      return { error: error as Error }
    }
  }
}
