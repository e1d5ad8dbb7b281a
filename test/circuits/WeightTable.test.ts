import { beforeAll, describe, expect, test } from 'vitest'
import { WEIGHT_TABLE } from '../../src/statement/attributeTrace.ts'
import { type Circuit, openCircuit, toInput } from './openCircuit.ts'

const bitsOf = (index: number) => Array.from({ length: 8 }, (_, i) => (index >> i) & 1)

let circuit: Circuit
beforeAll(async () => {
  circuit = await openCircuit({ template: 'trace/WeightTable', parameters: [], publicInputs: ['bits'] })
})

describe('WeightTable', () => {
  test('default: all 256 entries are those of the reference', async () => {
    for (const [index, weight] of WEIGHT_TABLE.entries()) {
      const witness = await circuit.expectPass(toInput({ bits: bitsOf(index) }))
      expect(witness.signal('weight'), `entry ${index}`).toBe(BigInt(weight))
    }
  })

  test('behavior: the entries are round(255 exp(-i/32)), none of them near a tie', () => {
    for (const [index, weight] of WEIGHT_TABLE.entries()) {
      const exact = 255 * Math.exp(-index / 32)
      expect(Math.abs(weight - exact)).toBeLessThan(0.5 - 1e-6)
    }
  })

  test.each([0, 1, 15, 16, 127, 128, 170, 255])('error: another weight for entry %s', async (index) => {
    const witness = await circuit.expectPass(toInput({ bits: bitsOf(index) }))
    for (const weight of [WEIGHT_TABLE[index]! + 1, WEIGHT_TABLE[index]! - 1, 1_000_000]) {
      witness.expectForgeryRejected({ weight }, 1)
    }
  })

  test('error: an entry of the table changed', async () => {
    const rewrites = { 'trace/WeightTable': { '155, 150, 145': '155, 151, 145' } }
    // The rows are linear in the monomials and so no wires: the selection that takes the row shows it.
    ;(await circuit.forge(toInput({ bits: bitsOf(17) }), rewrites)).expectRejected(1)
    // An index that does not meet the entry has the same witness.
    ;(await circuit.forge(toInput({ bits: bitsOf(16) }), rewrites)).expectSatisfied()
  })

  test('error: a monomial that is not the product of its bits', async () => {
    const forged = await circuit.forge(toInput({ bits: bitsOf(0b1011_0110) }), {
      'trace/WeightTable': { '* bits[top];': '* bits[top] + (m == 6 ? 1 : 0);' },
    })
    forged.expectRejected(1)
  })

  test.each([
    ['bits[4] *', 'the first', 0b0001_0110],
    ['bits[5] *', 'the second', 0b0010_0110],
    ['bits[6] *', 'the third', 0b0100_0110],
    ['bits[7] *', 'the last', 0b1000_0110],
  ])('error: %s turned round in %s selection', async (piece, _, index) => {
    const forged = await circuit.forge(toInput({ bits: bitsOf(index) }), {
      'trace/WeightTable': { [piece]: piece.replace('bits', '(1 - bits').replace(']', '])') },
    })
    // Each selection of the level, but for two of the eight first ones, which choose between equal weights.
    forged.expectRejected({ 4: 6, 5: 4, 6: 2, 7: 1 }[piece[5]!]!)
  })

  test('behavior: trusts its caller that bits are bits', async () => {
    const witness = await circuit.expectPass(toInput({ bits: [2, 0, 0, 0, 0, 0, 0, 0] }))
    expect(witness.signal('weight')).toBe(255n + 2n * (247n - 255n))
  })

  test('behavior: no wire is free', async () => {
    for (const index of [0, 91, 255]) {
      ;(await circuit.expectPass(toInput({ bits: bitsOf(index) }))).expectNoFreeWire()
    }
  })
})
