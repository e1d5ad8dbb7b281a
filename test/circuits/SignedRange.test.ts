import { beforeAll, describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../src/field.ts'
import { bitEdits, type Circuit, expectNoCircuit, openCircuit, toInput } from './openCircuit.ts'

const mainOf = (bits: number) => ({ template: 'range/SignedRange', parameters: [bits], publicInputs: ['in'] })
const open = (bits: number) => openCircuit(mainOf(bits))
let circuit: Circuit
beforeAll(async () => {
  circuit = await open(8)
})

describe('SignedRange', () => {
  test.each([
    ['default', 5n],
    ['behavior: a negative value', -5n],
    ['behavior: zero is not negative', 0n],
    ['behavior: minus one', -1n],
    ['behavior: the smallest value', -128n],
    ['behavior: the largest value', 127n],
  ])('%s', async (_, value) => {
    const witness = await circuit.expectPass(toInput({ in: value }))
    expect(witness.signal('shifted')).toBe(value + 128n)
    expect(witness.signal('nonNegative')).toBe(value >= 0n ? 1n : 0n)
  })

  test('behavior: the widest range', async () => {
    const widest = await open(252)
    for (const value of [-(2n ** 251n), 2n ** 251n - 1n]) {
      const witness = await widest.expectPass(toInput({ in: value }))
      expect(witness.signal('nonNegative')).toBe(value >= 0n ? 1n : 0n)
    }
    ;(await widest.forge(toInput({ in: 2n ** 251n }))).expectRejected(1)
  })

  test.each([128n, -129n, 255n, FIELD_ORDER / 2n])('error: %s', async (value) => {
    await circuit.expectRefused(toInput({ in: value }))
    ;(await circuit.forge(toInput({ in: value }))).expectRejected(1)
  })

  test.each([0n, 5n, -5n])('error: the sign of %s flipped', async (value) => {
    const witness = await circuit.expectPass(toInput({ in: value }))
    const flipped = 1n - witness.signal('nonNegative')
    witness.expectForgeryRejected({ nonNegative: flipped, 'decomposition.out[7]': flipped }, 1)
  })

  test('error: minus zero has no spelling of its own', async () => {
    const witness = await circuit.expectPass(toInput({ in: 0n }))
    // In sign and magnitude 0 could be negative. Here a cleared sign takes 128 from the sum, and no other bits can make up for it.
    for (let bits = 0n; bits < 128n; bits++) {
      witness.expectForgeryRejected({ nonNegative: 0n, ...bitEdits('decomposition.out', bits, 8) }, 1)
    }
    const madeUpFor = { nonNegative: 0n, 'decomposition.out[7]': 0n, 'decomposition.out[6]': 2n }
    witness.expectForgeryRejected(madeUpFor, 1)
  })

  test('error: the shifted value off by one', async () => {
    const witness = await circuit.expectPass(toInput({ in: 5n }))
    witness.expectForgeryRejected({ shifted: 134n, ...bitEdits('decomposition.out', 134n, 8) }, 1)
  })

  test('error: a width above 252 or without a sign does not compile', async () => {
    for (const bits of [253, 1]) await expectNoCircuit(mainOf(bits))
  })

  test('behavior: no wire is free', async () => {
    for (const value of [0n, -1n, 77n, -128n]) (await circuit.expectPass(toInput({ in: value }))).expectNoFreeWire()
  })
})
