import { beforeAll, describe, expect, test } from 'vitest'
import type { Shape } from '../../src/shape.ts'
import { commitIndex } from '../../src/statement/commitments.ts'
import type { InfluenceIndex } from '../../src/statement/model.ts'
import { COMMITMENT_SHAPE, randomIntegers, shapeParameters } from './commitmentShape.ts'
import { type Circuit, openCircuit, toInput } from './openCircuit.ts'

const { contributors, classes, features } = COMMITMENT_SHAPE
const buildIndex = (row: () => number[], scales: number[]): InfluenceIndex => ({
  vectors: Array.from({ length: contributors }, () => Array.from({ length: classes }, row)),
  scales,
})
const randomIndex = () => buildIndex(() => randomIntegers(features, -127, 127), randomIntegers(contributors, 0, 65535))
const filledIndex = (entry: number, scale: number) =>
  buildIndex(() => Array<number>(features).fill(entry), Array<number>(contributors).fill(scale))
/** The index with one entry of one vector replaced. */
const withEntry = ({ vectors, scales }: InfluenceIndex, c: number, j: number, entry: number): InfluenceIndex => ({
  vectors: vectors.with(
    c,
    vectors[c]!.map((row, k) => (k === 0 ? row.with(j, entry) : row)),
  ),
  scales,
})

const open = (shape: Shape) =>
  openCircuit({
    template: 'commitments/IndexCommitment',
    parameters: shapeParameters(shape),
    publicInputs: ['vectors', 'scales'],
  })
let circuit: Circuit
beforeAll(async () => {
  circuit = await open(COMMITMENT_SHAPE)
})

describe('IndexCommitment', () => {
  test.each([
    ['default', randomIndex()],
    ['behavior: zeros', filledIndex(0, 0)],
    ['behavior: the largest entries and scales', filledIndex(127, 65535)],
    ['behavior: the smallest entries of the reference', filledIndex(-127, 1)],
  ])('%s', async (_, index) => {
    const witness = await circuit.expectPass(toInput(index))
    expect(witness.values[1]).toBe(commitIndex(index, COMMITMENT_SHAPE))
  })

  test('behavior: two full words of scales', async () => {
    const shape = { ...COMMITMENT_SHAPE, contributors: 30, classes: 2, features: 1 }
    const index = {
      vectors: randomIntegers(30, -127, 127).map((entry) => [[entry], [-entry]]),
      scales: randomIntegers(30, 0, 65535),
    }
    const witness = await (await open(shape)).expectPass(toInput(index))
    expect(witness.values[1]).toBe(commitIndex(index, shape))
  })

  test('behavior: contributors that trade vectors or scales have another commitment', async () => {
    const { vectors, scales } = randomIndex()
    const indexes = [
      { vectors, scales },
      { vectors: vectors.toReversed(), scales },
      { vectors, scales: scales.toReversed() },
      { vectors: vectors.toReversed(), scales: scales.toReversed() },
    ]
    const commitments = await Promise.all(
      indexes.map(async (index) => (await circuit.expectPass(toInput(index))).values[1]),
    )
    expect(new Set(commitments).size).toBe(4)
  })

  test.each([128, -129, 256])('error: an entry of %s', async (entry) => {
    const input = toInput(withEntry(randomIndex(), 3, 8, entry))
    await circuit.expectRefused(input)
    ;(await circuit.forge(input)).expectRejected(1)
  })

  test.each([65536, -1])('error: a scale of %s', async (scale) => {
    const { vectors, scales } = randomIndex()
    const input = toInput({ vectors, scales: scales.with(2, scale) })
    await circuit.expectRefused(input)
    ;(await circuit.forge(input)).expectRejected(1)
  })

  test('error: entries or scales that overlap in a word have the commitment of others but not their ranges', async () => {
    const index = withEntry(withEntry(randomIndex(), 0, 0, 3), 0, 1, 9)
    const overlapping = withEntry(withEntry(index, 0, 0, 3 + 256), 0, 1, 8)
    const forged = await circuit.forge(toInput(overlapping))
    expect(forged.values[1]).toBe(commitIndex(index, COMMITMENT_SHAPE))
    forged.expectRejected(1)

    const scaled = { ...index, scales: [5, 6, 7, 8] }
    const forgedScales = await circuit.forge(toInput({ ...scaled, scales: [5 + 65536, 5, 7, 8] }))
    expect(forgedScales.values[1]).toBe(commitIndex(scaled, COMMITMENT_SHAPE))
    forgedScales.expectRejected(1)
  })

  test('error: the commitment off by one', async () => {
    const witness = await circuit.expectPass(toInput(randomIndex()))
    witness.expectForgeryRejected({ commitment: witness.values[1]! + 1n }, 1)
  })

  test('behavior: no wire is free', async () => {
    ;(await circuit.expectPass(toInput(randomIndex()))).expectNoFreeWire()
  })
})
