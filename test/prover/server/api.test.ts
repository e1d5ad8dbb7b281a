import { readFile } from 'node:fs/promises'
import { sql } from 'kysely'
import { encodeFunctionData, encodeFunctionResult, getAddress, type Hex, HttpRequestError } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildMetricsServer } from '../../../prover/server/buildMetricsServer.ts'
import { LARGEST_SEARCH } from '../../../prover/server/views/readTraces.ts'
import type { Circuits } from '../../../prover/worker/openCircuits.ts'
import {
  acceptedView,
  batchView,
  circuitView,
  earningsView,
  epochView,
  modelView,
  pageOf,
  problem,
  proofView,
  readinessView,
  submissionResultsView,
  traceView,
  verdictView,
} from '../../../src/api/views.ts'
import { epochLedgerAbi, inferenceEscrowAbi } from '../../../src/chain/abi.ts'
import { settleArguments } from '../../../src/chain/settleBatch.ts'
import { signTraceAction } from '../../../src/client/signTrace.ts'
import { parseSettlementClaim } from '../../../src/statement/settlementClaim.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import fixture from '../../../verifier-contracts/test/fixtures/tiny-settlement.json' with { type: 'json' }
import {
  answerEmpty,
  batch,
  batchHashOf,
  CHAIN_ID,
  CHAIN_TIME,
  CIRCUIT_KEY_HASH,
  CONTRIBUTORS,
  ESCROW,
  inADay,
  MODEL_ID,
  operator,
  revertWith,
  SETTLE_DEADLINE,
  stranger,
  UNSTORED_MODEL_ID,
} from '../intake/openMirrorSetting.ts'
import { type ApiSetting, LIMITS, openApi, post } from './openApi.ts'

const keyHash = fixture.claim.context.circuitKeyHash
const CIRCUITS = {
  get: (hash: Hex) =>
    hash === keyHash || hash === CIRCUIT_KEY_HASH
      ? { artifacts: { verificationKey: fixture.verificationKey, manifest: { setup: 'dev', shape: 'tiny' } } }
      : undefined,
  list: () => [{ manifest: { circuitId: '0xc1c1c1c1', circuitKeyHash: CIRCUIT_KEY_HASH } }],
} as unknown as Circuits

let api: ApiSetting
let isDiskFull = false
beforeAll(async () => {
  const disk = async () => {
    if (isDiskFull) throw new Error('full, at /a/secret/path')
    return 'enough'
  }
  api = await openApi({ circuits: CIRCUITS, readinessChecks: [{ name: 'disk', check: disk }] })
})
beforeEach(() => api.reset())
afterAll(() => api.close())

const get = async (url: string) => api.app.inject({ method: 'GET', url })
async function submit(...parameters: Parameters<ApiSetting['sign']>) {
  const submission = await api.sign(...parameters)
  const answer = await post(api.app, '/v1/traces', submission)
  expect(answer.statusCode).toBe(202)
  return { submission, traceId: answer.json().traceId as Hex }
}
const act = async (traceId: Hex, action: 'cancel' | 'retry') => {
  const place = { chainId: BigInt(CHAIN_ID), escrow: ESCROW, traceId, deadline: inADay() }
  return post(api.app, `/v1/traces/${traceId}/${action}`, await signTraceAction(operator, action, place))
}
/** Of what is `mirrored`. */
const place = { transactionHash: `0x${'f2'.repeat(32)}`, blockNumber: '1', timestamp: `${CHAIN_TIME}` }
const mirrored = { block_number: 1n, log_index: 9000, transaction_hash: `0x${'f2'.repeat(32)}` }

describe('/v1/traces', () => {
  test('default: 202 with Location; the trace is found there, and repeating it changes nothing', async () => {
    const submission = await api.sign()
    const first = await post(api.app, '/v1/traces', submission)
    expect(first.statusCode).toBe(202)
    const { traceId, isNew } = acceptedView.strict().parse(first.json())
    expect(isNew).toBe(true)
    expect(first.headers.location).toBe(`/v1/traces/${traceId}`)
    const again = await post(api.app, '/v1/traces', submission)
    expect([again.statusCode, again.json(), again.headers.location]).toEqual([
      202,
      { traceId, isNew: false },
      `/v1/traces/${traceId}`,
    ])
    const view = traceView.strict().parse((await get(first.headers.location as string)).json())
    expect(view).toMatchObject({
      traceId,
      requestId: '1',
      modelId: '1',
      operator: operator.address,
      inputCommitment: `${submission.inputCommitment}`,
      summary: 'accepted',
      trace: { state: 'accepted' },
      request: { state: 'paid', epochId: '1', poolWei: '50' },
      batch: null,
      job: null,
      transaction: null,
    })
  })

  test('behavior: several, all accepted, are 202; some refused are 207, each with what it would have got alone', async () => {
    const traces = await Promise.all([1n, 2n].map((requestId) => api.sign({ requestId })))
    const all = await post(api.app, '/v1/traces', { traces })
    expect(all.statusCode).toBe(202)
    expect(submissionResultsView.parse(all.json()).results).toMatchObject([{ isNew: true }, { isNew: true }])
    const wrong = { ...(await api.sign({ requestId: 3n })), inputSalt: 5n }
    const foreign = { ...traces[0]!, chainId: 5n }
    const some = await post(api.app, '/v1/traces', { traces: [traces[0], wrong, foreign] })
    expect(some.statusCode).toBe(207)
    expect(submissionResultsView.parse(some.json()).results).toMatchObject([
      { status: 202, isNew: false },
      { status: 422, traceId: expect.stringMatching(/^0x/), problem: { code: 'INPUT_COMMITMENT_WRONG', status: 422 } },
      { status: 422, traceId: null, problem: { code: 'TRACE_FOR_OTHER_CHAIN' } },
    ])
  })

  test('behavior: a page looks for a rare summary in so many traces, and the next one goes on', async () => {
    const { kysely } = api.db
    await sql`insert into traces (trace_id, request_id, model_id, operator, input_commitment, output_commitment, nonce, deadline,
        signature, file_hash, accepted_at, cancelled_at)
      select '0x' || lpad(to_hex(i), 64, '0'), 1000 + i, 1, '0x', 1, 1, 0, 0, '0x', '', now() - make_interval(secs => i),
        case when i in (1, ${LARGEST_SEARCH + 1}::int) then now() end
      from generate_series(1, ${LARGEST_SEARCH + 1}::int) i`.execute(kysely)
    const pages = []
    for (let after = ''; pages.length < 3; ) {
      const { items, next } = (await get(`/v1/traces?summary=cancelled${after}`)).json()
      pages.push(items.map(({ requestId }: { requestId: string }) => requestId))
      if (next === null) break
      after = `&after=${next}`
    }
    expect(pages).toEqual([['1001'], [`${1000 + LARGEST_SEARCH + 1}`]])
  })

  test('behavior: pages go on where the last one ended, the newest first', async () => {
    const traces = await Promise.all(Array.from({ length: 7 }, (_, i) => api.sign({ requestId: BigInt(i + 1) })))
    await post(api.app, '/v1/traces', { traces: traces.slice(0, 4) }) // stored by one statement: one instant
    await post(api.app, '/v1/traces', { traces: traces.slice(4) })
    const seen: string[] = []
    let url: string | undefined = '/v1/traces?limit=3'
    while (url !== undefined) {
      const page = pageOf(traceView).parse((await get(url)).json())
      seen.push(...page.items.map(({ requestId }) => requestId))
      url = page.next === null ? undefined : `/v1/traces?limit=3&after=${page.next}`
    }
    expect(seen.slice(0, 3).sort()).toEqual(['5', '6', '7'])
    expect(seen.sort()).toEqual(['1', '2', '3', '4', '5', '6', '7'])
  })

  test('behavior: filters', async () => {
    const { traceId } = await submit({ requestId: 1n })
    await submit({ requestId: 2n })
    await act(traceId, 'cancel')
    const idsOf = async (query: string) =>
      (await get(`/v1/traces?${query}`)).json().items.map(({ requestId }: { requestId: string }) => requestId)
    expect(await idsOf('summary=cancelled')).toEqual(['1'])
    expect(await idsOf('summary=accepted&modelId=1')).toEqual(['2'])
    expect(await idsOf('requestId=2')).toEqual(['2'])
    expect(await idsOf('modelId=2')).toEqual([])
  })

  test('behavior: cancelled, its file is closed, and it may be cancelled again', async () => {
    const { traceId } = await submit()
    for (let i = 0; i < 2; i++) expect((await act(traceId, 'cancel')).json()).toEqual({ traceId, action: 'cancel' })
    expect((await get(`/v1/traces/${traceId}`)).json().summary).toBe('cancelled')
    for await (const _ of api.files.readPending()) expect.unreachable('its file is pending')
  })

  test('behavior: a dead job is ordered again', async () => {
    const { submission, traceId } = await submit()
    await api.mirrorSeal(4n, [submission])
    await api.db.kysely
      .insertInto('proof_jobs')
      .values({
        batch_hash: batchHashOf(4n),
        batch_id: 4n,
        state: 'dead',
        reason_code: 'WORKER_LOST',
        deadline_at: new Date(Date.now() + 60_000),
      } as never)
      .execute()
    expect((await get(`/v1/traces/${traceId}`)).json()).toMatchObject({
      summary: 'failed',
      job: { state: 'dead', reasonCode: 'WORKER_LOST' },
      batch: { batchId: '4', position: 0, settleDeadline: `${SETTLE_DEADLINE}` },
    })
    api.ordered.length = 0
    expect((await act(traceId, 'retry')).statusCode).toBe(200)
    expect(api.ordered).toMatchObject([{ batchHash: batchHashOf(4n), batchId: 4n }])
  })

  test('error: while the node shuts down nothing is accepted', async () => {
    const draining = await openApi()
    draining.drain()
    const answer = await post(draining.app, '/v1/traces', await draining.sign())
    expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([503, 'DRAINING', '10'])
    await draining.close()
  })
})

describe('/v1/batches', () => {
  test('default: a batch from its seal to its settlement', async () => {
    const { submission, traceId } = await submit({ requestId: 1n })
    const foreign = await api.sign({ requestId: 2n })
    await api.mirrorSeal(6n, [submission, foreign])
    const read = async () => batchView.strict().parse((await get('/v1/batches/6')).json())
    expect(await read()).toMatchObject({
      batchId: '6',
      batchHash: batchHashOf(6n),
      state: 'sealed',
      requests: [
        { requestId: '1', traceId, poolWei: '50' },
        { requestId: '2', traceId: null },
      ],
      job: null,
      proof: null,
      settlement: null,
      transaction: null,
    })
    expect((await get('/v1/batches/6/proof')).json().code).toBe('PROOF_UNKNOWN')
    expect((await get(`/v1/traces/${traceId}/proof`)).json().code).toBe('PROOF_UNKNOWN')
    const { claim, proof } = fixture
    await api.db.kysely
      .insertInto('proofs')
      .values({
        context: 77n,
        batch_hash: batchHashOf(6n),
        claim: toJson(claim),
        proof: toJson(proof),
        worker: 'w',
        witness_seconds: 0.5,
        prove_seconds: 2,
      })
      .execute()
    await api.db.kysely
      .insertInto('transactions')
      .values({ kind: 'settle', subject: '77', sender: '0x', recipient: '0x', data: '0x', state: 'broadcast' })
      .execute()
    expect(await read()).toMatchObject({
      proof: { context: '77', witnessSeconds: 0.5, proveSeconds: 2 },
      transaction: { kind: 'settle', state: 'broadcast', hash: null },
    })
    for (const url of ['/v1/batches/6/proof', `/v1/traces/${traceId}/proof`])
      expect(proofView.strict().parse((await get(url)).json())).toEqual({ context: '77', claim, proof })
    await api.mirrorSettlement(6n)
    expect(await read()).toMatchObject({ state: 'settled', settlement: { blockNumber: '1', digest: '5' } })
    expect((await get(`/v1/traces/${traceId}`)).json()).toMatchObject({
      summary: 'settled',
      request: { state: 'settled' },
    })
  })

  describe('the proof of a settled batch', () => {
    const claim = parseSettlementClaim(fixture.claim)
    const settle = encodeFunctionData({
      abi: inferenceEscrowAbi,
      functionName: 'settle',
      args: settleArguments({ claim, proof: fixture.proof as never }),
    })
    const settledBy = (transaction: object | null) =>
      api.answerWith((method) => (method === 'eth_getTransactionByHash' ? transaction : answerEmpty(method)))
    /** @param claimed what the proof that this node made of the batch shows */
    async function readProof(claimed: typeof fixture.claim) {
      const { submission, traceId } = await submit({ requestId: 1n })
      await api.mirrorSeal(6n, [submission])
      await api.mirrorSettlement(6n)
      await api.db.kysely
        .insertInto('proofs')
        .values({
          context: 77n,
          batch_hash: batchHashOf(6n),
          claim: toJson(claimed),
          proof: toJson(fixture.proof),
          worker: 'w',
          witness_seconds: 0.5,
          prove_seconds: 2,
        })
        .execute()
      const [answer, same] = await Promise.all([get('/v1/batches/6/proof'), get(`/v1/traces/${traceId}/proof`)])
      expect([same.statusCode, same.json().context]).toEqual([answer.statusCode, answer.json().context])
      return answer
    }
    const { prover, digest } = { prover: `0x${'9'.repeat(40)}`, digest: '5' }
    const own = { ...fixture.claim, digest, context: { ...fixture.claim.context, prover } }

    test("default: this node's own, when it is the one that settled it", async () => {
      settledBy(null)
      expect((await readProof(own)).json()).toMatchObject({ context: '77', claim: own })
    })

    test.each([
      ['prover', { ...own, context: fixture.claim.context }],
      ['digest', { ...own, digest: '6' }],
    ])('behavior: the one in the calldata, when that of this node has another %s', async (_name, claimed) => {
      settledBy({ to: ESCROW, input: settle })
      const view = proofView.strict().parse((await readProof(claimed)).json())
      expect(view.context).not.toBe('77')
      expect(view.claim).toMatchObject({
        digest: fixture.claim.digest,
        earnings: fixture.claim.earnings,
        context: { batchId: '6', prover: getAddress(prover) },
      })
      expect(view.proof).toEqual(fixture.proof)
    })

    test.each([
      ['the RPC does not have the settlement', null],
      ['another contract made the call', { to: CONTRIBUTORS[0], input: settle }],
      ['the calldata is none', { to: ESCROW, input: settle.slice(0, 100) }],
    ])('error: %s', async (_name, transaction) => {
      settledBy(transaction)
      const answer = await readProof(fixture.claim)
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'PROOF_UNKNOWN'])
    })

    test('error: the chain does not answer', async () => {
      api.answerWith(() => {
        throw new HttpRequestError({ url: 'stub', details: 'ECONNREFUSED' })
      })
      expect((await readProof(fixture.claim)).json().code).toBe('RPC_UNREACHABLE')
    })
  })

  test('behavior: pages, and a batch past its deadline', async () => {
    const traces = await Promise.all([1n, 2n, 3n].map((requestId) => api.sign({ requestId })))
    for (const [i, trace] of traces.entries()) await api.mirrorSeal(BigInt(i + 1), [trace])
    await api.mirrorTime(SETTLE_DEADLINE + 1n)
    const first = pageOf(batchView).parse((await get('/v1/batches?limit=2&modelId=1')).json())
    expect(first.items.map(({ batchId, state }) => [batchId, state])).toEqual([
      ['3', 'expired'],
      ['2', 'expired'],
    ])
    const second = pageOf(batchView).parse((await get(`/v1/batches?limit=2&after=${first.next}`)).json())
    expect([second.items.map(({ batchId }) => batchId), second.next]).toEqual([['1'], null])
  })
})

describe('the books of the chain', () => {
  test('default: models, with what this node holds and may do', async () => {
    const page = pageOf(modelView.strict()).parse((await get('/v1/models')).json())
    expect(page.items).toMatchObject([
      {
        modelId: '1',
        operator: operator.address,
        indexes: [{ isStored: true, contributors: CONTRIBUTORS }],
        canSeal: false,
      },
      { modelId: '2', indexes: [{ isStored: false }] },
    ])
    await api.db.kysely
      .insertInto('sealer_approvals')
      .values({ ...mirrored, operator: operator.address, sealer: stranger.address, is_approved: true })
      .execute()
    expect((await get('/v1/models/1')).json().canSeal).toBe(true)
    expect((await get('/v1/models?after=1')).json().items).toHaveLength(1)
  })

  test('behavior: head and index are taken when they are the registered ones, and traces of the model with them', async () => {
    const trace = await api.sign({ requestId: 100n, modelId: UNSTORED_MODEL_ID })
    expect((await post(api.app, '/v1/traces', trace)).json().code).toBe('MODEL_NOT_STORED')
    const { head, index } = batch
    const submission = { modelId: UNSTORED_MODEL_ID, indexVersion: 1n, shape: 'tiny', head, index }
    for (let i = 0; i < 2; i++) {
      const answer = await post(api.app, '/v1/models', submission)
      expect([answer.statusCode, answer.json(), answer.headers.location]).toEqual([
        201,
        { modelId: '2', indexVersion: '1' },
        '/v1/models/2',
      ])
    }
    expect((await post(api.app, '/v1/traces', trace)).statusCode).toBe(202)
  })

  test('default: circuits', async () => {
    const page = pageOf(circuitView.strict()).parse((await get('/v1/circuits')).json())
    expect(page.items).toEqual([
      expect.objectContaining({ keyHash: CIRCUIT_KEY_HASH, isRetired: false, setup: 'dev', shape: 'tiny' }),
    ])
  })

  test('default: an epoch, and what a contributor earns in it before and after it is closed', async () => {
    api.answerWith((method) =>
      method === 'eth_call'
        ? encodeFunctionResult({ abi: epochLedgerAbi, functionName: 'claimableOf', result: 41n })
        : answerEmpty(method),
    )
    const { submission } = await submit({ requestId: 1n })
    await api.mirrorSeal(8n, [submission])
    await api.mirrorSettlement(8n)
    await api.mirrorRefund(2n)
    const booking = { ...mirrored, batch_id: 8n, model_id: MODEL_ID, epoch_id: 1n, fees_wei: 100n, pools_wei: 50n }
    await api.db.kysely
      .insertInto('batch_bookings')
      .values({
        ...booking,
        model_owner_wei: 0n,
        stakers_wei: 0n,
        prover_wei: 0n,
        treasury_wei: 0n,
        earnings_wei: toJson([30n, -7n, 0n]),
      })
      .execute()
    expect(epochView.strict().parse((await get('/v1/epochs/1/1')).json())).toMatchObject({
      requests: { paid: 97, sealed: 0, settled: 1, refunded: 1 },
      poolsWei: '50',
      contributors: [{ bookedWei: '30' }, { bookedWei: '-7' }, { bookedWei: '0' }],
      closure: null,
    })
    const earnings = async (slot: number) =>
      earningsView.strict().parse((await get(`/v1/contributors/${CONTRIBUTORS[slot]}/earnings`)).json())
    expect(await earnings(1)).toEqual({
      account: CONTRIBUTORS[1],
      rank: (await get('/v1/contributors'))
        .json()
        .items.find(({ account }: { account: string }) => account === CONTRIBUTORS[1]).rank,
      epochs: 0,
      paidWei: '0',
      debtWei: '0',
      claimableWei: '41',
      withdrawnWei: '0',
      netted: [],
      booked: [
        { modelId: '1', epochId: '1', indexVersion: '1', slot: 1, bookedWei: '-7' },
        { modelId: '2', epochId: '1', indexVersion: '1', slot: 1, bookedWei: '0' },
      ],
    })
    const closure = { ...mirrored, model_id: MODEL_ID, epoch_id: 1n }
    await api.db.kysely
      .insertInto('epoch_closures')
      .values({ ...closure, pools_wei: 50n, paid_wei: 30n, treasury_wei: 20n })
      .execute()
    await api.db.kysely
      .insertInto('contributor_nettings')
      .values({
        ...closure,
        contributor: CONTRIBUTORS[0]!,
        slot: 0,
        opening_wei: -2n,
        booked_wei: 30n,
        paid_wei: 28n,
        carried_wei: 0n,
      })
      .execute()
    await api.db.kysely
      .insertInto('withdrawals')
      .values({ ...mirrored, account: CONTRIBUTORS[0]!, amount_wei: 9n })
      .execute()
    try {
      expect(await earnings(0)).toMatchObject({
        withdrawnWei: '9',
        netted: [
          {
            modelId: '1',
            epochId: '1',
            indexVersion: '1',
            slot: 0,
            openingWei: '-2',
            bookedWei: '30',
            paidWei: '28',
            carriedWei: '0',
            closing: place,
          },
        ],
        booked: [{ modelId: '2' }],
      })
      expect((await get('/v1/epochs/1/1')).json().closure).toEqual({
        ...place,
        poolsWei: '50',
        paidWei: '30',
        treasuryWei: '20',
        contributors: [
          { slot: 0, contributor: CONTRIBUTORS[0], openingWei: '-2', bookedWei: '30', paidWei: '28', carriedWei: '0' },
        ],
      })
    } finally {
      await api.db.kysely.deleteFrom('epoch_closures').execute()
      await api.db.kysely.deleteFrom('contributor_nettings').execute()
    }
  })

  test('error: the chain does not answer', async () => {
    api.answerWith(() => {
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    })
    const answer = await get(`/v1/contributors/${CONTRIBUTORS[0]}/earnings`)
    expect([answer.statusCode, answer.body.includes('ECONNREFUSED')]).toEqual([503, false])
  })

  test('error: epochs behind one that is not there, and an account in one', async () => {
    const paths = ['/v1/epochs?after=1-9', '/v1/epochs?after=9-1', `/v1/contributors/${CONTRIBUTORS[0]}/epochs/1/9`]
    for (const path of paths) {
      const answer = await get(path)
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'EPOCH_UNKNOWN'])
    }
    expect((await get(`/v1/contributors/${stranger.address}/epochs/1/1`)).json().code).toBe('CONTRIBUTOR_UNKNOWN')
    expect((await get('/v1/epochs?after=1-1')).json().items).toEqual([])
  })

  test('error: what answers is not the ledger', async () => {
    api.answerWith(() => {
      throw revertWith('0x')
    })
    const answer = await get(`/v1/contributors/${CONTRIBUTORS[0]}/earnings`)
    expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
      503,
      'LEDGER_UNREADABLE',
      '5',
    ])
  })
})

describe('/v1/proofs/verify', () => {
  const verify = async (body: object) => post(api.app, '/v1/proofs/verify', body)
  const { claim, proof } = fixture

  test('default: a proof that shows its claim', async () => {
    expect(verdictView.parse((await verify({ claim, proof })).json())).toEqual({
      isValid: true,
      isDevKey: true,
      code: null,
      detail: null,
    })
  })

  test('behavior: several at once', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => verify({ claim, proof })))
    expect(answers.map((answer) => answer.json().isValid)).toEqual([true, true, true, true])
  })

  test.each([
    ['of another claim', { ...claim, digest: '5' }, proof, 'PROOF_INVALID'],
    ['with a point off the curve', claim, { ...proof, pi_a: ['5', '5', '1'] }, 'PROOF_POINT_INVALID'],
    ['with more earned than paid', { ...claim, earnings: [`${1n << 170n}`, '0', '0'] }, proof, 'INVALID_INPUT'],
    [
      'under DEV keys for a public chain',
      { ...claim, context: { ...claim.context, chainId: '1' } },
      proof,
      'DEV_KEYS_ON_PUBLIC_CHAIN',
    ],
  ])('behavior: a proof %s is not valid', async (_name, claim, proof, code) => {
    const answer = await verify({ claim, proof })
    expect([answer.statusCode, verdictView.parse(answer.json())]).toMatchObject([200, { isValid: false, code }])
  })

  test('error: a key that this node does not have', async () => {
    const context = { ...claim.context, circuitKeyHash: `0x${'00'.repeat(32)}` }
    const answer = await verify({ claim: { ...claim, context }, proof })
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'CIRCUIT_UNKNOWN'])
  })

  test('error: too many wait', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => verify({ claim, proof })))
    const refused = answers.filter(({ statusCode }) => statusCode !== 200)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(40)
    for (const { statusCode, headers, ...answer } of refused)
      expect([statusCode, problem.parse(answer.json()).code, headers['retry-after']]).toEqual([
        429,
        'VERIFIER_BUSY',
        '2',
      ])
  })
})

describe('what watches the node', () => {
  test('default: alive, and ready', async () => {
    expect((await get('/healthz')).json()).toEqual({ ok: true })
    const answer = await get('/readyz')
    expect([answer.statusCode, readinessView.parse(answer.json())]).toEqual([
      200,
      { isReady: true, checks: [{ name: 'disk', ok: true, detail: 'enough' }] },
    ])
  })

  test('behavior: not ready, with the code of the check that fails; the log has the reason once', async () => {
    isDiskFull = true
    try {
      await expect.poll(async () => (await get('/readyz')).statusCode, { timeout: 5000 }).toBe(503)
      await get('/readyz')
      expect((await get('/readyz')).json()).toEqual({
        isReady: false,
        checks: [{ name: 'disk', ok: false, detail: 'INTERNAL' }],
      })
      expect(api.logged.filter((line) => line.includes('not ready'))).toHaveLength(1)
    } finally {
      isDiskFull = false
    }
  })

  test('default: metrics, on a server of their own', async () => {
    await submit()
    const server = buildMetricsServer(api.metrics)
    const answer = await server.inject('/metrics')
    expect(answer.headers['content-type']).toMatch(/^text\/plain/)
    for (const line of [
      'poa_traces{summary="accepted"} 1',
      'poa_proof_jobs{state="dead"} 3',
      'poa_chain_lag_blocks 0',
      'poa_account_balance_open 1',
      'poa_prover_info{prover="native",instructions="mulx",threads="3"} 1',
      'poa_source_failed{source="traces"} 0',
    ])
      expect(answer.body).toContain(`${line}\n`)
    expect(answer.body).toMatch(/poa_http_request_seconds_count\{method="POST",route="\/v1\/traces",status="202"\} \d+/)
    expect((await server.inject('/v1/traces')).statusCode).toBe(404)
    expect((await get('/metrics')).statusCode).toBe(404)
    await server.close()
  })

  test('behavior: a source that fails leaves the others', async () => {
    api.answerWith(() => {
      throw new Error('gone')
    })
    const text = await api.metrics.read()
    expect(text).toContain('poa_source_failed{source="chain"} 1')
    expect(text).toContain('poa_source_failed{source="traces"} 0')
  })

  test('default: the description of the API names every route', async () => {
    const description = (await get('/openapi.json')).json()
    expect(description.openapi).toMatch(/^3\.1/)
    const readme = await readFile(new URL('../../../prover/server/README.md', import.meta.url), 'utf8')
    const documented = [...readme.matchAll(/^\| `([A-Z]+) (\/[^`]+)` \|/gm)].map(
      ([, method, path]) => `${method} ${path}`,
    )
    const described = Object.entries(description.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    )
    expect(described.sort()).toEqual(documented.sort())
    expect(description.paths['/v1/traces/{id}/proof'].get.tags).toEqual(['traces'])
    const page = await get('/docs/')
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.headers['content-security-policy']).toMatch(/default-src 'self'/)
    expect((await get('/v1/models')).headers['content-security-policy']).toMatch(/default-src 'none'/)
  })
})

test('error: more requests from one address than the limit; health is answered all the same', async () => {
  const limited = await openApi({ limits: { ...LIMITS, requestsPerMinutePerAddress: 3 } })
  try {
    const statuses = []
    for (const url of ['/v1/models', '/nowhere', '/v1/traces', '/v1/traces', '/nowhere'])
      statuses.push((await limited.app.inject(url)).statusCode)
    expect(statuses).toEqual([200, 404, 200, 429, 429])
    const refused = await limited.app.inject('/v1/traces')
    expect(problem.parse(refused.json())).toMatchObject({ code: 'RATE_LIMITED' })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await limited.app.inject('/healthz')).statusCode).toBe(200)
  } finally {
    await limited.close()
  }
})

test.each([
  [
    'a forwarding header that anyone can write',
    ['x-forwarded-for', 'forwarded', 'x-real-ip', 'client-ip'].map((name) => ({ headers: { [name]: '192.0.2.7' } })),
  ],
  ['a method that no route takes', (['DELETE', 'PUT', 'PATCH', 'OPTIONS'] as const).map((method) => ({ method }))],
])('error: %s is no way around the limit', async (_name, requests) => {
  const limited = await openApi({ limits: { ...LIMITS, requestsPerMinutePerAddress: 1 } })
  try {
    expect((await limited.app.inject('/v1/models')).statusCode).toBe(200)
    for (const request of requests) {
      const answer = await limited.app.inject({ url: '/v1/models', ...request })
      expect([answer.statusCode, answer.json().code]).toEqual([429, 'RATE_LIMITED'])
    }
  } finally {
    await limited.close()
  }
})

test('error: traces that come as a list count one by one', async () => {
  const limited = await openApi({ limits: { ...LIMITS, requestsPerMinutePerAddress: 5 } })
  try {
    const forged = await Promise.all([1n, 2n, 3n].map((requestId) => limited.sign({ requestId }, stranger)))
    const first = await post(limited.app, '/v1/traces', { traces: forged })
    expect(submissionResultsView.parse(first.json()).results).toMatchObject(
      Array(3).fill({ status: 403, problem: { code: 'SIGNER_NOT_OPERATOR' } }),
    )
    const second = await post(limited.app, '/v1/traces', { traces: forged })
    expect([second.statusCode, problem.parse(second.json()).code]).toEqual([429, 'RATE_LIMITED'])
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(0)
    expect((await limited.app.inject('/v1/models')).json().code).toBe('RATE_LIMITED')
  } finally {
    await limited.close()
  }
})

test('error: an event loop that stands still answers only whoever asks for its health', async () => {
  const busy = await openApi()
  try {
    await busy.app.ready()
    // Each turn outlasts the second over which the delay is averaged.
    const sleeper = new Int32Array(new SharedArrayBuffer(4))
    for (let turn = 0; turn < 3; turn++) {
      Atomics.wait(sleeper, 0, 0, 1300)
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
    const [refused, health] = await Promise.all([busy.app.inject('/v1/models'), busy.app.inject('/healthz')])
    expect([refused.statusCode, problem.parse(refused.json()).code, refused.headers['retry-after']]).toEqual([
      503,
      'OVERLOADED',
      '5',
    ])
    expect(health.statusCode).toBe(200)
  } finally {
    await busy.close()
  }
})
