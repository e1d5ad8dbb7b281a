import { traceActionRequest, traceSubmissions } from '../../../src/api/submission.ts'
import { TRACE_ACTIONS } from '../../../src/api/typedData.ts'
import {
  acceptedView,
  actionView,
  pageOf,
  proofView,
  submissionResultsView,
  traceView,
} from '../../../src/api/views.ts'
import type { TraceOutcome } from '../../intake/acceptTraces.ts'
import { RefusalError } from '../../intake/RefusalError.ts'
import { RetryLaterError } from '../../intake/RetryLaterError.ts'
import { type ApiContext, type ApiInstance, problemResponses } from '../ApiContext.ts'
import { toProblem } from '../problems.ts'
import { readProof } from '../views/readProof.ts'
import { readTrace, readTraces } from '../views/readTraces.ts'
import { noQuery, traceParams, traceQuery } from './schemas.ts'

const DRAINING_RETRY_SECONDS = 10

export function addTraceRoutes(app: ApiInstance, context: ApiContext): void {
  const { intake, actOnTrace, isDraining } = context
  const { kysely } = context.db
  const countRequest = app.createRateLimit()

  app.post(
    '/v1/traces',
    {
      schema: {
        summary: 'Hand in one trace, or several',
        description:
          'Answers 202 once what was accepted is on disk and in the database. Handing in the same trace again changes nothing. Of several traces each gets its own result: 207 when some were refused.',
        body: traceSubmissions,
        querystring: noQuery,
        response: { 202: acceptedView.or(submissionResultsView), 207: submissionResultsView, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { body } = request
      if (isDraining()) throw new RetryLaterError('DRAINING', 'this node is shutting down', DRAINING_RETRY_SECONDS)
      if (!('traces' in body)) {
        const outcome = (await intake.acceptTraces([body]))[0]!
        if ('refusal' in outcome) throw outcome.refusal
        return reply.code(202).header('location', `/v1/traces/${outcome.traceId}`).send(outcome)
      }
      // Each costs the check of a signature, whoever made it: 64 of them together are 64 requests.
      for (let i = 1; i < body.traces.length; i++) {
        const limit = await countRequest(request)
        if (!limit.isAllowed && limit.isExceeded)
          throw new RetryLaterError('RATE_LIMITED', `more than ${limit.max} traces a minute`, limit.ttlInSeconds)
      }
      const results = (await intake.acceptTraces(body.traces)).map(toResult)
      return reply.code(results.every(({ status }) => status === 202) ? 202 : 207).send({ results })
    },
  )

  app.get(
    '/v1/traces',
    {
      schema: {
        summary: 'Traces, the newest first',
        querystring: traceQuery,
        response: { 200: pageOf(traceView), ...problemResponses },
      },
    },
    ({ query }) => readTraces(kysely, query),
  )

  app.get(
    '/v1/traces/:id',
    {
      schema: {
        summary: 'What has become of a trace',
        params: traceParams,
        querystring: noQuery,
        response: { 200: traceView, ...problemResponses },
      },
    },
    async ({ params: { id } }) => {
      const trace = await readTrace(kysely, id)
      if (trace === undefined) throw new RefusalError('TRACE_UNKNOWN', `this node has no trace ${id}`)
      return trace
    },
  )

  app.get(
    '/v1/traces/:id/proof',
    {
      schema: {
        summary: 'The proof of the batch that a trace is in',
        params: traceParams,
        querystring: noQuery,
        response: { 200: proofView, ...problemResponses },
      },
    },
    async ({ params: { id } }) => {
      const trace = await readTrace(kysely, id)
      if (trace === undefined) throw new RefusalError('TRACE_UNKNOWN', `this node has no trace ${id}`)
      const proof = trace.batch === null ? undefined : await readProof(context, BigInt(trace.batch.batchId))
      if (proof !== undefined) return proof
      throw new RefusalError('PROOF_UNKNOWN', `this node has no proof of a batch with the trace ${id} yet`)
    },
  )

  for (const action of TRACE_ACTIONS) {
    app.post(
      `/v1/traces/:id/${action}`,
      {
        schema: {
          summary: { cancel: 'Take a trace back that is not sealed', retry: 'Have a dead proof job tried again' }[
            action
          ],
          description: "Signed by the model's operator: EIP-712 type TraceAction.",
          params: traceParams,
          querystring: noQuery,
          body: traceActionRequest,
          response: { 200: actionView, ...problemResponses },
        },
      },
      async ({ params: { id }, body }) => {
        await actOnTrace(id, action, body)
        return { traceId: id, action }
      },
    )
  }
}

function toResult(outcome: TraceOutcome) {
  if (!('refusal' in outcome)) return { status: 202 as const, ...outcome }
  const problem = toProblem(outcome.refusal)
  return { status: problem.status, traceId: outcome.traceId ?? null, problem }
}
