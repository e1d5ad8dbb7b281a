import { z } from 'zod'
import { traceSummary } from '../../../src/api/views.ts'
import { address, identifier, integerString } from '../../../src/statement/traceBatchSchema.ts'

/*
 * What stands in paths and queries. Like bodies: unknown names and values out of their bounds are errors.
 */

const DEFAULT_PAGE = 50
const LARGEST_PAGE = 200

/** In the order in which epochs were opened, over all models. */
const epochCursor = z
  .string('an epoch')
  .regex(/^\d{1,78}-\d{1,78}$/, 'an epoch: the ids of model and epoch with a hyphen between')
  .transform((text) => {
    const [modelId, epochId] = text.split('-').map(BigInt)
    return { modelId: modelId!, epochId: epochId! }
  })

const traceId = z
  .string('a trace id')
  .regex(/^0x[0-9a-f]{64}$/, 'a trace id: 0x and 64 lower-case hex digits')
  .transform((text) => text as `0x${string}`)

export const traceParams = z.strictObject({ id: traceId })
export const batchParams = z.strictObject({ id: identifier })
export const modelParams = z.strictObject({ id: identifier })
export const epochParams = z.strictObject({ model: identifier, epoch: identifier })
export const accountParams = z.strictObject({ address })
export const contributorEpochParams = z.strictObject({ address, model: identifier, epoch: identifier })
export const circuitParams = z.strictObject({
  id: z.string('a circuit id').regex(/^0x[0-9a-f]{8}$/, 'a circuit id: 0x and 8 lower-case hex digits'),
})

const limit = z
  .string('a number')
  .regex(/^[1-9]\d{0,2}$/, `a number in 1 .. ${LARGEST_PAGE}`)
  .transform(Number)
  .refine((value) => value <= LARGEST_PAGE, `a number in 1 .. ${LARGEST_PAGE}`)
  .default(DEFAULT_PAGE)

const rank = z
  .string('a rank')
  .regex(/^(0|[1-9]\d{0,8})$/, 'a rank, in 0 .. 999999999')
  .transform(Number)

export const pageQuery = z.strictObject({ after: identifier.optional(), limit })
export const batchQuery = z.strictObject({
  modelId: identifier.optional(),
  epochId: identifier.optional(),
  after: identifier.optional(),
  limit,
})
/** `after` is a rank: how many come before the page. */
export const rankQuery = z.strictObject({ after: rank.optional(), limit })
export const epochQuery = z.strictObject({ modelId: identifier.optional(), after: epochCursor.optional(), limit })
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
