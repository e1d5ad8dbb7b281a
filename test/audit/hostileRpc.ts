import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One answer of an RPC, before it is handed on. */
export type Answer = { readonly method: string; readonly params: readonly unknown[]; result: unknown }
export type Alteration = (answer: Answer) => void

export type HostileRpc = {
  readonly url: string
  /** Alters every answer from now on; undefined: none. */
  alter: Alteration | undefined
  close(): Promise<void>
}

/** Stands between an audit and its chain, and lies when told to. */
export async function startHostileRpc(target: string): Promise<HostileRpc> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const json = (await answer.json()) as { result?: unknown }
    const asked = JSON.parse(body) as { method: string; params?: readonly unknown[] }
    const altered: Answer = { method: asked.method, params: asked.params ?? [], result: json.result }
    try {
      rpc.alter?.(altered)
    } catch (error) {
      // The test's own mistake: said, instead of an audit that waits for an answer.
      response.statusCode = 418
      response.end(String(error))
      return
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ...json, result: altered.result }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const rpc: HostileRpc = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    alter: undefined,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return rpc
}
