import { beforeAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../../scripts/randomBatch.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import { evaluatePolynomial } from '../../src/statement/buildStatement.ts'
import { type Circuit, expectNoCircuit, openCircuit, toInput } from './openCircuit.ts'

const LENGTH = 5
const { bigBits } = seededRandom(5)
const randomX = () => Array.from({ length: LENGTH }, () => bigBits(256) % FIELD_ORDER)
const POINT = bigBits(248)

const mainOf = (length: number) => ({
  template: 'batch/PolynomialEvaluation',
  parameters: [length],
  publicInputs: ['x', 'point'],
})
const open = (length: number) => openCircuit(mainOf(length))
let circuit: Circuit
beforeAll(async () => {
  circuit = await open(LENGTH)
})

describe('PolynomialEvaluation', () => {
  test.each([
    ['default', randomX(), POINT],
    ['behavior: at 0', randomX(), 0n],
    ['behavior: at 1', randomX(), 1n],
    ['behavior: at -1', randomX(), FIELD_ORDER - 1n],
    ['behavior: the largest point', randomX(), 2n ** 248n - 1n],
    ['behavior: nothing but zeros', Array<bigint>(LENGTH).fill(0n), POINT],
    ['behavior: the largest values', Array<bigint>(LENGTH).fill(FIELD_ORDER - 1n), POINT],
  ])('%s', async (_, x, point) => {
    const witness = await circuit.expectPass(toInput({ x, point }))
    expect(witness.values[1]).toBe(evaluatePolynomial(x, point))
  })

  test('behavior: one value', async () => {
    const witness = await (await open(1)).expectPass(toInput({ x: [7], point: POINT }))
    expect(witness.values[1]).toBe((7n * POINT) % FIELD_ORDER)
  })

  test('behavior: the first value counts too, unlike with a constant term, and order counts', async () => {
    const x = randomX()
    const variants = [x, x.with(0, x[0]! + 1n), x.with(0, x[1]!).with(1, x[0]!), x.toReversed()]
    const evaluations = await Promise.all(
      variants.map(async (x) => (await circuit.expectPass(toInput({ x, point: POINT }))).values[1]),
    )
    expect(new Set(evaluations).size).toBe(variants.length)
  })

  test('error: the evaluation off by one', async () => {
    const witness = await circuit.expectPass(toInput({ x: randomX(), point: POINT }))
    witness.expectForgeryRejected({ evaluation: witness.values[1]! + 1n }, 1)
  })

  test('error: the evaluation at another point', async () => {
    const x = randomX()
    const witness = await circuit.expectPass(toInput({ x, point: POINT }))
    witness.expectForgeryRejected({ evaluation: evaluatePolynomial(x, POINT + 1n) }, 1)
  })

  test.each([0, 2, 4])('error: step %s of Horner off by one, carried through', async (step) => {
    const forged = await circuit.forge(toInput({ x: randomX(), point: POINT }), {
      'batch/PolynomialEvaluation': {
        ': partial[i + 1])) * point;': `: partial[i + 1])) * point + (i == ${step} ? 1 : 0);`,
      },
    })
    forged.expectRejected(1)
  })

  test('error: another value in one place of x', async () => {
    const forged = await circuit.forge(toInput({ x: randomX(), point: POINT }), {
      'batch/PolynomialEvaluation': { '(x[i] +': '(x[i] + (i == 3 ? 1 : 0) +' },
    })
    forged.expectRejected(1)
  })

  test('error: no values at all do not compile', () => expectNoCircuit(mainOf(0)))

  test('behavior: no wire is free', async () => {
    for (const point of [POINT, 0n]) (await circuit.expectPass(toInput({ x: randomX(), point }))).expectNoFreeWire()
  })
})
