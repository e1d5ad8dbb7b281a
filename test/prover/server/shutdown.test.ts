import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { CONTRIBUTORS } from '../intake/openMirrorSetting.ts'
import { openApi } from './openApi.ts'

test('behavior: closing waits for the request that is under way, and then not for its connection', async () => {
  const api = await openApi()
  const agent = new Agent({ keepAlive: true })
  let answerChain: (data: string) => void = () => expect.unreachable('the chain was not asked')
  const chainAnswer = new Promise<string>((resolve) => {
    answerChain = resolve
  })
  api.answerWith(() => chainAnswer)
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = api.app.server.address() as AddressInfo
  const request = get({ host: '127.0.0.1', port, agent, path: `/v1/contributors/${CONTRIBUTORS[0]}/earnings` })
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  await expect.poll(() => api.asked).toContain('eth_call')

  let isClosed = false
  const closing = api.app.close().then(() => {
    isClosed = true
  })
  await expect.poll(() => api.app.server.listening).toBe(false)
  expect(isClosed).toBe(false)
  answerChain(`0x${'00'.repeat(32)}`)
  const [answer] = await answered
  answer.resume()
  expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close'])
  await closing // a connection that is kept alive would hold it up for longer than a test may take
  agent.destroy()
  await api.close()
}, 30_000)
