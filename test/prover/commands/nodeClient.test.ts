/** Commands that talk to a node, with a node that answers what the test tells it to. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recoverTypedDataAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { signedPart, traceSubmission } from '../../../src/api/submission.ts'
import { actionTypedData, traceIdOf, traceTypedData } from '../../../src/api/typedData.ts'
import type { BatchView, EarningsView, EpochView, ModelView } from '../../../src/api/views.ts'
import {
  problemOf,
  type StubNode,
  sendJson,
  sendProblem,
  startStubNode,
  TRACE_ID,
  traceWith,
} from '../../client/stubNode.ts'
import { callPoa } from './callPoa.ts'
import { onlyJson, type Run } from './runPoa.ts'

const ESCROW = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
const ACCOUNT = '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512'
const PRIVATE_KEY = `0x${'12'.repeat(32)}` as const
const OPERATOR = privateKeyToAccount(PRIVATE_KEY).address
const SIGNING = { POA_PRIVATE_KEY: PRIVATE_KEY, POA_CHAIN_ID: '31337', POA_ESCROW: ESCROW }
const DOMAIN = { chainId: 31337n, escrow: ESCROW } as const
const HASH = `0x${'cd'.repeat(32)}`

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-node-client-'))
})
afterAll(() => rm(directory, { recursive: true }))

let node: StubNode
afterEach(() => node?.stop())
/** A node with one answer for each path. */
const answering = async (answers: Record<string, unknown>) => {
  node = await startStubNode(({ path }, response) => {
    const answer = answers[path.split('?')[0]!]
    if (answer === undefined) sendProblem(response, 404, 'NOT_FOUND')
    else sendJson(response, 200, answer)
  })
}
const ask = (args: readonly string[], env: Record<string, string> = {}) =>
  callPoa(args, { POA_NODE_URL: node.url, ...env })

/** A table that a terminal of 100 columns shows without breaking lines. */
function expectNarrow({ stdout }: Run): void {
  for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100)
}

const PLACE = { transactionHash: HASH, blockNumber: '12', timestamp: '1700000000' }
const MODEL: ModelView = {
  modelId: '1',
  owner: ACCOUNT,
  operator: OPERATOR,
  versions: [{ modelVersion: '1', weightsCommitment: '1234', circuitId: '0x01020304' }],
  indexes: [
    {
      indexVersion: '1',
      modelVersion: '1',
      indexCommitment: '5',
      contributors: [ACCOUNT],
      isStored: true,
      lineage: null,
    },
  ],
  canSeal: true,
}
const BATCH: BatchView = {
  batchId: '3',
  batchHash: HASH,
  modelId: '1',
  epochId: '2',
  settleDeadline: '1800000000',
  state: 'settled',
  requests: [
    { requestId: '7', poolWei: '500000000000000000', inputCommitment: '1', outputCommitment: '2', traceId: TRACE_ID },
    { requestId: '8', poolWei: '500000000000000000', inputCommitment: '1', outputCommitment: '2', traceId: null },
  ],
  job: null,
  proof: { context: '9', provedAt: '2026-11-21T10:00:00.000Z', witnessSeconds: 0.4, proveSeconds: 3 },
  sealing: PLACE,
  settlement: { ...PLACE, prover: ACCOUNT, digest: '5', gasUsed: null },
  booking: {
    feesWei: '2000000000000000000',
    poolsWei: '1000000000000000000',
    modelOwnerWei: '400000000000000000',
    stakersWei: '200000000000000000',
    proverWei: '200000000000000000',
    treasuryWei: '200000000000000000',
    earnings: [
      { slot: 0, contributor: ACCOUNT, earningWei: '-250000000000000000' },
      { slot: 1, contributor: null, earningWei: '0' },
    ],
  },
  isDisclosed: true,
  transaction: null,
}
const EPOCH: EpochView = {
  modelId: '1',
  epochId: '2',
  modelVersion: '1',
  indexVersion: '1',
  circuitId: '0x01020304',
  policyId: '1',
  opening: PLACE,
  endsAt: '1800000000',
  requests: { paid: 1, sealed: 2, settled: 3, refunded: 4 },
  poolsWei: '1500000000000000000',
  batches: 1,
  feesWei: '3000000000000000000',
  modelOwnerWei: '500000000000000000',
  stakersWei: '300000000000000000',
  proverWei: '300000000000000000',
  treasuryWei: '400000000000000000',
  contributors: [{ slot: 0, contributor: ACCOUNT, bookedWei: '-250000000000000000' }],
  closure: null,
}
const EARNINGS: EarningsView = {
  account: ACCOUNT,
  rank: 1,
  epochs: 1,
  paidWei: '0',
  debtWei: '0',
  claimableWei: '1000000000000000000',
  withdrawnWei: '0',
  netted: [
    {
      modelId: '1',
      epochId: '1',
      indexVersion: '1',
      closing: PLACE,
      slot: 0,
      openingWei: '0',
      bookedWei: '1',
      paidWei: '1',
      carriedWei: '0',
    },
  ],
  booked: [{ modelId: '1', epochId: '2', indexVersion: '1', slot: 0, bookedWei: '-33300000000000000' }],
}

describe('looking', () => {
  test.each([
    [
      'trace list',
      { '/v1/traces': { items: [traceWith('settled')], next: null } },
      `${TRACE_ID}        7      -  settled`,
      'traces',
    ],
    [
      'batch list',
      { '/v1/batches': { items: [BATCH], next: null } },
      '    3      1      2         2  settled  made   2027-01-15 08:00:00',
      'batches',
    ],
    [
      'model list',
      { '/v1/models': { items: [MODEL], next: null } },
      `    1  ${OPERATOR}         1        1             1  yes     yes`,
      'models',
    ],
    [
      `trace status ${TRACE_ID}`,
      { [`/v1/traces/${TRACE_ID}`]: traceWith('accepted') },
      `trace ${TRACE_ID}: accepted`,
      'trace',
    ],
    ['batch show 3', { '/v1/batches/3': BATCH }, 'proof: made in 3.4 s', 'batch'],
    ['batch show 3', { '/v1/batches/3': BATCH }, `   0  ${ACCOUNT}       -0.2500`, 'batch'],
    ['model show 1', { '/v1/models/1': MODEL }, `operator ${OPERATOR}; this node may seal for it`, 'model'],
    ['epoch status 1 2', { '/v1/epochs/1/2': EPOCH }, `   0  ${ACCOUNT}       -0.2500`, 'epoch'],
    [
      `earnings show ${ACCOUNT}`,
      { [`/v1/contributors/${ACCOUNT}/earnings`]: EARNINGS },
      '1.0000 OPEN to withdraw',
      'earnings',
    ],
  ])('default: poa %s, for people and as JSON', async (line, answers, expected, field) => {
    await answering(answers)
    const people = await ask(line.split(' '))
    expect([people.exitCode, people.stderr]).toEqual([0, ''])
    expect(people.stdout).toContain(expected)
    expectNarrow(people)
    const answer = Object.values(answers)[0] as { items?: unknown }
    expect(onlyJson(await ask([...line.split(' '), '--json']))).toEqual({ ok: true, [field]: answer.items ?? answer })
  })

  test('behavior: a list is read page after page, up to its limit, with its filters', async () => {
    const page = (from: number) =>
      Array.from({ length: 2 }, (_, i) => traceWith('settled', { requestId: `${from + i}` }))
    node = await startStubNode(({ path }, response) => {
      const after = new URL(path, 'http://node').searchParams.get('after')
      sendJson(response, 200, after === null ? { items: page(1), next: TRACE_ID } : { items: page(3), next: TRACE_ID })
    })
    const run = await ask(['trace', 'list', '--summary', 'settled', '--model', '4', '--limit', '3', '--json'])
    expect(onlyJson(run).traces.map(({ requestId }: { requestId: string }) => requestId)).toEqual(['1', '2', '3'])
    expect(node.requests.map(({ path }) => path)).toEqual([
      '/v1/traces?modelId=4&summary=settled&limit=3',
      `/v1/traces?modelId=4&summary=settled&limit=1&after=${TRACE_ID}`,
    ])
  })

  test('error: what the node refuses keeps its code; a node that is away has an exit code of its own', async () => {
    node = await startStubNode((_, response) => sendProblem(response, 404, 'BATCH_UNKNOWN'))
    const refused = await ask(['batch', 'show', '9', '--json'])
    expect([refused.exitCode, onlyJson(refused).code]).toEqual([1, 'BATCH_UNKNOWN'])
    const away = await callPoa(['model', 'list', '--json'], { POA_NODE_URL: 'http://127.0.0.1:1' })
    expect([away.exitCode, onlyJson(away).code]).toEqual([3, 'NODE_UNREACHABLE'])
  })
})

describe('poa trace sign, submit, cancel', () => {
  const sign = (...args: string[]) =>
    callPoa(['trace', 'sign', '--shape', 'tiny', '--model', '1', ...args, '--json'], SIGNING)
  const FEATURES = '12,-7,0,88,127'

  test('default: sign writes a private file with the signature of the operator, submit hands it in', async () => {
    const out = join(directory, 'trace-7.json')
    const signed = onlyJson(await sign('--features', FEATURES, '--label', '2', '--request', '7', '--out', out))
    expect(signed).toMatchObject({ ok: true, requestId: '7', modelId: '1', operator: OPERATOR, file: out })
    expect((await stat(out)).mode & 0o777).toBe(0o600)
    const submission = traceSubmission.parse(JSON.parse(await readFile(out, 'utf8')))
    expect([submission.features, submission.label]).toEqual([[12, -7, 0, 88, 127], 2])
    const message = signedPart(submission)
    expect(signed.traceId).toBe(traceIdOf(DOMAIN, message))
    const signature = { signature: submission.signature, ...traceTypedData(DOMAIN, message) }
    expect(await recoverTypedDataAddress(signature)).toBe(OPERATOR)

    const { traceId } = signed
    node = await startStubNode((_, response) =>
      sendJson(response, 202, { results: [{ status: 202, traceId, isNew: true }] }),
    )
    const submitted = onlyJson(await ask(['trace', 'submit', out, '--json']))
    expect(submitted).toEqual({ ok: true, traces: [{ file: out, traceId, isAccepted: true, isNew: true }] })
    expect(node.requests[0]!.body).toEqual({ traces: [JSON.parse(await readFile(out, 'utf8'))] })

    const again = await sign('--features', FEATURES, '--label', '2', '--request', '7', '--out', out)
    expect([again.exitCode, onlyJson(again).code]).toEqual([1, 'FILE_EXISTS'])
  })

  test('behavior: with a model file the label is the answer of its head, and another one is refused', async () => {
    const file = join(directory, 'model.json')
    const head = [
      [0, 0, 0, 0, 0],
      [10, 0, 0, 0, 0],
      [-10, 0, 0, 0, 0],
    ]
    const index = { vectors: [0, 1, 2].map(() => head.map((row) => row.map(() => 0))), scales: [0, 0, 0] }
    await writeFile(file, JSON.stringify({ shape: 'tiny', head, index, contributors: [ACCOUNT] }))
    const query = join(directory, 'query.json')
    await writeFile(query, JSON.stringify({ text: 'which?', features: [12, -7, 0, 88, 127], requestId: '8' }))
    const out = join(directory, 'trace-8.json')
    expect((await sign('--query', query, '--model-file', file, '--out', out)).exitCode).toBe(0)
    expect(JSON.parse(await readFile(out, 'utf8'))).toMatchObject({ label: 1, requestId: '8' })
    const wrong = await sign(
      '--query',
      query,
      '--model-file',
      file,
      '--label',
      '0',
      '--out',
      join(directory, 'no.json'),
    )
    expect([wrong.exitCode, onlyJson(wrong).code]).toEqual([1, 'LABEL_NOT_ANSWER'])
  })

  test('error: features that do not fit are not shown, and nothing is written', async () => {
    for (const features of ['12,-7,0,88', '12,-7,0,88,126', '12,x,0,88,127']) {
      const out = join(directory, 'refused.json')
      const run = await sign('--features', features, '--label', '1', '--request', '7', '--out', out)
      expect([run.exitCode, onlyJson(run).code]).toEqual([1, 'INVALID_INPUT'])
      expect(run.stdout).not.toContain('88')
      await expect(stat(out)).rejects.toMatchObject({ code: 'ENOENT' })
    }
  })

  test('error: refused traces are named with the reason, and the exit code says so', async () => {
    const out = join(directory, 'trace-9.json')
    const { traceId } = onlyJson(await sign('--features', FEATURES, '--label', '2', '--request', '9', '--out', out))
    node = await startStubNode((_, response) =>
      sendJson(response, 207, { results: [{ status: 422, traceId, problem: problemOf(422, 'REQUEST_NOT_PAID') }] }),
    )
    const run = await ask(['trace', 'submit', out])
    expect([run.exitCode, run.stdout]).toEqual([1, `✘ ${out}: REQUEST_NOT_PAID: refused: REQUEST_NOT_PAID`])
  })

  test('default: cancel is signed by the operator, and the trace may be named by its file', async () => {
    const out = join(directory, 'trace-10.json')
    const { traceId } = onlyJson(await sign('--features', FEATURES, '--label', '2', '--request', '10', '--out', out))
    await answering({
      [`/v1/traces/${traceId}/cancel`]: { traceId, action: 'cancel' },
      [`/v1/traces/${traceId}`]: traceWith('cancelled', { traceId }),
    })
    const run = await ask(['trace', 'cancel', out, '--json'], SIGNING)
    expect(onlyJson(run).trace.summary).toBe('cancelled')
    const { deadline, signature } = node.requests[0]!.body as { deadline: string; signature: `0x${string}` }
    const message = { traceId, action: 'cancel', deadline: BigInt(deadline) } as const
    expect(await recoverTypedDataAddress({ ...actionTypedData(DOMAIN, message), signature })).toBe(OPERATOR)
  })
})

describe('poa trace status --wait', () => {
  const wait = (...args: string[]) => ask(['trace', 'status', TRACE_ID, '--wait', ...args])

  test('default: follows the trace until it is settled', async () => {
    const summaries = ['accepted', 'sealed', 'proving', 'settled'] as const
    let asked = 0
    node = await startStubNode(({ path }, response) =>
      path.endsWith('/events')
        ? sendProblem(response, 404, 'NOT_FOUND')
        : sendJson(response, 200, traceWith(summaries[Math.min(asked++, summaries.length - 1)]!)),
    )
    const run = await wait('--json')
    expect([run.exitCode, onlyJson(run).trace.summary]).toEqual([0, 'settled'])
    expect(asked).toBe(summaries.length)
  })

  test('error: a trace that ends otherwise, with how it ended', async () => {
    await answering({ [`/v1/traces/${TRACE_ID}`]: traceWith('refunded') })
    const run = await wait()
    expect(run.exitCode).toBe(1)
    expect(run.stdout).toContain(`trace ${TRACE_ID}: refunded`)
    expect(run.stderr).toContain('TRACE_REFUNDED')
  })

  test('error: not in time, which has an exit code of its own', async () => {
    await answering({ [`/v1/traces/${TRACE_ID}`]: traceWith('sealed') })
    const run = await wait('--timeout', '1', '--json')
    expect([run.exitCode, onlyJson(run).code]).toEqual([4, 'TRACE_WAIT_TIMED_OUT'])
  })
})

test('poa batch retry: default: signed by the operator, for a trace of the batch', async () => {
  await answering({
    '/v1/batches/3': BATCH,
    [`/v1/traces/${TRACE_ID}/retry`]: { traceId: TRACE_ID, action: 'retry' },
    [`/v1/traces/${TRACE_ID}`]: traceWith('sealed'),
  })
  const run = await ask(['batch', 'retry', '3', '--json'], SIGNING)
  expect([run.exitCode, onlyJson(run).batchId]).toEqual([0, '3'])
  const { deadline, signature } = node.requests[1]!.body as { deadline: string; signature: `0x${string}` }
  const message = { traceId: TRACE_ID, action: 'retry', deadline: BigInt(deadline) } as const
  expect(await recoverTypedDataAddress({ ...actionTypedData(DOMAIN, message), signature })).toBe(OPERATOR)
})
