import { beforeAll, describe, expect, test } from 'vitest'
import { randomIntegers } from './commitmentShape.ts'
import { bitEdits, type Circuit, openCircuit, toInput } from './openCircuit.ts'

const [CLASSES, FEATURES] = [3, 4]
const vectorOf = (values: readonly number[]) =>
  Array.from({ length: CLASSES }, (_, k) => values.slice(k * FEATURES, (k + 1) * FEATURES))
const random = randomIntegers(CLASSES * FEATURES, -127, 127)

let circuit: Circuit
beforeAll(async () => {
  circuit = await openCircuit({
    template: 'commitments/ContributorVector',
    parameters: [CLASSES, FEATURES],
    publicInputs: ['vector'],
  })
})

describe('ContributorVector', () => {
  test.each([
    ['default', random],
    ['behavior: zeros', Array<number>(12).fill(0)],
    ['behavior: the largest entries', Array<number>(12).fill(127)],
    ['behavior: the smallest entries', Array<number>(12).fill(-128)],
  ])('%s', async (_, entries) => {
    const witness = await circuit.expectPass(toInput({ vector: vectorOf(entries) }))
    expect(witness.signals('shifted', 12)).toEqual(entries.map((entry) => BigInt(entry + 128)))
  })

  test.each([128, -129, 256])('error: an entry of %s', async (entry) => {
    for (const place of [0, 7, 11]) {
      const input = toInput({ vector: vectorOf(random.with(place, entry)) })
      await circuit.expectRefused(input)
      ;(await circuit.forge(input)).expectRejected(1)
    }
  })

  test('error: a shifted entry off by one, its bits with it', async () => {
    const witness = await circuit.expectPass(toInput({ vector: vectorOf(random) }))
    const shifted = BigInt(random[5]! + 128) ^ 1n
    const bits = bitEdits('range[1][1].decomposition.out', shifted, 8)
    witness.expectForgeryRejected({ 'shifted[5]': shifted, ...bits }, 1)
  })

  test('error: two entries that trade places', async () => {
    const witness = await circuit.expectPass(toInput({ vector: vectorOf(random.with(0, 1).with(1, 2)) }))
    const bits = {
      ...bitEdits('range[0][0].decomposition.out', 130n, 8),
      ...bitEdits('range[0][1].decomposition.out', 129n, 8),
    }
    witness.expectForgeryRejected({ 'shifted[0]': 130n, 'shifted[1]': 129n, ...bits }, 2)
  })

  test('behavior: no wire is free', async () => {
    ;(await circuit.expectPass(toInput({ vector: vectorOf(random) }))).expectNoFreeWire()
  })
})
