import { once } from 'node:events'
import { createServer } from 'node:net'

/** @returns the loopback port if nobody has it, else 0, which takes any free one */
export async function freePort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return 0
  }
  server.close()
  await once(server, 'close')
  return wanted
}
