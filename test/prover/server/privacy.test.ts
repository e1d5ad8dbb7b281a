import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildMetricsServer } from '../../../prover/server/buildMetricsServer.ts'
import type { TraceSubmission } from '../../../src/api/submission.ts'
import { signTrace } from '../../../src/client/signTrace.ts'
import { commitWeights } from '../../../src/statement/commitments.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import { batch, CHAIN_ID, ESCROW, inADay, MODEL_ID, operator, tiny } from '../intake/openMirrorSetting.ts'
import { type ApiSetting, openApi, post } from './openApi.ts'

/*
 * A canary: features, salts and head of traces that were accepted, refused or broken on the way stand in the trace store and in the witness table,
 * and nowhere else: no answer, no log line at any level, no event, no metric.
 */

/** Five features in a row that occur nowhere by chance. */
const CANARY_FEATURES = [-113, 97, -89, 83, 127]
/** The only weight of its size, so that the canary's label is 2; not the chain's id, which is told. */
const CANARY_WEIGHT = 31_327

let api: ApiSetting
let head: number[][]
const answers: string[] = []
beforeAll(async () => {
  api = await openApi()
  head = batch.head.map((row, k) => (k === 2 ? [-CANARY_WEIGHT, ...row.slice(1)] : [...row]))
  const { kysely } = api.db
  await kysely
    .updateTable('model_versions')
    .set({ weights_commitment: commitWeights(head, tiny) })
    .execute()
})
afterAll(() => api.close())

async function send(body: unknown, url = '/v1/traces'): Promise<number> {
  const answer = await post(api.app, url, body)
  answers.push(answer.body + JSON.stringify(answer.headers))
  return answer.statusCode
}
const sign = (requestId: bigint, label = 2): Promise<TraceSubmission> => {
  const place = { chainId: BigInt(CHAIN_ID), escrow: ESCROW, shape: tiny, modelId: MODEL_ID, requestId }
  return signTrace(operator, { ...place, features: CANARY_FEATURES, label, deadline: inADay() })
}

test('behavior: private values come out nowhere', async () => {
  const secrets = new Set<string>(['-113', '-89', String(CANARY_WEIGHT)])
  const keep = (submission: TraceSubmission) => {
    for (const salt of [submission.inputSalt, submission.outputSalt]) secrets.add(`${salt}`).add(salt.toString(16))
    return submission
  }
  expect(
    await send({ modelId: MODEL_ID, indexVersion: 1n, shape: 'tiny', head, index: batch.index }, '/v1/models'),
  ).toBe(201)
  const good = keep(await sign(1n))
  // Accepted, again, replaced, several.
  expect(await send(good)).toBe(202)
  expect(await send(good)).toBe(202)
  const replacement = keep(await signTrace(operator, { ...good, shape: tiny, nonce: 1n }))
  expect(await send(replacement)).toBe(202)
  expect(await send({ traces: [keep(await sign(2n)), { ...keep(await sign(3n)), inputSalt: 17n }] })).toBe(207)
  // Refused: by the form, by a range, by a commitment, by the head, by the chain.
  expect(await send({ ...good, features: [...CANARY_FEATURES.slice(0, 4), '127'] })).toBe(400)
  expect(await send({ ...good, requestId: 4n, extra: CANARY_FEATURES })).toBe(400)
  expect(await send({ ...keep(await sign(5n)), features: [-113, 97, -89, 300, 127] })).toBe(400)
  expect(await send({ ...keep(await sign(6n)), outputSalt: good.outputSalt })).toBe(422)
  expect(await send(keep(await sign(7n, 0)))).toBe(422)
  expect(await send(keep(await sign(888n)))).toBe(402)
  expect(await send({ ...good, inputSalt: `${good.inputSalt}x` })).toBe(400)
  expect(
    await send(
      { modelId: MODEL_ID, indexVersion: 1n, shape: 'tiny', head: head.slice(1), index: batch.index },
      '/v1/models',
    ),
  ).toBe(400)
  const broken = await api.app.inject({
    method: 'POST',
    url: '/v1/traces',
    headers: { 'content-type': 'application/json' },
    payload: toJson(good).slice(0, -5),
  })
  expect(broken.statusCode).toBe(400)
  answers.push(broken.body)
  // Broken on the way: the database refuses the row, with an error that quotes it.
  await api.db.executeSql('alter table trace_witnesses add constraint canary check (label < 0) not valid')
  expect(await send(keep(await sign(8n)))).toBe(500)
  await api.db.executeSql('alter table trace_witnesses drop constraint canary')

  for (const url of [
    '/v1/traces',
    '/v1/models',
    '/v1/circuits',
    '/v1/batches',
    '/readyz',
    '/openapi.json',
    '/v1/epochs/1/1',
    '/v1/epochs',
    '/v1/overview',
    '/v1/contracts',
    '/v1/contributors',
    '/v1/provers',
    '/v1/batches/1/attribution',
  ])
    answers.push((await api.app.inject(url)).body)
  const metrics = buildMetricsServer(api.metrics)
  answers.push((await metrics.inject('/metrics')).body)
  await metrics.close()
  const events = (await api.db.executeSql('select * from events')).rows.map((row) => JSON.stringify(row))
  expect(events.length).toBeGreaterThan(3)

  for (const [where, texts] of Object.entries({ answers, logged: api.logged, events })) {
    const text = texts.join('\n')
    expect(text.length).toBeGreaterThan(100)
    for (const secret of secrets) expect(text.includes(secret), `${secret} in ${where}`).toBe(false)
  }
  // The canary sings: what was looked for is what was stored.
  const witnesses = JSON.stringify((await api.db.executeSql('select * from trace_witnesses')).rows)
  expect(witnesses).toContain('-113')
  expect(witnesses).toContain(`${good.inputSalt}`)
})
