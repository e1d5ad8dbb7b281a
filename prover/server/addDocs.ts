import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import packageJson from '../../package.json' with { type: 'json' }
import type { ApiInstance } from './ApiContext.ts'

/** The page brings its own scripts and styles; nothing comes from elsewhere. */
const DOCS_CSP = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"

/** The heading under which a route stands: what it is about, which is the first name in its path. */
function tagOf(url: string): string | undefined {
  return /^\/(?:v1\/)?(\w+)/.exec(url)?.[1]
}

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
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route)
      return { url, schema: { tags: [tagOf(url) ?? url], ...schema } }
    },
  })
  // Without the bar that loads descriptions of other APIs.
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: DOCS_CSP, uiConfig: { layout: 'BaseLayout' } })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
