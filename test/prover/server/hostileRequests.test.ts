import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROBLEMS, type ProblemCode } from '../../../prover/server/problems.ts'
import type { TraceSubmission } from '../../../src/api/submission.ts'
import { problem } from '../../../src/api/views.ts'
import { signTraceAction } from '../../../src/client/signTrace.ts'
import { FIELD_ORDER } from '../../../src/field.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import {
  batch,
  CHAIN_ID,
  CHAIN_TIME,
  ESCROW,
  inADay,
  MODEL_ID,
  operator,
  SEAL_DEADLINE,
  stranger,
  tiny,
  UNSTORED_MODEL_ID,
} from '../intake/openMirrorSetting.ts'
import { type ApiSetting, openApi } from './openApi.ts'

let api: ApiSetting
beforeAll(async () => {
  api = await openApi()
})
afterAll(() => api.close())

type Case = {
  readonly name: string
  readonly status: number
  readonly code: ProblemCode
  /** What is sent; a submission is POSTed to /v1/traces. */
  readonly send: () => Promise<InjectOptions | TraceSubmission | { body: unknown }>
  /** Of what does not fit, for INVALID_INPUT. */
  readonly field?: string
}

const JSON_TYPE = { 'content-type': 'application/json' }
const UNKNOWN_TRACE = `0x${'00'.repeat(32)}`
const post = (url: string, payload: string | Buffer, headers: Record<string, string> = JSON_TYPE): InjectOptions => ({
  method: 'POST',
  url,
  headers,
  payload,
})
const raw = (payload: string | Buffer, headers?: Record<string, string>) => async () =>
  post('/v1/traces', payload, headers)
const get =
  (url: string, headers: Record<string, string> = {}) =>
  async (): Promise<InjectOptions> => ({
    method: 'GET',
    url,
    headers,
  })
/** A good submission with some fields replaced after it was signed. */
const altered = (fields: Record<string, unknown>) => async () => ({ body: { ...(await api.sign()), ...fields } })
const action = async (name: 'cancel' | 'retry', signer = operator, deadline = inADay(), traceId = UNKNOWN_TRACE) => {
  const place = { chainId: BigInt(CHAIN_ID), escrow: ESCROW, traceId: traceId as `0x${string}`, deadline }
  return post(`/v1/traces/${traceId}/${name}`, toJson(await signTraceAction(signer, name, place)))
}
const model = (fields: object) => async () =>
  post(
    '/v1/models',
    toJson({ modelId: MODEL_ID, indexVersion: 1n, shape: 'tiny', head: batch.head, index: batch.index, ...fields }),
  )
/** The other s that verifies, with the other v. */
const highS = (signature: string) => {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const s = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, '0')
  return `${signature.slice(0, 66)}${s}${signature.endsWith('1b') ? '1c' : '1b'}`
}

const CASES: readonly Case[] = [
  // Routes and methods.
  { name: 'an unknown route', status: 404, code: 'ROUTE_UNKNOWN', send: get('/v2/traces') },
  { name: 'a path that climbs', status: 404, code: 'ROUTE_UNKNOWN', send: get('/docs/static/..%2f..%2fpackage.json') },
  {
    name: 'DELETE on a list',
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    send: async () => ({ method: 'DELETE', url: '/v1/traces' }),
  },
  {
    name: 'PUT on an item',
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    send: async () => ({ method: 'PUT', url: `/v1/traces/${UNKNOWN_TRACE}` }),
  },
  {
    name: 'OPTIONS from another origin',
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    send: async () => ({ method: 'OPTIONS', url: '/v1/traces' }),
  },
  {
    name: 'GET on an action',
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    send: get(`/v1/traces/${UNKNOWN_TRACE}/cancel`),
  },
  { name: 'a URL that is not percent-encoded', status: 400, code: 'MALFORMED_REQUEST', send: get('/v1/traces/%ZZ') },
  {
    name: 'a path parameter of 300 characters',
    status: 414,
    code: 'URL_TOO_LONG',
    send: get(`/v1/traces/${'a'.repeat(300)}`),
  },
  {
    name: 'a trace id in upper case',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'path.id',
    send: get(`/v1/traces/0x${'AB'.repeat(32)}`),
  },
  {
    name: 'a path in place of an id',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'path.id',
    send: get('/v1/traces/..%2f..%2f..%2fetc%2fpasswd'),
  },
  {
    name: 'a path that climbs by backslashes',
    status: 404,
    code: 'ROUTE_UNKNOWN',
    send: get('/docs/..%5cpackage.json'),
  },
  { name: 'metrics, which are not for everybody', status: 404, code: 'ROUTE_UNKNOWN', send: get('/metrics') },
  {
    name: 'SQL in place of an id',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'path.id',
    send: get("/v1/batches/1'%20or%20'1'='1"),
  },
  {
    name: 'an address with a wrong checksum',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'path.address',
    send: get(`/v1/contributors/${operator.address.replace('B', 'b')}/earnings`),
  },
  {
    name: 'a page of nothing',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'query.limit',
    send: get('/v1/traces?limit=0'),
  },
  {
    name: 'a page of 201',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'query.limit',
    send: get('/v1/traces?limit=201'),
  },
  {
    name: 'an unknown query parameter',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'query.order',
    send: get('/v1/traces?order=up'),
  },
  {
    name: 'a query parameter named __proto__',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'query.__proto__',
    send: get('/v1/traces?__proto__=1'),
  },
  {
    name: 'a query parameter given twice',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'query.limit',
    send: get('/v1/traces?limit=1&limit=2'),
  },
  {
    name: 'a Last-Event-ID that is no number',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'Last-Event-ID',
    send: get('/v1/events', { 'last-event-id': '-1' }),
  },
  {
    name: 'a Last-Event-ID of 2^63',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'Last-Event-ID',
    send: get('/v1/events', { 'last-event-id': `${2n ** 63n}` }),
  },
  {
    name: 'events behind 2^256 - 1',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'query.after',
    send: get(`/v1/events?after=${2n ** 256n - 1n}`),
  },
  {
    name: 'events of a trace that is not there',
    status: 404,
    code: 'TRACE_UNKNOWN',
    send: get(`/v1/traces/${UNKNOWN_TRACE}/events`),
  },
  { name: 'a trace that is not there', status: 404, code: 'TRACE_UNKNOWN', send: get(`/v1/traces/${UNKNOWN_TRACE}`) },
  {
    name: 'the proof of a trace that is not there',
    status: 404,
    code: 'TRACE_UNKNOWN',
    send: get(`/v1/traces/${UNKNOWN_TRACE}/proof`),
  },
  { name: 'a batch that is not there', status: 404, code: 'BATCH_UNKNOWN', send: get('/v1/batches/9999') },
  { name: 'an epoch that is not there', status: 404, code: 'EPOCH_UNKNOWN', send: get('/v1/epochs/1/9999') },
  { name: 'a model that is not there', status: 404, code: 'MODEL_UNKNOWN', send: get('/v1/models/9999') },
  // Bodies.
  { name: 'text', status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', send: raw('{}', { 'content-type': 'text/plain' }) },
  {
    name: 'a form',
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    send: raw('a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
  },
  { name: 'a body without a type', status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', send: raw(Buffer.from('{}'), {}) },
  {
    name: 'a type that only begins like JSON',
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    send: raw('{}', { 'content-type': 'application/jsonp' }),
  },
  {
    name: 'a compressed body',
    status: 415,
    code: 'UNSUPPORTED_ENCODING',
    send: raw(Buffer.from([0x1f, 0x8b]), { ...JSON_TYPE, 'content-encoding': 'gzip' }),
  },
  { name: 'no body', status: 400, code: 'MALFORMED_JSON', send: raw('') },
  { name: 'half a body', status: 400, code: 'MALFORMED_JSON', send: raw('{"chainId":"31337","inputSalt":"12345') },
  {
    name: 'bytes that are not UTF-8',
    status: 400,
    code: 'MALFORMED_JSON',
    send: raw(Buffer.from([0x22, 0xff, 0xfe, 0x22])),
  },
  { name: 'a thousand brackets', status: 400, code: 'JSON_TOO_DEEP', send: raw('['.repeat(1000) + ']'.repeat(1000)) },
  { name: 'a million brackets', status: 400, code: 'JSON_TOO_DEEP', send: raw('['.repeat(1_000_000)) },
  { name: 'more than a mebibyte', status: 413, code: 'BODY_TOO_LARGE', send: raw(`"${'a'.repeat(1 << 20)}"`) },
  { name: 'null', status: 400, code: 'INVALID_INPUT', field: 'body', send: raw('null') },
  { name: 'a list', status: 400, code: 'INVALID_INPUT', field: 'body', send: raw('[]') },
  { name: 'no traces', status: 400, code: 'INVALID_INPUT', field: 'body.traces', send: raw('{"traces":[]}') },
  {
    name: '65 traces',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.traces',
    send: async () => ({ body: { traces: Array(65).fill(await api.sign()) } }),
  },
  {
    name: 'a fault in the second of two traces',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.traces[1].label',
    send: async () => ({ body: { traces: [await api.sign(), { ...(await api.sign()), label: 'one' }] } }),
  },
  {
    name: 'an unknown field',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.poolWei',
    send: altered({ poolWei: '1' }),
  },
  {
    name: 'an address to call back',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.webhook',
    send: altered({ webhook: 'http://169.254.169.254/latest/meta-data' }),
  },
  {
    name: 'a field named __proto__',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.__proto__',
    send: async () => post('/v1/traces', toJson(await api.sign()).replace('{', '{"__proto__":{"isAdmin":true},')),
  },
  {
    name: 'a missing field',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.nonce',
    send: altered({ nonce: undefined }),
  },
  {
    name: 'an id as a number',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.requestId',
    send: altered({ requestId: 1 }),
  },
  {
    name: 'a negative id',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.requestId',
    send: altered({ requestId: '-1' }),
  },
  {
    name: 'an id in exponents',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.requestId',
    send: altered({ requestId: '1e3' }),
  },
  {
    name: 'an id with leading zeros',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.requestId',
    send: altered({ requestId: '007' }),
  },
  {
    name: 'an id of 2^256',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.requestId',
    send: altered({ requestId: (1n << 256n).toString() }),
  },
  {
    name: 'a commitment of r',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.inputCommitment',
    send: altered({ inputCommitment: FIELD_ORDER }),
  },
  {
    name: 'a salt of r',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.inputSalt',
    send: altered({ inputSalt: FIELD_ORDER }),
  },
  {
    name: 'an escrow with a wrong checksum',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.escrow',
    send: altered({ escrow: operator.address.replace('B', 'b') }),
  },
  {
    name: 'features as text',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.features[0]',
    send: altered({ features: ['1', '1', '1', '1', '127'] }),
  },
  {
    name: 'half a feature',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.features[0]',
    send: altered({ features: [0.5, 1, 1, 1, 127] }),
  },
  {
    name: '4097 features',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.features',
    send: altered({ features: Array(4097).fill(1) }),
  },
  {
    name: 'a feature of 128',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'features[0]',
    send: altered({ features: [128, 1, 1, 1, 127] }),
  },
  {
    name: 'too few features',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'features.length',
    send: altered({ features: [1, 1, 1, 127] }),
  },
  {
    name: 'a bias that is not 127',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'features[4]',
    send: altered({ features: [1, 1, 1, 1, 126] }),
  },
  {
    name: 'a label that is no class',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'label[0]',
    send: altered({ label: 3 }),
  },
  // Signatures.
  {
    name: 'half a byte of signature',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.signature',
    send: altered({ signature: '0xabc' }),
  },
  {
    name: 'a signature of 4097 bytes',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.signature',
    send: altered({ signature: `0x${'ab'.repeat(4097)}` }),
  },
  {
    name: 'a signature of 64 bytes',
    status: 400,
    code: 'SIGNATURE_MALFORMED',
    send: altered({ signature: `0x${'ab'.repeat(64)}` }),
  },
  {
    name: 'a signature with v = 0',
    status: 400,
    code: 'SIGNATURE_MALFORMED',
    send: altered({ signature: `0x${'11'.repeat(64)}00` }),
  },
  {
    name: 'a signature with r = 0',
    status: 400,
    code: 'SIGNATURE_MALFORMED',
    send: altered({ signature: `0x${'00'.repeat(32)}${'11'.repeat(32)}1b` }),
  },
  {
    name: 'the other s of a good signature',
    status: 400,
    code: 'SIGNATURE_MALFORMED',
    send: async () => {
      const good = await api.sign()
      return { body: { ...good, signature: highS(good.signature) } }
    },
  },
  { name: "a stranger's signature", status: 403, code: 'SIGNER_NOT_OPERATOR', send: () => api.sign({}, stranger) },
  { name: 'a signature over another nonce', status: 403, code: 'SIGNER_NOT_OPERATOR', send: altered({ nonce: '5' }) },
  {
    name: 'a signature for another chain, which now names ours',
    status: 403,
    code: 'SIGNER_NOT_OPERATOR',
    send: async () => ({ ...(await api.sign({ chainId: 1n })), chainId: BigInt(CHAIN_ID) }),
  },
  {
    name: 'a trace for another chain',
    status: 422,
    code: 'TRACE_FOR_OTHER_CHAIN',
    send: () => api.sign({ chainId: 1n }),
  },
  {
    name: 'a trace for another escrow',
    status: 422,
    code: 'TRACE_FOR_OTHER_ESCROW',
    send: () => api.sign({ escrow: stranger.address }),
  },
  {
    name: 'a signature that has expired',
    status: 422,
    code: 'TRACE_DEADLINE_PASSED',
    send: () => api.sign({ deadline: 1n }),
  },
  // What the chain says.
  {
    name: 'a model that nobody registered',
    status: 404,
    code: 'MODEL_UNKNOWN',
    send: () => api.sign({ modelId: 77n }),
  },
  {
    name: 'a request that nobody paid',
    status: 402,
    code: 'REQUEST_NOT_PAID',
    send: () => api.sign({ requestId: 500n }),
  },
  {
    name: 'a request that was paid to another model',
    status: 422,
    code: 'REQUEST_OF_OTHER_MODEL',
    send: () => api.sign({ requestId: 100n }),
  },
  {
    name: 'a model whose head is not here',
    status: 409,
    code: 'MODEL_NOT_STORED',
    send: () => api.sign({ requestId: 100n, modelId: UNSTORED_MODEL_ID }),
  },
  {
    name: 'features that open another commitment',
    status: 422,
    code: 'INPUT_COMMITMENT_WRONG',
    send: async () => {
      const good = await api.sign()
      return { ...good, inputSalt: good.inputSalt + 1n }
    },
  },
  {
    name: 'a label that opens another commitment',
    status: 422,
    code: 'OUTPUT_COMMITMENT_WRONG',
    send: async () => {
      const good = await api.sign()
      return { ...good, outputSalt: good.outputSalt + 1n }
    },
  },
  {
    name: "an answer that is not the model's",
    status: 422,
    code: 'LABEL_NOT_ARGMAX',
    send: () => api.sign({ label: (batch.traces[0]!.label + 1) % tiny.classes }),
  },
  {
    name: 'a request that was refunded',
    status: 409,
    code: 'REQUEST_REFUNDED',
    send: async () => {
      await api.mirrorRefund(90n)
      return api.sign({ requestId: 90n })
    },
  },
  {
    name: 'a request that was sealed otherwise',
    status: 409,
    code: 'REQUEST_SEALED_OTHERWISE',
    send: async () => {
      await api.mirrorSeal(91n, [await api.sign({ requestId: 91n })])
      return api.sign({ requestId: 91n })
    },
  },
  {
    name: 'a request that is settled',
    status: 409,
    code: 'REQUEST_SETTLED',
    send: async () => {
      const trace = await api.sign({ requestId: 92n })
      await api.mirrorSeal(92n, [trace])
      await api.mirrorSettlement(92n)
      return trace
    },
  },
  {
    name: 'a nonce that is not higher',
    status: 409,
    code: 'TRACE_SUPERSEDED',
    send: async () => {
      await submit(await api.sign({ requestId: 93n, nonce: 4n }))
      return api.sign({ requestId: 93n, nonce: 4n })
    },
  },
  {
    name: 'a trace that was replaced',
    status: 409,
    code: 'TRACE_CANCELLED',
    send: async () => {
      const first = await api.sign({ requestId: 94n })
      await submit(first)
      await submit(await api.sign({ requestId: 94n, nonce: 1n }))
      return first
    },
  },
  {
    name: 'a trace that was cancelled, once more',
    status: 409,
    code: 'TRACE_CANCELLED',
    send: async () => {
      const trace = await api.sign({ requestId: 89n })
      const { traceId } = await submit(trace)
      expect((await api.app.inject(await action('cancel', operator, inADay(), traceId))).statusCode).toBe(200)
      return trace
    },
  },
  // Actions, models, proofs.
  { name: 'an action on a trace that is not there', status: 404, code: 'TRACE_UNKNOWN', send: () => action('cancel') },
  {
    name: "a stranger's cancellation",
    status: 403,
    code: 'SIGNER_NOT_OPERATOR',
    send: async () => action('cancel', stranger, inADay(), await accepted(95n)),
  },
  {
    name: 'a cancellation that has expired',
    status: 422,
    code: 'ACTION_DEADLINE_PASSED',
    send: async () => action('cancel', operator, 1n, await accepted(95n)),
  },
  {
    name: 'a cancellation signed as a retry',
    status: 403,
    code: 'SIGNER_NOT_OPERATOR',
    send: async () => {
      const id = await accepted(95n)
      return { ...(await action('retry', operator, inADay(), id)), url: `/v1/traces/${id}/cancel` }
    },
  },
  {
    name: 'a retry of what is not sealed',
    status: 409,
    code: 'TRACE_NOT_SEALED',
    send: async () => action('retry', operator, inADay(), await accepted(95n)),
  },
  {
    name: 'a cancellation of what is sealed',
    status: 409,
    code: 'TRACE_BEING_SEALED',
    send: async () => {
      const trace = await api.sign({ requestId: 96n })
      const id = (await submit(trace)).traceId
      await api.mirrorSeal(96n, [trace])
      return action('cancel', operator, inADay(), id)
    },
  },
  {
    name: 'a retry of a proof that nobody ordered',
    status: 404,
    code: 'JOB_NOT_FOUND',
    send: async () => {
      const trace = await api.sign({ requestId: 97n })
      const id = (await submit(trace)).traceId
      await api.mirrorSeal(97n, [trace])
      return action('retry', operator, inADay(), id)
    },
  },
  {
    name: 'another head than the registered one',
    status: 422,
    code: 'MODEL_COMMITMENTS_DIFFER',
    send: model({ head: batch.head.map((row) => row.map((weight) => weight + 1)) }),
  },
  {
    name: 'a head of a mebibyte',
    status: 413,
    code: 'BODY_TOO_LARGE',
    send: model({ head: Array(200_000).fill([127]) }),
  },
  { name: 'an index that nobody registered', status: 404, code: 'INDEX_UNKNOWN', send: model({ indexVersion: 7n }) },
  {
    name: 'a head of another shape',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'weights.length',
    send: model({ shape: 'small' }),
  },
  {
    name: 'a shape that does not exist',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.shape',
    send: model({ shape: 'huge' }),
  },
  {
    name: 'a shape named __proto__',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'body.shape',
    send: model({ shape: '__proto__' }),
  },
  {
    name: 'a claim of a shape named constructor',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'public.shape',
    send: async () => post('/v1/proofs/verify', '{"claim":{"shape":"constructor"},"proof":{}}'),
  },
  {
    name: 'a claim that is none',
    status: 400,
    code: 'INVALID_INPUT',
    field: 'public.shape',
    send: async () => post('/v1/proofs/verify', '{"claim":{},"proof":{}}'),
  },
  // Last: the chain's clock moves.
  {
    name: 'a request past its seal deadline',
    status: 409,
    code: 'SEAL_DEADLINE_PASSED',
    send: async () => {
      await api.mirrorTime(SEAL_DEADLINE + 1n)
      return api.sign({ requestId: 98n })
    },
  },
  {
    name: 'a sealed request past its settle deadline',
    status: 409,
    code: 'SETTLE_DEADLINE_PASSED',
    send: async () => {
      const trace = await api.sign({ requestId: 99n })
      await api.mirrorSeal(99n, [trace])
      await api.mirrorTime(CHAIN_TIME + 5000n)
      return trace
    },
  },
]

const isInject = (sent: object): sent is InjectOptions => 'url' in sent

async function submit(submission: TraceSubmission): Promise<{ traceId: string }> {
  const answer = await api.app.inject(post('/v1/traces', toJson(submission)))
  expect(answer.statusCode).toBe(202)
  return answer.json()
}
let acceptedId: string | undefined
async function accepted(requestId: bigint): Promise<string> {
  acceptedId ??= (await submit(await api.sign({ requestId }))).traceId
  return acceptedId
}

describe('hostile and malformed requests', () => {
  test.each(CASES.map((each) => [each.name, each.status, each.code, each] as const))(
    'error: %s is %i %s',
    async (_name, status, code, { send, field }) => {
      const sent = await send()
      const request = isInject(sent) ? sent : post('/v1/traces', toJson('body' in sent ? sent.body : sent))
      const answer = await api.app.inject(request)
      const body = problem.parse(answer.json())
      expect([answer.statusCode, body.status, body.code, body.field]).toEqual([status, status, code, field])
      expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
      expect(PROBLEMS[code]).toEqual([status, body.title])
      if (status === 405) expect(answer.headers.allow).toMatch(/GET|POST/)
    },
  )

  test('behavior: the list has no case twice', () => {
    expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length)
  })
})

const HALF_A_BODY =
  'POST /v1/traces HTTP/1.1\r\nhost: node\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n'

/** Writes to a connection as it is. @returns all that came back until it was closed */
async function talk(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.write(text)
  await once(socket, 'close')
  return answer
}

describe('requests that are not HTTP', () => {
  let port: number
  beforeAll(async () => {
    await api.app.listen({ host: '127.0.0.1', port: 0 })
    port = (api.app.server.address() as AddressInfo).port
  })

  const start = 'POST /v1/traces HTTP/1.1\r\nhost: node\r\nconnection: close\r\ncontent-type: application/json\r\n'

  test.each([
    ['bytes that are no request', 'HELO\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    ['16 KiB of headers', `${start}x-long: ${'a'.repeat(16 << 10)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    ['two lengths', `${start}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`, 400, 'MALFORMED_REQUEST'],
    [
      'a length and chunks',
      `${start}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`,
      400,
      'MALFORMED_REQUEST',
    ],
    ['a length that is no number', `${start}content-length: many\r\n\r\n{}`, 400, 'MALFORMED_REQUEST'],
    ['a chunk without a size', `${start}transfer-encoding: chunked\r\n\r\nzz\r\n`, 400, 'MALFORMED_REQUEST'],
  ] as const)('error: %s', async (_name, text, status, code) => {
    const answer = await talk(port, text)
    const [head, body] = answer.split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(head).toContain('application/problem+json')
    expect(problem.parse(JSON.parse(body!))).toMatchObject({ status, code })
  })
})

test('error: a request that never comes to its end is 408 REQUEST_TIMEOUT, and loses its connection', async () => {
  const slow = await openApi()
  try {
    const { server } = slow.app
    expect(server.requestTimeout).toBe(30_000)
    // The same clockwork, faster. It begins with `listen`.
    Object.assign(server, { requestTimeout: 200, headersTimeout: 200, connectionsCheckingInterval: 50 })
    await slow.app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = server.address() as AddressInfo
    for (const beginning of ['POST /v1/traces HTTP/1.1\r\nhost: no', `${HALF_A_BODY}{"trac`]) {
      const answer = await talk(port, beginning)
      const [head, body] = answer.split('\r\n\r\n')
      expect(head).toMatch(/^HTTP\/1.1 408 /)
      expect(problem.parse(JSON.parse(body!))).toMatchObject({ status: 408, code: 'REQUEST_TIMEOUT' })
    }
  } finally {
    await slow.close()
  }
})
