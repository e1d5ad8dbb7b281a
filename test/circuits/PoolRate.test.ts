import { beforeAll, describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../src/field.ts'
import { bitEdits, type Circuit, expectNoCircuit, openCircuit, toInput } from './openCircuit.ts'

const TOTAL_BITS = 50
const mainOf = (totalBits: number) => ({
  template: 'trace/PoolRate',
  parameters: [totalBits],
  publicInputs: ['pool', 'total'],
})
let circuit: Circuit
beforeAll(async () => {
  circuit = await openCircuit(mainOf(TOTAL_BITS))
})

/** All wires of a quotient and remainder, as an attacker would fill them in. */
const division = (rate: bigint, remainder: bigint, divisor: bigint) => ({
  rate,
  remainder,
  product: rate * divisor,
  ...bitEdits('rateRange.decomposition.out', rate, 160),
  ...bitEdits('remainderRange.decomposition.out', remainder, TOTAL_BITS),
  ...bitEdits('slackRange.decomposition.out', divisor - 1n - remainder, TOTAL_BITS),
})

describe('PoolRate', () => {
  test.each([
    ['default', 1_000_000_000_000_000_000n, 123_456_789n],
    ['behavior: the largest pool over the smallest total', 2n ** 96n - 1n, 1n],
    ['behavior: no pool', 0n, 77n],
    ['behavior: the largest total', 5n, 2n ** 50n - 1n],
    ['behavior: the largest pool over the largest total', 2n ** 96n - 1n, 2n ** 50n - 1n],
  ])('%s', async (_, pool, total) => {
    const witness = await circuit.expectPass(toInput({ pool, total }))
    expect(witness.signal('rate')).toBe((pool << 64n) / total)
  })

  test('behavior: nothing is shared out over a total of 0', async () => {
    const witness = await circuit.expectPass(toInput({ pool: 10n ** 18n, total: 0n }))
    expect(witness.signal('rate')).toBe(0n)
    witness.expectForgeryRejected(division(1n, 0n, 1n), 1)
  })

  test.each([2n ** 96n, -1n])('error: a pool of %s', async (pool) => {
    await circuit.expectRefused(toInput({ pool, total: 5n }))
    // A pool of -1 gives a dividend near r, and so a rate that is too long as well.
    ;(await circuit.forge(toInput({ pool, total: 5n }))).expectRejected(pool < 0n ? 2 : 1)
  })

  test('error: a quotient one too small with a remainder that takes up the difference', async () => {
    const [pool, total] = [10n ** 18n, 1_000n * 2n ** 20n + 7n]
    const witness = await circuit.expectPass(toInput({ pool, total }))
    const rate = (pool << 64n) / total
    const remainder = (pool << 64n) % total
    witness.expectForgeryRejected(division(rate - 1n, remainder + total, total), 1)
    witness.expectForgeryRejected(division(rate + 1n, remainder - total, total), 1)
  })

  test('error: a remainder that is the divisor, or one more', async () => {
    for (const total of [1n << 20n, 3n]) {
      const forged = await circuit.forge(toInput({ pool: 10n ** 18n, total }), {
        'trace/PoolRate': {
          'rate <-- dividend \\ divisor;': 'rate <-- dividend \\ divisor - 1;',
          'remainder <-- dividend % divisor;': 'remainder <-- dividend % divisor + divisor;',
        },
      })
      forged.expectRejected(1)
    }
  })

  test('error: a quotient that wraps round the field', async () => {
    const [pool, total] = [10n ** 18n, 12_345n]
    const witness = await circuit.expectPass(toInput({ pool, total }))
    // rate * total = dividend - 1 mod r, with the remainder 1: right but for the 160 bits of the rate.
    const dividend = pool << 64n
    let multiple = dividend - 1n
    while (multiple % total !== 0n) multiple += FIELD_ORDER
    witness.expectForgeryRejected({ ...division(multiple / total, 1n, total), product: dividend - 1n }, 1)
    const forged = await circuit.forge(toInput({ pool, total }), {
      'trace/PoolRate': {
        'rate <-- dividend \\ divisor;': 'rate <-- (dividend - 1) / divisor;',
        'remainder <-- dividend % divisor;': 'remainder <-- 1;',
      },
    })
    expect(forged.signal('rate')).not.toBe(witness.signal('rate'))
    forged.expectRejected(1)
  })

  test('error: a total of 0 passed off as another, to divide by nothing', async () => {
    const witness = await circuit.expectPass(toInput({ pool: 10n ** 18n, total: 0n }))
    const isNotZero = { 'totalIsZero.out': 0n, 'totalIsZero.inv': 0n, divisor: 0n, dividend: (10n ** 18n) << 64n }
    // The zero test, the slack of -1 and the product.
    witness.expectForgeryRejected({ ...isNotZero, ...division(7n, 0n, 0n) }, 3)
  })

  test('error: a total passed off as 0, to pay nobody', async () => {
    const witness = await circuit.expectPass(toInput({ pool: 10n ** 18n, total: 5n }))
    const isZero = { 'totalIsZero.out': 1n, 'totalIsZero.inv': 0n, divisor: 6n, dividend: 0n }
    witness.expectForgeryRejected({ ...isZero, ...division(0n, 0n, 6n) }, 1)
  })

  test('error: a total so wide that a product could wrap does not compile', () => expectNoCircuit(mainOf(93)))

  test('behavior: no wire is free', async () => {
    ;(await circuit.expectPass(toInput({ pool: 10n ** 18n + 3n, total: 987_654_321n }))).expectNoFreeWire()
    ;(await circuit.expectPass(toInput({ pool: 5n, total: 0n }))).expectNoFreeWire({
      'totalIsZero.inv': 'the inverse of 0: it is multiplied by 0 and enters nothing else',
    })
  })
})
