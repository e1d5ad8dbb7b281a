import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import packageJson from '../../package.json' with { type: 'json' }
import type { ApiInstance } from './ApiContext.ts'

/** The page brings its own scripts and styles; nothing comes from elsewhere. */
const DOCS_CSP = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"

/** `/openapi.json` and `/docs`, of every route that is added afterwards. */
export async function addDocs(app: ApiInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Prover node',
        version: packageJson.version,
        description:
          'Traces in, proofs and their settlement out. Wei, ids and field elements are decimal strings. Errors are RFC 9457 problems with a stable `code`.',
      },
    },
    transform: jsonSchemaTransform,
  })
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: DOCS_CSP })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
