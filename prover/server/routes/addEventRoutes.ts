import { parseStrictly } from '../../../src/statement/traceBatchSchema.ts'
import { RefusalError } from '../../intake/RefusalError.ts'
import type { ApiContext, ApiInstance } from '../ApiContext.ts'
import { eventId, eventQuery, traceParams } from './schemas.ts'

const DESCRIPTION =
  'Server-sent events, each the JSON of an event. With Last-Event-ID (or `after`) the stream goes on behind that event; nothing is left out or repeated.'

/** The answers are streams, so they have no response schema, and HEAD would have nothing to say. */
export function addEventRoutes(app: ApiInstance, { db: { kysely }, streams }: ApiContext): void {
  app.get(
    '/v1/events',
    {
      exposeHeadRoute: false,
      schema: { summary: 'Everything that happens, from now on', description: DESCRIPTION, querystring: eventQuery },
    },
    async ({ headers, query }, reply) => {
      await streams.answer(reply, { after: readLastEventId(headers['last-event-id']) ?? query.after })
      return reply
    },
  )

  app.get(
    '/v1/traces/:id/events',
    {
      exposeHeadRoute: false,
      schema: {
        summary: 'What happens to one trace and its batch, from the beginning',
        description: DESCRIPTION,
        params: traceParams,
        querystring: eventQuery,
      },
    },
    async ({ headers, query, params: { id } }, reply) => {
      const trace = await kysely.selectFrom('traces').select('trace_id').where('trace_id', '=', id).executeTakeFirst()
      if (trace === undefined) throw new RefusalError('TRACE_UNKNOWN', `this node has no trace ${id}`)
      await streams.answer(reply, {
        after: readLastEventId(headers['last-event-id']) ?? query.after ?? 0n,
        traceId: id,
      })
      return reply
    },
  )
}

function readLastEventId(header: string | string[] | undefined): bigint | undefined {
  return header === undefined ? undefined : parseStrictly(eventId, header, 'Last-Event-ID')
}
