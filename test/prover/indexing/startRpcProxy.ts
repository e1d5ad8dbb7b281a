import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type RpcRequest = {
  readonly method: string
  readonly params: readonly unknown[]
  /** The HTTP header, as it came. */
  readonly authorization: string | undefined
}
export type RpcAnswer = { result?: unknown; error?: { code: number; message: string } }
/** What the proxy does with a request: an answer, or an HTTP status without one, or silence. */
export type Behaviour = (
  request: RpcRequest,
  forward: () => Promise<RpcAnswer>,
) => Promise<RpcAnswer | number | 'silence'>

/** Stands before a chain's RPC on a loopback port of its own and may tamper with what it says. */
export type RpcProxy = {
  /** With a path like those that providers give: an access key. */
  readonly url: string
  readonly host: string
  /** Every request so far. */
  readonly requests: RpcRequest[]
  behave(behaviour: Behaviour): void
  stop(): Promise<void>
}

export const honest: Behaviour = (_request, forward) => forward()

export async function startRpcProxy(target: string, behaviour = honest): Promise<RpcProxy> {
  const requests: RpcRequest[] = []
  let current = behaviour
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    const request = {
      ...(JSON.parse(body) as RpcRequest & { id: number }),
      authorization: incoming.headers.authorization,
    }
    requests.push(request)
    const forward = async () => {
      const headers = { 'Content-Type': 'application/json' }
      return (await (await fetch(target, { method: 'POST', headers, body })).json()) as RpcAnswer
    }
    const answer = await current(request, forward)
    if (answer === 'silence') return
    if (typeof answer === 'number') return void outgoing.writeHead(answer).end()
    outgoing.writeHead(200, { 'Content-Type': 'application/json' })
    outgoing.end(JSON.stringify({ jsonrpc: '2.0', ...answer, id: request.id }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `http://${host}/v3/access-key`,
    host,
    requests,
    behave(behaviour) {
      current = behaviour
    },
    async stop() {
      server.closeAllConnections()
      if (server.listening) await new Promise((done) => server.close(done))
    },
  }
}
