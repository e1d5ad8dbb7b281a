import { beforeAll, describe, expect, test } from 'vitest'
import { bitEdits, type Circuit, openCircuit, toInput } from './openCircuit.ts'

const TOTAL_BITS = 20
let circuit: Circuit
beforeAll(async () => {
  circuit = await openCircuit({
    template: 'trace/ScoreTotal',
    parameters: [3, TOTAL_BITS],
    publicInputs: ['scores', 'nonNegative'],
  })
})

const signs = (scores: readonly number[]): number[] => scores.map((score) => (score >= 0 ? 1 : 0))
const inputOf = (scores: readonly number[], nonNegative = signs(scores)) => toInput({ scores, nonNegative })
/** T as the protocol defines it. */
const totalOf = (scores: readonly number[]) =>
  BigInt(
    scores.reduce((sum, score) => sum + Math.abs(score), 0) + Math.abs(scores.reduce((sum, score) => sum + score, 0)),
  ) / 2n

describe('ScoreTotal', () => {
  test.each([
    ['default: the positive mass is larger', [500, -200, 30]],
    ['behavior: the negative mass is larger', [200, -500, -30]],
    ['behavior: both are equal', [500, -200, -300]],
    ['behavior: all positive', [1, 2, 3]],
    ['behavior: all negative', [-1, -2, -3]],
    ['behavior: all zero', [0, 0, 0]],
    ['behavior: the largest positive mass', [2 ** 20 - 1, 0, 0]],
    ['behavior: the largest negative mass', [-(2 ** 20 - 3), -1, -1]],
    ['behavior: the largest masses of both signs', [2 ** 19 - 1, -(2 ** 19), 0]],
  ])('%s', async (_, scores) => {
    const witness = await circuit.expectPass(inputOf(scores))
    expect(witness.signal('total')).toBe(totalOf(scores))
  })

  test('behavior: the sign of a score of 0 does not matter', async () => {
    for (const sign of [0, 1]) {
      const witness = await circuit.expectPass(inputOf([0, -7, 3], [sign, 0, 1]))
      expect(witness.signal('total')).toBe(7n)
    }
  })

  test.each([[[2 ** 20, 0, 0]], [[-(2 ** 20), -1, 0]], [[2 ** 19, 2 ** 19, 0]]])(
    'error: a sum out of range: %s',
    async (scores) => {
      await circuit.expectRefused(inputOf(scores))
      ;(await circuit.forge(inputOf(scores))).expectRejected(1)
    },
  )

  test('error: the total off by one', async () => {
    const witness = await circuit.expectPass(inputOf([500, -200, 30]))
    for (const total of [529n, 531n]) witness.expectForgeryRejected({ total }, 1)
  })

  test.each([
    ['positive', [500, -200, 30]],
    ['negative', [200, -500, 30]],
  ])('error: the sign of a %s sum flipped, to take the other mass', async (_, scores) => {
    const sum = BigInt(scores.reduce((sum, score) => sum + score, 0))
    const witness = await circuit.expectPass(inputOf(scores))
    const flipped = sum >= 0n ? 0n : 1n
    const negativeMass = BigInt(scores.reduce((mass, score) => mass - Math.min(0, score), 0))
    const edits = {
      ...bitEdits('sign.decomposition.out', sum + 2n ** 20n, TOTAL_BITS + 1),
      [`sign.decomposition.out[${TOTAL_BITS}]`]: flipped,
      'sign.nonNegative': flipped,
      positiveSum: flipped * sum,
      total: negativeMass + flipped * sum,
    }
    expect(edits.total).not.toBe(totalOf(scores))
    witness.expectForgeryRejected(edits, 1)
  })

  test('error: a positive score left out of the mass', async () => {
    const forged = await circuit.forge(inputOf([500, -200, 30]), {
      'trace/ScoreTotal': { 'nonNegative[c] * scores[c];': '(c == 2 ? 0 : nonNegative[c]) * scores[c];' },
    })
    expect(forged.signal('total')).toBe(500n)
    forged.expectRejected(1)
  })

  test('behavior: trusts its caller for signs', async () => {
    const witness = await circuit.expectPass(inputOf([500, -200, 30], [0, 0, 1]))
    expect(witness.signal('total')).not.toBe(530n)
  })

  test('behavior: no wire is free', async () => {
    for (const scores of [
      [500, -200, 30],
      [-5, 2, 0],
      [0, 0, 0],
    ]) {
      ;(await circuit.expectPass(inputOf(scores))).expectNoFreeWire()
    }
  })
})
