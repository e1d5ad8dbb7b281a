import { z } from 'zod'
import { readinessView } from '../../../src/api/views.ts'
import type { ApiContext, ApiInstance } from '../ApiContext.ts'

/** Asked by whatever watches the process; never refused because others ask too much. */
const ALWAYS = { rateLimit: false as const, pressureHandler: () => undefined }

export function addHealthRoutes(app: ApiInstance, { readiness }: ApiContext): void {
  app.get(
    '/healthz',
    {
      config: ALWAYS,
      schema: { summary: 'The process is alive', response: { 200: z.object({ ok: z.literal(true) }) } },
    },
    async () => ({ ok: true as const }),
  )

  app.get(
    '/readyz',
    {
      config: ALWAYS,
      schema: {
        summary: 'Whether this node can do its work, check by check',
        response: { 200: readinessView, 503: readinessView },
      },
    },
    async (_request, reply) => {
      const report = await readiness.read()
      return reply.code(report.isReady ? 200 : 503).send(report)
    },
  )
}
