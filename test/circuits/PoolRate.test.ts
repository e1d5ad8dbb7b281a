import { beforeAll, describe, expect, test } from 'vitest'
import { bitEdits, type Circuit, openCircuit, toInput } from './openCircuit.ts'

const TOTAL_BITS = 50
let circuit: Circuit
beforeAll(async () => {
  circuit = await openCircuit({ template: 'trace/PoolRate', parameters: [TOTAL_BITS] })
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
  ])('%s', async (_, pool, total) => {
    const witness = await circuit.expectPass(toInput({ pool, total }))
    expect(witness.values[1]).toBe((pool << 64n) / total)
  })

  test('behavior: nothing is shared out over a total of 0', async () => {
    const witness = await circuit.expectPass(toInput({ pool: 10n ** 18n, total: 0n }))
    expect(witness.values[1]).toBe(0n)
    witness.expectForgeryRejected(division(1n, 0n, 1n))
  })

  test.each([2n ** 96n, -1n])('error: a pool of %s is refused', async (pool) => {
    await circuit.expectRefused(toInput({ pool, total: 5n }))
  })

  test('error: a quotient one too small with a remainder that takes up the difference', async () => {
    const [pool, total] = [10n ** 18n, 1_000n * 2n ** 20n + 7n]
    const witness = await circuit.expectPass(toInput({ pool, total }))
    const rate = (pool << 64n) / total
    const remainder = (pool << 64n) % total
    witness.expectForgeryRejected(division(rate - 1n, remainder + total, total))
    witness.expectForgeryRejected(division(rate + 1n, remainder - total, total))
  })
})
