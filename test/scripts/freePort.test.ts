import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/freePort.ts'

describe('freePort', () => {
  test('behavior: a port that somebody has is left to them, and taken once they are gone', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    expect(await freePort(port)).toBe(0)
    server.close()
    await once(server, 'close')
    expect(await freePort(port)).toBe(port)
  })
})
