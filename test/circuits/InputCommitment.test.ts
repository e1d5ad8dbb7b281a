import { beforeAll, describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../src/field.ts'
import type { Shape } from '../../src/shape.ts'
import { commitInput } from '../../src/statement/commitments.ts'
import { COMMITMENT_SHAPE, randomIntegers, shapeParameters } from './commitmentShape.ts'
import { type Circuit, openCircuit, toInput } from './openCircuit.ts'

const BIAS = COMMITMENT_SHAPE.features - 1
const randomFeatures = () => [...randomIntegers(BIAS, -127, 127), 127]
const filledFeatures = (feature: number) => [...Array<number>(BIAS).fill(feature), 127]
const SALT = 0x123456789abcdefn

const open = (shape: Shape) =>
  openCircuit({
    template: 'commitments/InputCommitment',
    parameters: shapeParameters(shape),
    publicInputs: ['features', 'salt'],
  })
let circuit: Circuit
beforeAll(async () => {
  circuit = await open(COMMITMENT_SHAPE)
})

describe('InputCommitment', () => {
  test.each([
    ['default', randomFeatures(), SALT],
    ['behavior: zeros', filledFeatures(0), 0n],
    ['behavior: the largest features and salt', filledFeatures(127), FIELD_ORDER - 1n],
    ['behavior: the smallest features of the reference', filledFeatures(-127), SALT],
  ])('%s', async (_, features, salt) => {
    const witness = await circuit.expectPass(toInput({ features, salt }))
    expect(witness.values[1]).toBe(commitInput(features, salt, COMMITMENT_SHAPE))
  })

  test('behavior: two full words of features', async () => {
    const shape = { ...COMMITMENT_SHAPE, features: 62 }
    const features = [...randomIntegers(61, -127, 127), 127]
    const witness = await (await open(shape)).expectPass(toInput({ features, salt: SALT }))
    expect(witness.values[1]).toBe(commitInput(features, SALT, shape))
  })

  test('behavior: another salt hides the same features behind another commitment', async () => {
    const features = randomFeatures()
    const [one, other] = await Promise.all(
      [SALT, SALT + 1n].map(async (salt) => (await circuit.expectPass(toInput({ features, salt }))).values[1]),
    )
    expect(one).not.toBe(other)
  })

  test.each([128, -129, 256])('error: a feature of %s', async (feature) => {
    const input = toInput({ features: randomFeatures().with(0, feature), salt: SALT })
    await circuit.expectRefused(input)
    ;(await circuit.forge(input)).expectRejected(1)
  })

  test.each([126, -127, 0, 1])('error: a bias of %s', async (bias) => {
    const input = toInput({ features: randomFeatures().with(BIAS, bias), salt: SALT })
    await circuit.expectRefused(input)
    ;(await circuit.forge(input)).expectRejected(1)
  })

  test('error: features that overlap in a word have the commitment of others but not their ranges', async () => {
    const features = randomFeatures().with(0, 3).with(1, 9)
    const forged = await circuit.forge(toInput({ features: features.with(0, 3 + 256).with(1, 8), salt: SALT }))
    expect(forged.values[1]).toBe(commitInput(features, SALT, COMMITMENT_SHAPE))
    forged.expectRejected(1)
  })

  test('error: another salt than the one that is given', async () => {
    const forged = await circuit.forge(toInput({ features: randomFeatures(), salt: SALT }), {
      'commitments/InputCommitment': { 'hash.words[words] <== salt;': 'hash.words[words] <== salt + 1;' },
    })
    // The S-box that takes the salt takes it twice.
    forged.expectRejected(2)
  })

  test('error: the commitment off by one', async () => {
    const witness = await circuit.expectPass(toInput({ features: randomFeatures(), salt: SALT }))
    witness.expectForgeryRejected({ commitment: witness.values[1]! + 1n }, 1)
  })

  test('behavior: no wire is free', async () => {
    ;(await circuit.expectPass(toInput({ features: randomFeatures(), salt: SALT }))).expectNoFreeWire()
  })
})
