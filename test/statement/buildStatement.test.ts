import { describe, expect, test } from 'vitest'
import { randomBatch, seededRandom } from '../../scripts/randomBatch.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import { shapeNamed, widthsOf } from '../../src/shape.ts'
import { computeLogits } from '../../src/statement/attributeTrace.ts'
import {
  buildStatement,
  EARNING_OFFSET,
  evaluatePolynomial,
  layOutX,
  listPublicSignals,
  type Trace,
  type TraceBatch,
} from '../../src/statement/buildStatement.ts'
import { packWords } from '../../src/statement/packWords.ts'
import { taggedHash } from '../../src/statement/taggedHash.ts'

const tiny = shapeNamed('tiny')
const batchOf = (traces: number, seed = 3) => randomBatch(tiny, seededRandom(seed), { traces })
const withTrace = (batch: TraceBatch, b: number, change: Partial<Trace>): TraceBatch => ({
  ...batch,
  traces: batch.traces.map((trace, i) => (i === b ? { ...trace, ...change } : trace)),
})
const withFeature = (batch: TraceBatch, b: number, j: number, value: number): TraceBatch =>
  withTrace(batch, b, { features: batch.traces[b]!.features.with(j, value) })

describe('buildStatement', () => {
  test('default: X holds pools, commitments and offset earnings, with zeros in the empty slots', () => {
    const batch = batchOf(2)
    const { x, sealed, earnings, attributions, publicSignals } = buildStatement(batch)
    expect(x).toHaveLength(3 * 4 + 3)
    expect(x.slice(0, 4)).toEqual([batch.traces[0]!.poolWei, batch.traces[1]!.poolWei, 0n, 0n])
    expect(x.slice(4, 8)).toEqual([...sealed.inputCommitments, 0n, 0n])
    expect(x.slice(8, 12)).toEqual([...sealed.outputCommitments, 0n, 0n])
    expect(x.slice(12)).toEqual(earnings.map((earning) => earning + 2n ** 180n))
    expect(earnings).toEqual([0, 1, 2].map((c) => attributions[0]!.earnings[c]! + attributions[1]!.earnings[c]!))
    expect(Object.keys(publicSignals)).toEqual([
      'digest',
      'evaluation',
      'weightsCommitment',
      'indexCommitment',
      'challenge',
      'context',
    ])
    expect(listPublicSignals(publicSignals)).toEqual(Object.values(publicSignals))
    expect(publicSignals.evaluation).toBe(evaluatePolynomial(x, publicSignals.challenge))
  })

  test('behavior: it is a function of its input', () => {
    expect(buildStatement(batchOf(3))).toEqual(buildStatement(structuredClone(batchOf(3))))
  })

  test('behavior: the digest covers everything private as well', () => {
    const batch = batchOf(2)
    const digest = ({ publicSignals }: ReturnType<typeof buildStatement>) => publicSignals.digest
    const [first] = batch.traces
    const changed: TraceBatch[] = [
      { ...batch, batchSalt: batch.batchSalt + 1n },
      { ...batch, head: batch.head.map((row, k) => (k === first!.label ? row.with(4, row[4]! - 1) : row)) },
      { ...batch, index: { ...batch.index, scales: batch.index.scales.with(1, batch.index.scales[1]! ^ 1) } },
      withTrace(batch, 0, { inputSalt: first!.inputSalt + 1n }),
      withTrace(batch, 0, { outputSalt: first!.outputSalt + 1n }),
      withTrace(batch, 0, { poolWei: first!.poolWei ^ 1n }),
      { ...batch, traces: batch.traces.toReversed() },
      { ...batch, traces: batch.traces.slice(0, 1) },
      { ...batch, context: { ...batch.context, batchId: 2n } },
    ]
    const digests = [batch, ...changed].map((each) => digest(buildStatement(each)))
    expect(new Set(digests).size).toBe(digests.length)
  })

  test('behavior: the transcript absorbs context, both commitments, all of X, all advice and the salt, in this order', () => {
    const batch = batchOf(2)
    const { publicSignals, x, slots } = buildStatement(batch)
    const { digest, context, weightsCommitment, indexCommitment } = publicSignals
    const { logitBits, scoreBits } = widthsOf(tiny)
    const half = (bits: number) => 2n ** BigInt(bits - 1)
    const logitFields = slots.flatMap(({ trace, attribution: { logits } }) => {
      const runnerUp = [...logits].filter((_, k) => k !== trace.label).sort((a, b) => b - a)[0]!
      return [...logits.map((z) => BigInt(Math.abs(z - runnerUp))), BigInt(runnerUp) + half(logitBits)]
    })
    const scoreFields = slots.flatMap(({ attribution }) =>
      attribution.rawScores.map((score) => BigInt(score) + half(scoreBits + 1)),
    )
    const advice = [...packWords(logitFields, logitBits), ...packWords(scoreFields, scoreBits + 1)]
    expect(slots).toHaveLength(4)
    expect(x).toHaveLength(15)
    const words = [context, weightsCommitment, indexCommitment, ...x, ...advice, batch.batchSalt]
    expect(digest).toBe(taggedHash('transcript', words, tiny))
    // As it was on 2026-11-22: whoever changes what is absorbed, in all languages at once, changes this.
    expect(digest).toBe(14229596962402293036670828731798682780403838074372272505943448611639414964364n)
  })

  test('behavior: evaluatePolynomial is sum x_i point^(i+1)', () => {
    const x = [5n, 0n, FIELD_ORDER - 1n, 7n]
    const point = 123456789n
    const expected = (5n * point + (FIELD_ORDER - 1n) * point ** 3n + 7n * point ** 4n) % FIELD_ORDER
    expect(evaluatePolynomial(x, point)).toBe(expected)
    expect(evaluatePolynomial([], point)).toBe(0n)
    expect(evaluatePolynomial(x, 0n)).toBe(0n)
  })

  test('behavior: on a tie every tied label is accepted, and no other', () => {
    const base = batchOf(1)
    const row = [1, 2, 3, 4, 5]
    const batch = { ...base, head: [row, row, row.with(4, 4)] }
    for (const label of [0, 1]) expect(buildStatement(withTrace(batch, 0, { label })).attributions).toHaveLength(1)
    expect(() => buildStatement(withTrace(batch, 0, { label: 2 }))).toThrow("traces[0].label must be the head's argmax")
  })

  test('behavior: extremes of every input are inside the bounds of X', () => {
    const batch = randomBatch(tiny, seededRandom(9), {
      traces: 4,
      poolWei: () => 2n ** 96n - 1n,
      vectorEntry: () => 127,
      scale: () => 65535,
    })
    const { earnings, x } = buildStatement(batch)
    for (const earning of earnings) expect(earning > -EARNING_OFFSET && earning < EARNING_OFFSET).toBe(true)
    for (const value of x) expect(value >= 0n && value < FIELD_ORDER).toBe(true)
  })

  test('behavior: layOutX does not change what it is given', () => {
    const sealed = Object.freeze({
      requestIds: Object.freeze([9n]) as readonly bigint[],
      pools: Object.freeze([1n]) as readonly bigint[],
      inputCommitments: Object.freeze([2n]) as readonly bigint[],
      outputCommitments: Object.freeze([3n]) as readonly bigint[],
    })
    const x = layOutX(sealed, Object.freeze([-1n, 0n, 1n]) as readonly bigint[], tiny)
    expect(x).toEqual([1n, 0n, 0n, 0n, 2n, 0n, 0n, 0n, 3n, 0n, 0n, 0n, 2n ** 180n - 1n, 2n ** 180n, 2n ** 180n + 1n])
  })
})

const wrongLabel = ({ head, traces }: TraceBatch): number => {
  const logits = computeLogits(head, traces[1]!.features)
  return logits.indexOf(Math.min(...logits))
}

const refusals: [name: string, change: (batch: TraceBatch) => TraceBatch, field: string, bound: string][] = [
  ['no traces', (b) => ({ ...b, traces: [] }), 'traces.length', '1 .. 4'],
  [
    'one trace more than the slots',
    (b) => ({ ...b, traces: batchOf(4).traces.concat({ ...b.traces[0]!, requestId: 99n }) }),
    'traces.length',
    '1 .. 4',
  ],
  ['a label that is not the argmax', (b) => withTrace(b, 1, { label: wrongLabel(b) }), 'traces[1].label', ''],
  ['label -1', (b) => withTrace(b, 1, { label: -1 }), 'traces[1].label[0]', 'an integer in 0 .. 2'],
  ['label C', (b) => withTrace(b, 1, { label: 3 }), 'traces[1].label[0]', 'an integer in 0 .. 2'],
  ['label 0.5', (b) => withTrace(b, 1, { label: 0.5 }), 'traces[1].label[0]', 'an integer in 0 .. 2'],
  ['a request twice', (b) => withTrace(b, 1, { requestId: 1n }), 'traces[1].requestId', 'in the batch once'],
  ['pool -1', (b) => withTrace(b, 0, { poolWei: -1n }), 'traces[0].poolWei', 'wei in 0 .. 2^96-1'],
  ['pool 2^96', (b) => withTrace(b, 1, { poolWei: 2n ** 96n }), 'traces[1].poolWei', 'wei in 0 .. 2^96-1'],
  ['feature 128', (b) => withFeature(b, 1, 2, 128), 'traces[1].features[2]', 'an integer in -127 .. 127'],
  ['feature -128', (b) => withFeature(b, 0, 0, -128), 'traces[0].features[0]', 'an integer in -127 .. 127'],
  ['feature NaN', (b) => withFeature(b, 0, 0, Number.NaN), 'traces[0].features[0]', 'an integer in -127 .. 127'],
  ['feature 1.5', (b) => withFeature(b, 0, 3, 1.5), 'traces[0].features[3]', 'an integer in -127 .. 127'],
  ['bias 126', (b) => withFeature(b, 1, 4, 126), 'traces[1].features[4]', 'the bias constant 127'],
  ['bias -127', (b) => withFeature(b, 1, 4, -127), 'traces[1].features[4]', 'the bias constant 127'],
  ['salt r', (b) => withTrace(b, 0, { inputSalt: FIELD_ORDER }), 'traces[0].inputSalt', 'a field element in 0 .. r-1'],
  ['salt -1', (b) => withTrace(b, 1, { outputSalt: -1n }), 'traces[1].outputSalt', 'a field element in 0 .. r-1'],
  ['batch salt r', (b) => ({ ...b, batchSalt: FIELD_ORDER }), 'batchSalt', 'a field element in 0 .. r-1'],
  ['a class short', (b) => ({ ...b, head: b.head.slice(1) }), 'weights.length', '3'],
  ['a weight short', (b) => ({ ...b, head: b.head.with(2, b.head[2]!.slice(1)) }), 'weights[2].length', '5'],
  [
    'weight 32768',
    (b) => ({ ...b, head: b.head.with(1, b.head[1]!.with(0, 32768)) }),
    'weights[1][0]',
    'an integer in -32767 .. 32767',
  ],
  [
    'weight -32768',
    (b) => ({ ...b, head: b.head.with(1, b.head[1]!.with(3, -32768)) }),
    'weights[1][3]',
    'an integer in -32767 .. 32767',
  ],
  [
    'a contributor too many',
    (b) => ({ ...b, index: { ...b.index, vectors: [...b.index.vectors, b.index.vectors[0]!] } }),
    'vectors.length',
    '3',
  ],
  [
    'vector entry -128',
    (b) => {
      const vectors = structuredClone(b.index.vectors) as number[][][]
      vectors[2]![1]![4] = -128
      return { ...b, index: { ...b.index, vectors } }
    },
    'vectors[2][1][4]',
    'an integer in -127 .. 127',
  ],
  [
    'scale 65536',
    (b) => ({ ...b, index: { ...b.index, scales: [1, 65536, 1] } }),
    'scales[1]',
    'an integer in 0 .. 65535',
  ],
  ['scale -1', (b) => ({ ...b, index: { ...b.index, scales: [1, 1, -1] } }), 'scales[2]', 'an integer in 0 .. 65535'],
  ['a scale short', (b) => ({ ...b, index: { ...b.index, scales: [1, 1] } }), 'scales.length', '3'],
]

test.each(refusals)('error: %s', (_name, change, field, bound) => {
  const batch = batchOf(2)
  expect(() => buildStatement(batch)).not.toThrow()
  expect(() => buildStatement(change(batch))).toThrow(
    expect.objectContaining({ name: 'InvalidInputError', field, bound: expect.stringContaining(bound) }),
  )
})

describe('buildStatement, context and ids', () => {
  const wide = 2n ** 256n
  test.each([
    ['context.chainId', { chainId: -1n }],
    ['context.batchId', { batchId: wide }],
    ['context.epochId', { epochId: wide }],
    ['context.settlement', { settlement: '0x12' as const }],
    ['context.prover', { prover: '0x0000000000000000000000000000000000000000' as const }],
    ['context.circuitKeyHash', { circuitKeyHash: '0x1234' as const }],
  ])('error: %s out of its width', (field, change) => {
    const batch = batchOf(1)
    expect(() => buildStatement({ ...batch, context: { ...batch.context, ...change } })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field }),
    )
  })

  test.each([-1n, wide])('error: the request id %s', (requestId) => {
    expect(() => buildStatement(withTrace(batchOf(2), 1, { requestId }))).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field: 'traces[1].requestId' }),
    )
  })

  test('error: a wrong label is refused without telling the logits', () => {
    const batch = batchOf(1)
    const wrong = (batch.traces[0]!.label + 1) % 3
    expect(() => buildStatement(withTrace(batch, 0, { label: wrong }))).toThrow(
      `traces[0].label must be the head's argmax, got ${wrong}`,
    )
  })
})
