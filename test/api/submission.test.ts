import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import {
  MAX_TRACES_PER_REQUEST,
  modelSubmission,
  parseTraceSubmissions,
  traceActionRequest,
} from '../../src/api/submission.ts'
import { signTrace } from '../../src/client/signTrace.ts'
import { shapeNamed } from '../../src/shape.ts'
import { parseStrictly, toJson } from '../../src/statement/traceBatchSchema.ts'

const operator = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const submission = await signTrace(operator, {
  chainId: 31337n,
  escrow: operator.address,
  shape: shapeNamed('tiny'),
  modelId: 1n,
  requestId: 2n ** 256n - 1n,
  features: [1, -2, 3, -127, 127],
  label: 2,
  deadline: 1_900_000_000n,
})
const json = (value: unknown) => JSON.parse(toJson(value))
const one = json(submission)

describe('parseTraceSubmissions', () => {
  test('default: one trace, as it was before it became text', () => {
    expect(parseTraceSubmissions(one)).toEqual(submission)
  })

  test('default: several', () => {
    expect(parseTraceSubmissions({ traces: [one, one] })).toEqual({ traces: [submission, submission] })
  })

  test('behavior: an id in hexadecimal is the same id', () => {
    expect(parseTraceSubmissions({ ...one, modelId: '0x01' })).toEqual(submission)
  })

  test('behavior: a fault is named in the form that was meant', () => {
    expect(() => parseTraceSubmissions({ traces: [one, { ...one, label: 1.5 }] })).toThrow(/^body\.traces\[1\]\.label /)
    expect(() => parseTraceSubmissions({ ...one, label: 1.5 })).toThrow(/^body\.label /)
    expect(() => parseTraceSubmissions({})).toThrow(/^body\.chainId /)
    expect(() => parseTraceSubmissions({ traces: one })).toThrow(/^body\.traces must be an array/)
  })

  test(`error: none, or more than ${MAX_TRACES_PER_REQUEST}`, () => {
    expect(() => parseTraceSubmissions({ traces: [] })).toThrow('at least one trace')
    expect(() => parseTraceSubmissions({ traces: Array(MAX_TRACES_PER_REQUEST + 1).fill(one) })).toThrow('at most 64')
    expect(parseTraceSubmissions({ traces: Array(MAX_TRACES_PER_REQUEST).fill(one) })).toBeDefined()
  })

  test('error: a list and a trace at once', () => {
    expect(() => parseTraceSubmissions({ ...one, traces: [one] })).toThrow('absent: it is no known field')
  })

  test('error: a message never quotes a salt', () => {
    expect(() => parseTraceSubmissions({ ...one, inputSalt: '12345678x' })).toThrow(/^(?!.*12345678).*inputSalt/)
  })

  test.each(Object.keys(one))('error: without %s', (field) => {
    const { [field]: _, ...rest } = one
    expect(() => parseTraceSubmissions(rest)).toThrow(new RegExp(`^body\\.${field} `))
  })
})

test('default: an action, and a model', () => {
  const action = { deadline: '5', signature: '0x00' }
  expect(parseStrictly(traceActionRequest, action, 'body')).toEqual({ deadline: 5n, signature: '0x00' })
  const model = {
    modelId: '1',
    indexVersion: '2',
    shape: 'tiny',
    head: [[1]],
    index: { vectors: [[[1]]], scales: [1] },
  }
  expect(parseStrictly(modelSubmission, model, 'body')).toMatchObject({
    modelId: 1n,
    shape: { name: 'tiny', traces: 4 },
  })
})
