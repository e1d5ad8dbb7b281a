import { describe, expect, test } from 'vitest'
import { randomBatch, seededRandom } from '../../scripts/randomBatch.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import { SHAPE_NAMES, shapeNamed } from '../../src/shape.ts'
import { buildStatement } from '../../src/statement/buildStatement.ts'
import { parseTraceBatch, toJson, traceBatchToJson } from '../../src/statement/traceBatchSchema.ts'

/** A batch as it comes out of JSON.parse. */
// biome-ignore lint/suspicious/noExplicitAny: tests break it in every place
const goodJson = (): any =>
  JSON.parse(toJson(traceBatchToJson(randomBatch(shapeNamed('tiny'), seededRandom(1), { traces: 2 }))))

function refusalOf(json: unknown): InvalidInputError {
  try {
    parseTraceBatch(json)
  } catch (error) {
    if (error instanceof InvalidInputError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('parseTraceBatch', () => {
  test.each(SHAPE_NAMES)('default: there and back on %s, also indented', (name) => {
    for (let seed = 0; seed < 5; seed++) {
      const batch = randomBatch(shapeNamed(name), seededRandom(seed))
      expect(parseTraceBatch(JSON.parse(toJson(traceBatchToJson(batch))))).toEqual(batch)
      expect(parseTraceBatch(JSON.parse(toJson(traceBatchToJson(batch), 2)))).toEqual(batch)
    }
  })

  test('behavior: decimal and 0x strings are the same number; the bounds themselves are taken', () => {
    const json = goodJson()
    json.traces[0].poolWei = `0x${(2n ** 96n - 1n).toString(16)}`
    json.traces[1].poolWei = (2n ** 96n - 1n).toString()
    json.traces[0].inputSalt = (FIELD_ORDER - 1n).toString()
    json.traces[0].outputSalt = `0x${'0'.repeat(63)}1`
    json.traces[0].requestId = (2n ** 256n - 1n).toString()
    json.traces[1].requestId = `0x${'F'.repeat(64)}`
    json.context.chainId = '0'
    json.context.settlement = json.context.settlement.toLowerCase()
    const { traces, context } = parseTraceBatch(json)
    expect(traces.map(({ poolWei }) => poolWei)).toEqual([2n ** 96n - 1n, 2n ** 96n - 1n])
    expect(traces.map(({ requestId }) => requestId)).toEqual([2n ** 256n - 1n, 2n ** 256n - 1n])
    expect(traces[0]).toMatchObject({ inputSalt: FIELD_ORDER - 1n, outputSalt: 1n })
    expect(context.chainId).toBe(0n)
  })

  test('behavior: the input is not changed, neither when it is read nor when it is refused', () => {
    const deepFreeze = (value: unknown): unknown => {
      if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
      return value
    }
    const json = deepFreeze(goodJson())
    parseTraceBatch(json)
    expect(json).toEqual(goodJson())
    const bad = goodJson()
    bad.traces[1].poolWei = 7
    const copy = structuredClone(bad)
    expect(refusalOf(deepFreeze(bad)).field).toBe('traceBatch.traces[1].poolWei')
    expect(bad).toEqual(copy)
  })

  test('behavior: what is read is apart from what it was read from', () => {
    const json = goodJson()
    const batch = parseTraceBatch(json)
    json.head[0][0] = 32767
    json.index.vectors[0][0][0] = 127
    expect(batch).toEqual(parseTraceBatch(goodJson()))
  })

  test('behavior: what JSON cannot hold as a number goes in and out as a string', () => {
    const text = toJson({ wei: 2n ** 96n - 1n, list: [1n, -1n], plain: 3, text: 'x' })
    expect(text).toBe('{"wei":"79228162514264337593543950335","list":["1","-1"],"plain":3,"text":"x"}')
  })
})

const WEI = 'wei in 0 .. 2^96-1'
const FIELD = 'a field element in 0 .. r-1'
const IDENTIFIER = 'an integer in 0 .. 2^256-1'
const asString = (what: string) => `a string: ${what}`
const asDigits = (what: string) => `${what}, as a decimal or 0x string`
const ADDRESS = 'an address (0x, 40 hex digits, a valid checksum if in mixed case)'
const BYTES32 = '32 bytes as 0x and 64 lower-case hex digits'

/** Where in the batch, what is put there, and the bound that the error must state. The error repeats the value. */
const badValues: [path: string, value: unknown, bound: string][] = [
  // Numbers where strings are due.
  ['traces[0].poolWei', 5, asString(WEI)],
  ['traces[1].requestId', 1, asString(IDENTIFIER)],
  ['context.chainId', 31337, asString(IDENTIFIER)],
  ['context.epochId', null, asString(IDENTIFIER)],
  ['context.modelId', true, asString(IDENTIFIER)],
  // Strings that JavaScript's BigInt or Number would take and we do not.
  ['traces[0].poolWei', '', asDigits(WEI)],
  ['traces[0].poolWei', ' 5', asDigits(WEI)],
  ['traces[0].poolWei', '5\n', asDigits(WEI)],
  ['traces[0].poolWei', '005', asDigits(WEI)],
  ['traces[0].poolWei', '+5', asDigits(WEI)],
  ['traces[0].poolWei', '-1', asDigits(WEI)],
  ['traces[0].poolWei', '-0', asDigits(WEI)],
  ['traces[0].poolWei', '1.0', asDigits(WEI)],
  ['traces[0].poolWei', '1e3', asDigits(WEI)],
  ['traces[0].poolWei', '1_000', asDigits(WEI)],
  ['traces[0].poolWei', '0b11', asDigits(WEI)],
  ['traces[0].poolWei', '0X10', asDigits(WEI)],
  ['traces[0].poolWei', '0x', asDigits(WEI)],
  ['traces[0].poolWei', '5n', asDigits(WEI)],
  ['traces[0].poolWei', '٥', asDigits(WEI)],
  ['traces[0].poolWei', 'NaN', asDigits(WEI)],
  // Bounds.
  ['traces[0].poolWei', (2n ** 96n).toString(), WEI],
  ['traces[1].poolWei', `0x1${'0'.repeat(24)}`, WEI],
  ['traces[1].requestId', (2n ** 256n).toString(), IDENTIFIER],
  ['traces[1].requestId', '9'.repeat(79), asDigits(IDENTIFIER)],
  ['context.batchId', `0x1${'0'.repeat(64)}`, asDigits(IDENTIFIER)],
  // Small integers.
  ['traces[0].label', 1.5, 'an integer'],
  ['traces[0].label', Number.NaN, 'an integer'],
  ['traces[0].label', Number.POSITIVE_INFINITY, 'an integer'],
  ['traces[0].label', 2 ** 53, 'an integer'],
  ['traces[0].label', '1', 'an integer'],
  ['traces[0].label', null, 'an integer'],
  ['traces[1].features[3]', 0.1, 'an integer'],
  ['traces[1].features[0]', false, 'an integer'],
  ['head[2][4]', '7', 'an integer'],
  ['head[0][1]', null, 'an integer'],
  ['index.vectors[2][1][4]', 1e-3, 'an integer'],
  ['index.scales[1]', undefined, 'an integer'],
  // Names.
  ['shape', 'huge', 'one of tiny, small, standard'],
  ['shape', 'constructor', 'one of tiny, small, standard'],
  ['shape', '__proto__', 'one of tiny, small, standard'],
  ['shape', 'Tiny', 'one of tiny, small, standard'],
  ['shape', 4, 'one of tiny, small, standard'],
  ['context.settlement', '0x5fbDB2315678afecb367f032d93F642f64180aa3', ADDRESS],
  ['context.settlement', '0x5FbDB2315678afecb367f032d93F642f64180aa', ADDRESS],
  ['context.prover', '70997970C51812dc3A010C7d01b50e0d17dc79C8', ADDRESS],
  ['context.prover', 0, ADDRESS],
  ['context.circuitKeyHash', '0x1234', BYTES32],
  ['context.circuitKeyHash', `0x${'g'.repeat(64)}`, BYTES32],
  ['context.circuitKeyHash', `0x${'AB'.repeat(32)}`, BYTES32],
  ['context.circuitKeyHash', `0x${'ab'.repeat(33)}`, BYTES32],
  // Other kinds of value.
  ['traces', 'none', 'an array'],
  ['traces', null, 'an array'],
  ['traces[1]', 7, 'an object'],
  ['traces[0].features', '1,2,3,4,127', 'an array'],
  ['index', undefined, 'an object'],
  ['context', 'local', 'an object'],
]

/** Sets what stands at a path such as `traces[0].poolWei`. */
function setAt(json: unknown, path: string, value: unknown): void {
  const keys = path.split(/[.[\]]+/).filter((key) => key !== '')
  const last = keys.pop()!
  const parent = keys.reduce((inner, key) => (inner as Record<string, unknown>)[key], json) as Record<string, unknown>
  parent[last] = value
}

describe('refusals of parseTraceBatch', () => {
  test.each(badValues)('error: %s = %j', (path, value, bound) => {
    const json = goodJson()
    setAt(json, path, value)
    const refusal = refusalOf(json)
    expect(refusal).toMatchObject({
      code: 'INVALID_INPUT',
      name: 'InvalidInputError',
      field: `traceBatch.${path}`,
      bound,
    })
    expect(refusal.value).toBe(value)
    expect(refusal.message).toMatch(`traceBatch.${path} must be ${bound}, got `)
  })

  const keys = ['shape', 'head', 'index', 'traces', 'batchSalt', 'context']
  const nested = [
    ...['vectors', 'scales'].map((key) => `index.${key}`),
    ...['requestId', 'poolWei', 'features', 'label', 'inputSalt', 'outputSalt'].map((key) => `traces[1].${key}`),
    ...Object.keys(goodJson().context).map((key) => `context.${key}`),
  ]
  test.each([...keys, ...nested])('error: %s missing', (path) => {
    const json = goodJson()
    const parentPath = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : ''
    const parent = { '': json, index: json.index, 'traces[1]': json.traces[1], context: json.context }[parentPath]
    delete parent[path.slice(path.lastIndexOf('.') + 1)]
    const refusal = refusalOf(json)
    expect(refusal).toMatchObject({ field: `traceBatch.${path}`, value: undefined })
    expect(refusal.message).toMatch(/, got undefined$/)
  })

  test.each(['', 'index.', 'traces[1].', 'context.'])('error: an unknown key in traceBatch.%s', (place) => {
    const json = goodJson()
    setAt(json, `${place}surprise`, 'a secret')
    const refusal = refusalOf(json)
    expect(refusal.message).toBe(`traceBatch.${place}surprise must be absent: it is no known field, got "(present)"`)
  })

  test('error: __proto__ from JSON is an unknown key like any other', () => {
    const text = JSON.stringify(goodJson()).replace('"traces":[{', '"traces":[{"__proto__":{"poolWei":"1"},')
    expect(refusalOf(JSON.parse(text)).field).toBe('traceBatch.traces[0].__proto__')
  })

  test.each([[null], [undefined], ['text'], [5], [[]], [[goodJson()]]])('error: the whole is %j', (json) => {
    expect(refusalOf(json)).toMatchObject({ field: 'traceBatch', bound: 'an object' })
  })

  test('error: a hole in a list is not 0', () => {
    const json = goodJson()
    delete json.traces[0].features[2]
    expect(refusalOf(json).field).toBe('traceBatch.traces[0].features[2]')
  })

  test('error: r and above as salts, without repeating them', () => {
    for (const salt of ['inputSalt', 'outputSalt']) {
      for (const value of [FIELD_ORDER, FIELD_ORDER + 1n, 2n ** 256n - 1n]) {
        const json = goodJson()
        json.traces[0][salt] = value.toString()
        expect(refusalOf(json)).toMatchObject({ field: `traceBatch.traces[0].${salt}`, bound: FIELD })
      }
    }
    const json = goodJson()
    json.batchSalt = `0x${FIELD_ORDER.toString(16)}`
    expect(refusalOf(json)).toMatchObject({ field: 'traceBatch.batchSalt', bound: FIELD })
  })

  test('error: a secret with a slip in it, or in a list of the wrong kind, never shows in the error', () => {
    const canary = '73310195508031174006223'
    const slips: ((json: ReturnType<typeof goodJson>) => unknown)[] = [
      (json) => (json.batchSalt = `${canary} `),
      (json) => (json.traces[0].inputSalt = Number(canary)),
      (json) => (json.traces[0].outputSalt = `0x${canary}g`),
      (json) => (json.traces = { first: { ...json.traces[0], inputSalt: canary } }),
      (json) => (json.traces[0].inputSalt = [canary]),
      (json) => (json.context = [canary]),
      (json) => (json.index.scales[0] = { canary }),
    ]
    for (const slip of slips) {
      const json = goodJson()
      slip(json)
      const refusal = refusalOf(json)
      const shown = `${refusal.message} ${refusal.stack} ${JSON.stringify(refusal)}`
      expect(shown).not.toMatch(/7331019550803/)
      expect(shown).not.toMatch(/7\.331019550803/)
      expect(refusal.value).toBe('(withheld)')
    }
    const wrapped = [{ ...goodJson(), batchSalt: canary }]
    expect(refusalOf(wrapped).message).toBe('traceBatch must be an object, got "(withheld)"')
  })

  test('error: sizes that the schema leaves open are refused by buildStatement, not cut', () => {
    const sizes: [(json: ReturnType<typeof goodJson>) => unknown, string][] = [
      [(json) => json.head.pop(), 'weights.length'],
      [(json) => json.head[1].push(0), 'weights[1].length'],
      [(json) => json.index.vectors.push(json.index.vectors[0]), 'vectors.length'],
      [(json) => json.index.vectors[2].pop(), 'vectors[2].length'],
      [(json) => json.index.vectors[0][1].push(1), 'vectors[0][1].length'],
      [(json) => json.index.scales.pop(), 'scales.length'],
      [(json) => json.traces[1].features.unshift(0), 'traces[1].features.length'],
      [(json) => (json.traces = []), 'traces.length'],
    ]
    for (const [change, field] of sizes) {
      const json = goodJson()
      change(json)
      expect(() => buildStatement(parseTraceBatch(json))).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT', field }),
      )
    }
  })
})
