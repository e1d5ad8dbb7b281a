import { beforeAll, describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../src/field.ts'
import { WEIGHT_TABLE } from '../../src/statement/attributeTrace.ts'
import { type Circuit, expectNoCircuit, openCircuit, toInput } from './openCircuit.ts'

const LOGIT_BITS = 20
const mainOf = (logitBits: number) => ({
  template: 'trace/MarginWeight',
  parameters: [logitBits],
  publicInputs: ['distance', 'isLabel'],
})
const open = (logitBits: number) => openCircuit(mainOf(logitBits))
let circuit: Circuit
beforeAll(async () => {
  circuit = await open(LOGIT_BITS)
})

const weightOf = (distance: number) => BigInt(WEIGHT_TABLE[Math.min(255, distance >> 7)]!)

describe('MarginWeight', () => {
  test.each([
    ['default', 1_000],
    ['behavior: the runner-up itself', 0],
    ['behavior: just within the first entry', 127],
    ['behavior: just within the second', 128],
    ['behavior: the last weight that is not 0', 200 * 128 - 1],
    ['behavior: the last entry', 255 * 128],
    ['behavior: the end of the last entry', 256 * 128 - 1],
    ['behavior: just beyond the table, where the low bits name entry 0', 256 * 128],
    ['behavior: far beyond the table', 300_000],
    ['behavior: the largest distance', 2 ** LOGIT_BITS - 1],
  ])('%s', async (_, distance) => {
    const witness = await circuit.expectPass(toInput({ distance, isLabel: 0 }))
    expect(witness.signal('weight')).toBe(weightOf(distance))
    const label = await circuit.expectPass(toInput({ distance, isLabel: 1 }))
    expect(label.signal('weight')).toBe(0n)
  })

  test('behavior: the smallest width', async () => {
    const narrow = await open(16)
    for (const distance of [0, 32_767, 32_768, 65_535]) {
      const witness = await narrow.expectPass(toInput({ distance, isLabel: 0 }))
      expect(witness.signal('weight')).toBe(weightOf(distance))
    }
  })

  test.each([-1n, 2n ** 20n, -128n, FIELD_ORDER / 2n])('error: a distance of %s', async (distance) => {
    for (const isLabel of [0, 1]) {
      await circuit.expectRefused(toInput({ distance, isLabel }))
      ;(await circuit.forge(toInput({ distance, isLabel }))).expectRejected(1)
    }
  })

  test('error: another weight than the entry', async () => {
    for (const distance of [0, 1_000, 300_000]) {
      const witness = await circuit.expectPass(toInput({ distance, isLabel: 0 }))
      witness.expectForgeryRejected({ weight: weightOf(distance) + 1n }, 1)
    }
  })

  test('error: a wrong table entry, carried through', async () => {
    const forged = await circuit.forge(toInput({ distance: 17 * 128, isLabel: 0 }), {
      'trace/WeightTable': { '155, 150, 145': '155, 151, 145' },
    })
    expect(forged.signal('weight')).toBe(151n)
    forged.expectRejected(1)
  })

  test('error: a competitor counted as beyond the table', async () => {
    const witness = await circuit.expectPass(toInput({ distance: 1_000, isLabel: 0 }))
    // Only the definition out = 1 - in * inv is in the way: in is 0.
    witness.expectForgeryRejected({ 'counts.out': 0n, weight: 0n }, 1)
  })

  test.each([
    ['the label', 1_000, 1],
    ['a competitor beyond the table', 300_000, 0],
    ['the label, beyond the table', 300_000, 1],
  ])('error: %s counted as within the table', async (_, distance, isLabel) => {
    const witness = await circuit.expectPass(toInput({ distance, isLabel }))
    const entry = BigInt(WEIGHT_TABLE[(distance >> 7) & 255]!)
    witness.expectForgeryRejected({ 'counts.inv': 0n, 'counts.out': 1n, weight: entry }, 1)
  })

  test('error: digits with the right sum that are no bits, to look up between two entries', async () => {
    const input = toInput({ distance: 1_000, isLabel: 0 })
    const witness = await circuit.expectPass(input)
    // 1000 has bits 7 and 8: the first is made 3, the second 0.
    const forged = await circuit.forge(input, {
      'circomlib/bitify': {
        'out[i] <-- (in >> i) & 1;': 'out[i] <-- n == 20 && i == 7 ? 3 : (n == 20 && i == 8 ? 0 : (in >> i) & 1);',
      },
    })
    expect(forged.signal('weight')).not.toBe(witness.signal('weight'))
    forged.expectRejected(1)
  })

  test('error: a width without a bit beyond the table does not compile', async () => {
    for (const logitBits of [15, 253]) await expectNoCircuit(mainOf(logitBits))
  })

  test('behavior: no wire is free', async () => {
    ;(await circuit.expectPass(toInput({ distance: 300_000, isLabel: 0 }))).expectNoFreeWire()
    ;(await circuit.expectPass(toInput({ distance: 1_000, isLabel: 1 }))).expectNoFreeWire()
    ;(await circuit.expectPass(toInput({ distance: 1_000, isLabel: 0 }))).expectNoFreeWire({
      'counts.inv': 'the inverse of 0: it is multiplied by 0 and enters nothing else',
    })
  })
})
