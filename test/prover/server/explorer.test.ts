import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get as httpGet, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Circuits } from '../../../prover/worker/openCircuits.ts'
import {
  attributionView,
  circuitKeyView,
  contractsView,
  contributorEpochView,
  contributorView,
  epochView,
  modelView,
  overviewView,
  pageOf,
  proverView,
} from '../../../src/api/views.ts'
import { attributeTrace } from '../../../src/statement/attributeTrace.ts'
import { earningWeiRoundedDown } from '../../../src/statement/bookBatch.ts'
import { hashBatch } from '../../../src/statement/context.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import fixture from '../../../verifier-contracts/test/fixtures/tiny-settlement.json' with { type: 'json' }
import {
  batch,
  CHAIN_ID,
  CIRCUIT_KEY_HASH,
  CONTRIBUTORS,
  ESCROW,
  MODEL_ID,
  stranger,
  UNSTORED_MODEL_ID,
} from '../intake/openMirrorSetting.ts'
import { type ApiSetting, openApi, post } from './openApi.ts'

const OTHER_ORIGIN = 'https://explorer.example'
const MANIFEST = { setup: 'dev', shape: 'tiny', circuitId: '0xc1c1c1c1', circuitKeyHash: CIRCUIT_KEY_HASH }
const ARTIFACTS = { verificationKey: fixture.verificationKey, manifest: MANIFEST }
const CIRCUITS = {
  get: (hash: string) => (hash === CIRCUIT_KEY_HASH ? { artifacts: ARTIFACTS } : undefined),
  list: () => [ARTIFACTS],
} as unknown as Circuits

let api: ApiSetting
let build: string
beforeAll(async () => {
  build = await mkdtemp(join(tmpdir(), 'poa-test-explorer-'))
  api = await openApi({ circuits: CIRCUITS, explorer: build, corsOrigins: [OTHER_ORIGIN] })
})
beforeEach(() => api.reset())
afterAll(async () => {
  await api.close()
  await rm(build, { recursive: true })
})

const get = (url: string, headers: Record<string, string> = {}) => api.app.inject({ method: 'GET', url, headers })
const codeOf = async (url: string) => {
  const answer = await get(url)
  return [answer.statusCode, answer.json().code]
}
const mirrored = { block_number: 1n, log_index: 9100, transaction_hash: `0x${'f3'.repeat(32)}` }

/** Settles a batch of one trace and writes its disclosure. */
async function discloseBatch(batchId: bigint) {
  const trace = { ...batch.traces[0]!, requestId: batchId, poolWei: 50n }
  const submission = await api.sign({ requestId: batchId })
  const salts = { inputSalt: submission.inputSalt, outputSalt: submission.outputSalt }
  await api.mirrorSeal(batchId, [submission])
  const batchHash = hashBatch({
    requestIds: [batchId],
    pools: [50n],
    inputCommitments: [submission.inputCommitment],
    outputCommitments: [submission.outputCommitment],
  })
  await api.db.kysely.updateTable('batches').set({ batch_hash: batchHash }).where('batch_id', '=', batchId).execute()
  await api.mirrorSettlement(batchId)
  const { earnings } = attributeTrace(batch.head, batch.index, trace.features, trace.label, trace.poolWei)
  const shares = { model_owner_wei: 20n, stakers_wei: 10n, prover_wei: 10n, treasury_wei: 10n }
  await api.db.kysely
    .insertInto('batch_bookings')
    .values({
      ...{
        ...mirrored,
        batch_id: batchId,
        model_id: MODEL_ID,
        epoch_id: 1n,
        fees_wei: 100n,
        pools_wei: 50n,
        ...shares,
      },
      earnings_wei: toJson(earnings.map(earningWeiRoundedDown)),
    })
    .execute()
  const context = { ...batch.context, settlement: ESCROW, batchId, chainId: BigInt(CHAIN_ID) }
  const file = { ...batch, shape: 'tiny', traces: [{ ...trace, ...salts }], context }
  await writeFile(join(api.disclosed, `${batchId}.json`), toJson(file))
  while (await api.disclosures.refresh());
  return { earnings, salts, trace }
}

describe('what the explorer asks', () => {
  test('default: each list and the overview, over HTTP', async () => {
    await discloseBatch(1n)
    const overview = overviewView.strict().parse((await get('/v1/overview')).json())
    expect(overview.requests).toEqual({ paid: 99, sealed: 0, settled: 1, refunded: 0 })
    const contributors = pageOf(contributorView.strict()).parse((await get('/v1/contributors?limit=2')).json())
    expect([contributors.items.map(({ rank }) => rank), contributors.next]).toEqual([[1, 2], '2'])
    const rest = pageOf(contributorView).parse((await get('/v1/contributors?limit=2&after=2')).json())
    expect([rest.items.map(({ rank }) => rank), rest.next]).toEqual([[3], null])
    const epochs = pageOf(epochView.strict()).parse((await get('/v1/epochs?limit=1')).json())
    expect([epochs.items.map(({ modelId }) => modelId), epochs.next]).toEqual([['2'], '2-1'])
    const older = pageOf(epochView).parse((await get('/v1/epochs?limit=1&after=2-1')).json())
    expect([older.items.map(({ modelId }) => modelId), older.next]).toEqual([['1'], null])
    const provers = pageOf(proverView.strict()).parse((await get('/v1/provers')).json())
    expect(provers.items).toMatchObject([{ batches: 1, inferences: 1, earnedWei: '10' }])
  })

  test('default: what moved a contributor in an epoch', async () => {
    const { earnings } = await discloseBatch(2n)
    const url = `/v1/contributors/${CONTRIBUTORS[1]!.toLowerCase()}/epochs/1/1`
    const view = contributorEpochView.strict().parse((await get(url)).json())
    const earningWei = `${earningWeiRoundedDown(earnings[1]!)}`
    expect(view).toMatchObject({ account: CONTRIBUTORS[1], state: 'open', bookedWei: earningWei })
    expect(view.batches.items).toMatchObject([{ batchId: '2', earningWei, poolsWei: '50', isDisclosed: true }])
    expect(await codeOf(`/v1/contributors/${CONTRIBUTORS[1]}/epochs/1/7`)).toEqual([404, 'EPOCH_UNKNOWN'])
    expect(await codeOf(`/v1/contributors/${stranger.address}/epochs/1/1`)).toEqual([404, 'CONTRIBUTOR_UNKNOWN'])
  })

  test('default: a disclosed batch tells labels, scores and earnings, but neither features nor salts', async () => {
    expect(await codeOf('/v1/batches/3/attribution')).toEqual([404, 'BATCH_UNKNOWN'])
    const undisclosed = await api.sign({ requestId: 4n })
    await api.mirrorSeal(4n, [undisclosed])
    expect(await codeOf('/v1/batches/4/attribution')).toEqual([404, 'NOT_DISCLOSED'])
    const { earnings, salts, trace } = await discloseBatch(3n)
    const answer = await get('/v1/batches/3/attribution')
    const view = attributionView.strict().parse(answer.json())
    expect(view.inferences).toMatchObject([{ position: 0, requestId: '3', poolWei: '50', label: trace.label }])
    expect(view.earnings.map(({ earning }) => BigInt(earning))).toEqual(earnings)
    for (const secret of [salts.inputSalt, salts.outputSalt]) expect(answer.body).not.toContain(`${secret}`)
    expect(answer.body).not.toContain(trace.features.slice(0, 4).join())
    expect((await get('/v1/batches/3')).json().isDisclosed).toBe(true)
    expect(api.logged.join()).not.toContain(`${salts.inputSalt}`)
  })

  test('default: the deployment, and the key of its circuit', async () => {
    const contracts = contractsView.strict().parse((await get('/v1/contracts')).json())
    expect(contracts).toMatchObject({ chainId: `${CHAIN_ID}`, escrow: ESCROW })
    expect(contracts.circuits).toMatchObject([
      { circuitId: '0xc1c1c1c1', keyHash: CIRCUIT_KEY_HASH, nodeKeyHash: CIRCUIT_KEY_HASH },
    ])
    const key = circuitKeyView.strict().parse((await get('/v1/circuits/0xc1c1c1c1/key')).json())
    expect(key).toEqual({
      circuitId: '0xc1c1c1c1',
      keyHash: CIRCUIT_KEY_HASH,
      setup: 'dev',
      verificationKey: fixture.verificationKey,
    })
    expect(await codeOf('/v1/circuits/0xc1c1c1c2/key')).toEqual([404, 'CIRCUIT_UNKNOWN'])
  })

  test.each([
    ['/v1/contributors?after=-1', 'query.after'],
    ['/v1/contributors?after=1234567890', 'query.after'],
    ['/v1/provers?limit=201', 'query.limit'],
    ['/v1/epochs?after=5', 'query.after'],
    ['/v1/epochs?after=1-', 'query.after'],
    ['/v1/overview?since=5', 'query.since'],
    ['/v1/circuits/0xC1C1C1C1/key', 'path.id'],
    ['/v1/contributors/0x12/epochs/1/1', 'path.address'],
    [`/v1/contributors/${CONTRIBUTORS[0]}/epochs/1/x`, 'path.epoch'],
  ])('error: %s', async (url, field) => {
    const answer = await get(url)
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'INVALID_INPUT'])
    expect(answer.json().field).toBe(field)
  })
})

describe('lineage', () => {
  const { head, index } = batch
  const lineage = (samples: number) => ({
    datanets: [
      {
        name: 'support',
        version: 3,
        contributions: [{ contributor: CONTRIBUTORS[0]!, samples, sha256: 'ab'.repeat(32) }],
      },
    ],
  })
  const handIn = async (change: object) =>
    post(api.app, '/v1/models', { modelId: UNSTORED_MODEL_ID, indexVersion: 1n, shape: 'tiny', head, index, ...change })
  const shown = async () =>
    modelView.strict().parse((await get(`/v1/models/${UNSTORED_MODEL_ID}`)).json()).indexes[0]!.lineage

  test('default: the first that is told stays, whoever hands the model in afterwards', async () => {
    expect(await shown()).toBeNull()
    expect((await handIn({})).statusCode).toBe(201)
    expect(await shown()).toBeNull()
    const lower = lineage(5)
    lower.datanets[0]!.contributions[0]!.contributor = CONTRIBUTORS[0]!.toLowerCase() as `0x${string}`
    expect((await handIn({ lineage: lower })).statusCode).toBe(201)
    expect(await shown()).toEqual(lineage(5))
    for (const again of [{}, { lineage: lineage(5) }]) expect((await handIn(again)).statusCode).toBe(201)
    expect(await shown()).toEqual(lineage(5))
    const other = await handIn({ lineage: lineage(6) })
    expect([other.statusCode, other.json().code]).toEqual([409, 'LINEAGE_DIFFERS'])
    expect(await shown()).toEqual(lineage(5))
  })

  test('behavior: of a version that a reorganisation has made another one nothing stays', async () => {
    const { kysely } = api.db
    const others = head.map((row) => row.map((weight) => weight - 1))
    await kysely
      .updateTable('model_artifacts')
      .set({ head: toJson(others) })
      .where('model_id', '=', UNSTORED_MODEL_ID)
      .execute()
    expect((await handIn({ lineage: lineage(6) })).statusCode).toBe(201)
    expect(await shown()).toEqual(lineage(6))
  })

  test.each([
    ['a contributor who is not in the index', { contributor: stranger.address }, 'contributions[0].contributor'],
    ['no samples', { samples: 0 }, 'contributions[0].samples'],
    ['a hash that is none', { sha256: 'AB'.repeat(32) }, 'contributions[0].sha256'],
  ])('error: %s', async (_name, change, field) => {
    const wrong = lineage(5)
    Object.assign(wrong.datanets[0]!.contributions[0]!, change)
    const answer = await handIn({ lineage: wrong })
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'INVALID_INPUT'])
    expect(answer.json().field).toContain(`lineage.datanets[0].${field}`)
  })
})

describe('the page', () => {
  test('behavior: until it is built, / says how; then it is the page, with its files', async () => {
    const before = await get('/')
    expect([before.statusCode, before.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(before.body).toContain('npm run build')
    expect((await get('/assets/index-1a2b.js')).json().code).toBe('ROUTE_UNKNOWN')
    await mkdir(join(build, 'assets'))
    await writeFile(join(build, 'index.html'), '<!doctype html><title>Explorer</title>')
    await writeFile(join(build, 'assets', 'index-1a2b.js'), 'export {}')
    await writeFile(join(build, 'secret.json'), '{}')
    const page = await get('/')
    expect([page.body, page.headers['cache-control']]).toEqual(['<!doctype html><title>Explorer</title>', 'no-cache'])
    expect(page.headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    const script = await get('/assets/index-1a2b.js')
    expect([script.statusCode, script.body, script.headers['cache-control']]).toEqual([
      ...[200, 'export {}', 'public, max-age=31536000, immutable'],
    ])
    expect(script.headers['content-type']).toMatch(/javascript/)
    for (const url of [
      '/assets/',
      '/assets/none.js',
      '/assets/..%2fsecret.json',
      '/assets/%2e%2e/secret.json',
      '/secret.json',
      '/contributors/0x1',
    ])
      expect(await codeOf(url), url).toEqual([404, 'ROUTE_UNKNOWN'])
    const written = await api.app.inject({ method: 'POST', url: '/' })
    expect([written.statusCode, written.headers.allow]).toEqual([405, 'GET, HEAD'])
  })

  test('behavior: pages of a named origin may read answers, streams and problems; others may not', async () => {
    const allowed = async (url: string, origin?: string) => {
      const { headers } = await get(url, origin === undefined ? {} : { origin })
      return [headers['access-control-allow-origin'], headers.vary]
    }
    for (const url of ['/v1/models', '/v1/batches/99', '/readyz'])
      expect(await allowed(url, OTHER_ORIGIN)).toEqual([OTHER_ORIGIN, 'origin'])
    for (const origin of [undefined, 'https://evil.example', `${OTHER_ORIGIN}.evil.example`, 'null'])
      expect(await allowed('/v1/models', origin)).toEqual([undefined, 'origin'])
    const preflight = await api.app.inject({
      method: 'OPTIONS',
      url: '/v1/models',
      headers: { origin: OTHER_ORIGIN, 'access-control-request-method': 'POST' },
    })
    expect([preflight.statusCode, preflight.headers['access-control-allow-methods']]).toEqual([405, undefined])
    await api.app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = api.app.server.address() as AddressInfo
    const request = httpGet({ port, path: '/v1/events', headers: { origin: OTHER_ORIGIN } })
    const [stream] = (await once(request, 'response')) as [IncomingMessage]
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'access-control-allow-origin': OTHER_ORIGIN,
    })
    request.destroy()
  })

  test('default: without a setting no page elsewhere may read', async () => {
    const closed = await openApi()
    const { headers } = await closed.app.inject({ url: '/v1/models', headers: { origin: OTHER_ORIGIN } })
    expect(headers['access-control-allow-origin']).toBeUndefined()
    await closed.close()
  })
})
