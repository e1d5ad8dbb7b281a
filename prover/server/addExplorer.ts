import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { ApiInstance } from './ApiContext.ts'

/** All that the page needs: its own files, this node's API, and WebAssembly to verify proofs. */
const EXPLORER_CSP = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Prover node</title></head>
<body><h1>Prover node</h1><p>The explorer is not built here: run <code>npm run build</code>, then load this page again.</p>
<p>The API is described at <a href="/docs/">/docs</a>.</p></body>
</html>
`

/**
 * The explorer's page at `/` and its files below `/assets`. The page finds its way by what stands behind the `#`, so there is no other path, and one that
 * nobody knows stays a problem.
 * @param directory of the build, which may be made while the node runs
 */
export async function addExplorer(app: ApiInstance, directory: string): Promise<void> {
  app.get('/', { schema: { hide: true } }, async (_request, reply) => {
    const page = await readFile(join(directory, 'index.html'), 'utf8').catch((error) => {
      if (error.code !== 'ENOENT') throw error
      return NOT_BUILT
    })
    return reply
      .header('content-security-policy', EXPLORER_CSP)
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(page)
  })
  await app.register(fastifyStatic, {
    root: join(directory, 'assets'),
    prefix: '/assets/',
    decorateReply: false,
    index: false,
    dotfiles: 'ignore',
    // The build is flat. Anything else, a folder included, is not there.
    allowedPath: (path) => /^\/?[\w.-]+$/.test(path),
    // Their names hold a hash of their content.
    immutable: true,
    maxAge: '365d',
  })
}
