import { beforeAll, describe, test } from 'vitest'
import { FIELD_ORDER } from '../../src/field.ts'
import { bitEdits, type Circuit, expectNoCircuit, openCircuit, toInput } from './openCircuit.ts'

const mainOf = (bits: number) => ({ template: 'range/UnsignedRange', parameters: [bits], publicInputs: ['in'] })
const open = (bits: number) => openCircuit(mainOf(bits))
let circuit: Circuit
let widest: Circuit
beforeAll(async () => {
  circuit = await open(16)
  widest = await open(252)
})

describe('UnsignedRange', () => {
  test.each([
    ['default', 12_345n],
    ['behavior: the smallest value', 0n],
    ['behavior: the largest value', 65_535n],
  ])('%s', async (_, value) => {
    await circuit.expectPass(toInput({ in: value }))
  })

  test('behavior: the widest range', async () => {
    for (const value of [0n, 2n ** 252n - 1n]) await widest.expectPass(toInput({ in: value }))
  })

  test.each([65_536n, -1n, -65_536n, FIELD_ORDER / 2n])('error: %s', async (value) => {
    await circuit.expectRefused(toInput({ in: value }))
    ;(await circuit.forge(toInput({ in: value }))).expectRejected(1)
  })

  test('error: the widest range and one beyond it', async () => {
    for (const value of [2n ** 252n, -1n]) {
      await widest.expectRefused(toInput({ in: value }))
      ;(await widest.forge(toInput({ in: value }))).expectRejected(1)
    }
  })

  test('error: digits that are not bits and sum to the value', async () => {
    const witness = await circuit.expectPass(toInput({ in: 6n }))
    // 6 = 2 * 1 + 1 * 4 = 0 * 1 + 3 * 2: the second digit is 3 and the third 0.
    witness.expectForgeryRejected({ 'decomposition.out[1]': 3n, 'decomposition.out[2]': 0n }, 1)
    // 6 = 8 - 2: a digit of -1.
    const borrowed = { 'decomposition.out[1]': -1n, 'decomposition.out[2]': 0n, 'decomposition.out[3]': 1n }
    witness.expectForgeryRejected(borrowed, 1)
  })

  test('error: the bits of the value + r', async () => {
    // They spell the same field element but do not fit: whatever is cut off is missing from the sum.
    const witness = await widest.expectPass(toInput({ in: 6n }))
    witness.expectForgeryRejected(bitEdits('decomposition.out', 6n + FIELD_ORDER, 252), 1)
  })

  test.each([0, 253])('error: a width of %s does not compile', async (bits) => {
    await expectNoCircuit(mainOf(bits))
  })

  test('behavior: no wire is free', async () => {
    for (const value of [0n, 12_345n, 65_535n]) (await circuit.expectPass(toInput({ in: value }))).expectNoFreeWire()
    ;(await widest.expectPass(toInput({ in: 3n ** 150n }))).expectNoFreeWire()
  })
})
