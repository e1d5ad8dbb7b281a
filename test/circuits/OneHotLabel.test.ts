import { beforeAll, describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../src/field.ts'
import { type Circuit, expectNoCircuit, openCircuit, toInput } from './openCircuit.ts'

const CLASSES = 4
const oneHot = (label: number) => Array.from({ length: CLASSES }, (_, k) => (k === label ? 1n : 0n))
const edits = (values: readonly (bigint | number)[]) =>
  Object.fromEntries(values.map((value, k) => [`isLabel[${k}]`, value]))

const mainOf = (classes: number) => ({ template: 'trace/OneHotLabel', parameters: [classes], publicInputs: ['label'] })
let circuit: Circuit
beforeAll(async () => {
  circuit = await openCircuit(mainOf(CLASSES))
})

describe('OneHotLabel', () => {
  test.each([
    ['default', 1],
    ['behavior: the first class', 0],
    ['behavior: the last class', 3],
  ])('%s', async (_, label) => {
    const witness = await circuit.expectPass(toInput({ label }))
    expect(witness.signals('isLabel', CLASSES)).toEqual(oneHot(label))
  })

  test.each([4, -1, 2 ** 32])('error: a label of %s', async (label) => {
    await circuit.expectRefused(toInput({ label }))
    // No place is set: neither the number of ones nor the position comes out.
    ;(await circuit.forge(toInput({ label }))).expectRejected(2)
  })

  test('error: a label out of range that claims the last place', async () => {
    ;(await circuit.forge(toInput({ label: 4 }))).edited(edits([0, 0, 0, 1])).expectRejected(1)
  })

  test.each([
    ['the one stands in another place', [0, 0, 1, 0]],
    ['the places are reversed', oneHot(1).toReversed()],
    ['no place is set', [0, 0, 0, 0], 2],
    ['two places are set, the sum of positions right', [1, 1, 0, 0]],
    ['three places are set', [1, 1, 1, 0], 2],
    ['values that are not boolean with the right sum and position', [0, 2, -2, 1], 2],
    ['halves on both sides', ['half', 0, 'half', 0], 2],
    ['a negative one', [2, -1, 0, 0], 3],
  ] as const)('error: %s', async (_, values, violations: number = 1) => {
    const witness = await circuit.expectPass(toInput({ label: 1 }))
    const half = (1n + FIELD_ORDER) / 2n
    witness.expectForgeryRejected(edits(values.map((value) => (value === 'half' ? half : value))), violations)
  })

  test('error: a single class does not compile', () => expectNoCircuit(mainOf(1)))

  test('behavior: no wire is free', async () => {
    for (let label = 0; label < CLASSES; label++) {
      ;(await circuit.expectPass(toInput({ label }))).expectNoFreeWire()
    }
  })
})
