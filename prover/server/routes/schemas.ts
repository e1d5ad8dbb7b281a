import { z } from 'zod'
import { traceSummary } from '../../../src/api/views.ts'
import { address, identifier, integerString } from '../../../src/statement/traceBatchSchema.ts'

/*
 * What stands in paths and queries. Like bodies: unknown names and values out of their bounds are errors.
 */

const DEFAULT_PAGE = 50
const LARGEST_PAGE = 200

const traceId = z
  .string('a trace id')
  .regex(/^0x[0-9a-f]{64}$/, 'a trace id: 0x and 64 lower-case hex digits')
  .transform((text) => text as `0x${string}`)

export const traceParams = z.strictObject({ id: traceId })
export const batchParams = z.strictObject({ id: identifier })
export const modelParams = z.strictObject({ id: identifier })
export const epochParams = z.strictObject({ model: identifier, epoch: identifier })
export const accountParams = z.strictObject({ address })

const limit = z
  .string('a number')
  .regex(/^[1-9]\d{0,2}$/, `a number in 1 .. ${LARGEST_PAGE}`)
  .transform(Number)
  .refine((value) => value <= LARGEST_PAGE, `a number in 1 .. ${LARGEST_PAGE}`)
  .default(DEFAULT_PAGE)

export const pageQuery = z.strictObject({ after: identifier.optional(), limit })
export const batchQuery = z.strictObject({ modelId: identifier.optional(), after: identifier.optional(), limit })
export const traceQuery = z.strictObject({
  modelId: identifier.optional(),
  requestId: identifier.optional(),
  summary: traceSummary.optional(),
  after: traceId.optional(),
  limit,
})
export const noQuery = z.strictObject({})

/** As far as the database counts events. */
export const eventId = integerString(1n << 63n, 'the id of an event, in 0 .. 2^63-1')
/** For clients that cannot set Last-Event-ID. */
export const eventQuery = z.strictObject({ after: eventId.optional() })
