import { beforeAll, describe, expect, test } from 'vitest'
import type { Shape } from '../../src/shape.ts'
import { commitWeights } from '../../src/statement/commitments.ts'
import { COMMITMENT_SHAPE, randomIntegers, shapeParameters } from './commitmentShape.ts'
import { type Circuit, openCircuit, toInput } from './openCircuit.ts'

const { classes, features } = COMMITMENT_SHAPE
const randomHead = () => Array.from({ length: classes }, () => randomIntegers(features, -32767, 32767))
const filledHead = (value: number) => Array.from({ length: classes }, () => Array<number>(features).fill(value))

const open = (shape: Shape) =>
  openCircuit({
    template: 'commitments/WeightsCommitment',
    parameters: shapeParameters(shape),
    publicInputs: ['weights'],
  })
let circuit: Circuit
beforeAll(async () => {
  circuit = await open(COMMITMENT_SHAPE)
})

describe('WeightsCommitment', () => {
  test.each([
    ['default', randomHead()],
    ['behavior: zeros', filledHead(0)],
    ['behavior: the largest weights', filledHead(32767)],
    ['behavior: the smallest weights of the reference', filledHead(-32767)],
  ])('%s', async (_, weights) => {
    const witness = await circuit.expectPass(toInput({ weights }))
    expect(witness.values[1]).toBe(commitWeights(weights, COMMITMENT_SHAPE))
  })

  test('behavior: a full word', async () => {
    const shape = { ...COMMITMENT_SHAPE, classes: 3, features: 5 }
    const weights = Array.from({ length: 3 }, () => randomIntegers(5, -32767, 32767))
    const witness = await (await open(shape)).expectPass(toInput({ weights }))
    expect(witness.values[1]).toBe(commitWeights(weights, shape))
  })

  test('behavior: -32768 fits too, in the proof but not in the reference', async () => {
    await circuit.expectPass(toInput({ weights: filledHead(-32768) }))
  })

  test('behavior: order counts, by row and by column', async () => {
    const head = randomHead()
    const permuted = [head, head.toReversed(), head.map((row) => row.toReversed())]
    const commitments = await Promise.all(
      permuted.map(async (weights) => (await circuit.expectPass(toInput({ weights }))).values[1]),
    )
    expect(new Set(commitments).size).toBe(3)
  })

  test.each([32768, -32769, 65536])('error: a weight of %s', async (weight) => {
    const weights = randomHead().map((row) => row.with(1, weight))
    await circuit.expectRefused(toInput({ weights }))
    ;(await circuit.forge(toInput({ weights }))).expectRejected(classes)
  })

  test('error: weights that overlap in a word have the commitment of others but not their ranges', async () => {
    const weights = randomHead()
    weights[0]![0] = 5
    weights[0]![1] = 7
    const overlapping = [weights[0]!.with(0, 5 + 65536).with(1, 6), weights[1]!]
    const forged = await circuit.forge(toInput({ weights: overlapping }))
    expect(forged.values[1]).toBe(commitWeights(weights, COMMITMENT_SHAPE))
    forged.expectRejected(1)
  })

  test('error: the commitment off by one', async () => {
    const witness = await circuit.expectPass(toInput({ weights: randomHead() }))
    witness.expectForgeryRejected({ commitment: witness.values[1]! + 1n }, 1)
  })

  test('behavior: no wire is free', async () => {
    ;(await circuit.expectPass(toInput({ weights: randomHead() }))).expectNoFreeWire()
  })
})
