import { cp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROLES } from '../../../prover/node/Role.ts'
import { STEPS } from '../../../prover/steps.ts'
import { NodeApiError } from '../../../src/client/NodeApiError.ts'
import { submitTrace } from '../../../src/client/submitTrace.ts'
import { honest, type RpcProxy, startRpcProxy } from '../indexing/startRpcProxy.ts'
import { type Mortal, mortal, requireSettledOnce, surviveDeathAt } from './crashCases.ts'
import { countSent, eventually, openSetting, type Setting, submitPersistently } from './openSetting.ts'
import { startNodeProcess } from './startNodeProcess.ts'

/** One process, every role, PGlite. It lives through all cases on one database, and dies in each. */
let setting: Setting
let rpc: RpcProxy
let node: Mortal
let settingsFile: string
const start = () => startNodeProcess(settingsFile, ROLES)

beforeAll(async () => {
  setting = await openSetting()
  rpc = await startRpcProxy(setting.tiny.chain.rpcUrl)
  settingsFile = await setting.writeSettings({ rpcUrls: [rpc.url] })
  node = await mortal(start)
  await setting.storeModel()
})

afterAll(async () => {
  await node?.current().kill()
  await rpc?.stop()
  await setting?.close()
})

describe('behavior: killed at any step, it settles each trace once', () => {
  test.each(STEPS)('%s', (step) => surviveDeathAt(step, setting, [node]))
})

test('behavior: the RPC is gone, and the node with it; it waits for the RPC and goes on', async () => {
  const { traceId, requestId } = await accept()
  rpc.behave(async () => 503)
  await node.current().kill()
  const askedBefore = rpc.requests.length
  const revived = node.revive()
  await eventually('it has asked in vain', async () => rpc.requests.length > askedBefore || undefined)
  rpc.behave(honest)
  await revived
  await requireSettledOnce(setting, requestId, traceId)
})

test('behavior: an RPC of another chain is refused, and changes nothing', async () => {
  const { traceId, requestId } = await accept()
  await node.current().kill()
  rpc.behave(async (request, forward) => (request.method === 'eth_chainId' ? { result: '0x1' } : forward()))
  await expect(start()).rejects.toThrow('WRONG_CHAIN')
  rpc.behave(honest)
  await node.revive()
  await requireSettledOnce(setting, requestId, traceId)
})

test('behavior: a full disk accepts nothing and loses nothing', async () => {
  const submission = await setting.payAndSign()
  await node.current().fillDisk(true)
  const refusal = await submitTrace(setting.url, submission).catch((error) => error)
  expect(refusal).toBeInstanceOf(NodeApiError)
  expect([refusal.problem.status, refusal.code]).toEqual([507, 'STORAGE_FULL'])
  await node.current().kill()
  await node.revive()
  const traceId = await submitPersistently(setting.url, submission)
  await requireSettledOnce(setting, submission.requestId, traceId)
})

// PGlite does not wait for the disk: what it wrote last may be gone with the power. Trace files and chain bring it back.
test.each(['seal.broadcast', 'settle.broadcast'] as const)(
  'behavior: a power cut at %s that takes the database back to before the trace',
  async (step) => {
    const database = join(setting.directory, 'data', 'database')
    await node.current().kill()
    await cp(database, `${database}-before`, { recursive: true })
    await node.revive()
    const sentBefore = await countSent(setting)
    await node.current().dieAt(step)
    const submission = await setting.payAndSign()
    const accepted = submitPersistently(setting.url, submission)
    expect(await node.current().ended).toBe('SIGKILL')
    await rm(database, { recursive: true })
    await rename(`${database}-before`, database)
    await node.revive()
    await requireSettledOnce(setting, submission.requestId, await accepted)
    expect((await countSent(setting)) - sentBefore).toBe(2)
  },
)

test('behavior: a second process is refused the database, and the first goes on', async () => {
  await expect(start()).rejects.toThrow('DATABASE_LOCKED')
  const { traceId, requestId } = await accept()
  await requireSettledOnce(setting, requestId, traceId)
})

test('behavior: idle, it ends in order, and starts again on the same data', async () => {
  await node.current().stop()
  expect(await node.current().ended).toBe(0)
  await node.revive()
  const { traceId, requestId } = await accept()
  await requireSettledOnce(setting, requestId, traceId)
})

async function accept() {
  const submission = await setting.payAndSign()
  return { requestId: submission.requestId, traceId: await submitPersistently(setting.url, submission) }
}
