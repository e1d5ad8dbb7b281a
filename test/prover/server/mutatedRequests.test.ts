import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Circuits } from '../../../prover/worker/openCircuits.ts'
import { type SeededRandom, seededRandom } from '../../../scripts/randomBatch.ts'
import { problem } from '../../../src/api/views.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import fixture from '../../../verifier-contracts/test/fixtures/tiny-settlement.json' with { type: 'json' }
import { batch, MODEL_ID } from '../intake/openMirrorSetting.ts'
import { type ApiSetting, openApi } from './openApi.ts'

let api: ApiSetting
beforeAll(async () => {
  const { verificationKey } = fixture
  const circuits = { get: () => ({ artifacts: { verificationKey } }) } as unknown as Circuits
  api = await openApi({ circuits })
})
afterAll(() => api.close())

const MUTATIONS = 600
/** What stands in the place of a value. */
const ODD: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e308, -0, 2 ** 53, [], [[]], {}, { length: 3 }, { toString: 1 }, 'tiny', 'small'],
  ...['', '0', '-1', '0x', '0x0', '1e9', ' 1', '1 ', '\u0663', '\u0000', '\ud800', 'NaN', 'Infinity'],
  ...['a'.repeat(5000), '9'.repeat(78), '9'.repeat(5000), `0x${'f'.repeat(64)}`, `0x${'F'.repeat(40)}`],
]
const NAMES = ['__proto__', 'constructor', 'toJSON', 'traces', 'x']

/** The value with one of its parts replaced, left out or added. */
function mutate(random: SeededRandom, value: unknown): unknown {
  const pick = <Item>(items: readonly Item[]): Item => items[random.integer(0, items.length - 1)]!
  if (typeof value !== 'object' || value === null || random.integer(0, 9) === 0) return pick(ODD)
  const isList = Array.isArray(value)
  const entries = Object.entries(value)
  const place = random.integer(0, Math.max(0, entries.length - 1))
  const [name, part] = entries[place] ?? ['x', undefined]
  const changed: [string, unknown][] =
    random.integer(0, 5) > 1 ? [[name, mutate(random, part)]] : random.integer(0, 1) ? [] : [[pick(NAMES), pick(ODD)]]
  entries.splice(place, 1, ...changed)
  return isList ? entries.map(([, item]) => item) : Object.fromEntries(entries)
}

test('behavior: whatever is sent, it is never the node that fails', async () => {
  const random = seededRandom(5)
  const trace = JSON.parse(toJson(await api.sign()))
  const { head, index } = batch
  const { claim, proof } = fixture
  const bodies: readonly (readonly [string, unknown])[] = [
    ['/v1/traces', trace],
    ['/v1/traces', { traces: [trace, trace] }],
    ['/v1/models', JSON.parse(toJson({ modelId: MODEL_ID, indexVersion: 1n, shape: 'tiny', head, index }))],
    ['/v1/proofs/verify', { claim, proof }],
    [`/v1/traces/0x${'00'.repeat(32)}/cancel`, { deadline: '99999999999', signature: '0x12' }],
  ]
  const codes = new Set<string>()
  for (let i = 0; i < MUTATIONS; i++) {
    const [url, body] = bodies[i % bodies.length]!
    const payload = JSON.stringify(mutate(random, body))
    const headers = { 'content-type': 'application/json' }
    const answer = await api.app.inject({ method: 'POST', url, headers, payload })
    expect(answer.statusCode, payload).toBeLessThan(500)
    if (answer.statusCode >= 400) codes.add(problem.parse(answer.json()).code)
  }
  // They come further than to the form.
  expect([...codes]).toEqual(expect.arrayContaining(['INVALID_INPUT', 'SIGNER_NOT_OPERATOR', 'TRACE_UNKNOWN']))
})
