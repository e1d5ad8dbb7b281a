import fastify, { type FastifyInstance } from 'fastify'
import { RefusalError } from '../intake/RefusalError.ts'
import type { Metrics } from './openMetrics.ts'
import { PROBLEM_TYPE, toProblem } from './problems.ts'

/** `GET /metrics`, for Prometheus. On an address of its own: the figures are not for everybody. */
export function buildMetricsServer(metrics: Metrics): FastifyInstance {
  const app = fastify({ logger: false })
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.read()))
  app.setNotFoundHandler((_request, reply) => {
    const problem = toProblem(new RefusalError('ROUTE_UNKNOWN', 'there is /metrics and nothing else'))
    return reply.code(problem.status).type(PROBLEM_TYPE).send(problem)
  })
  return app
}
