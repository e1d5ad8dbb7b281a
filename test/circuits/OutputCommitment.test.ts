import { beforeAll, describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../src/field.ts'
import { commitInput, commitOutput } from '../../src/statement/commitments.ts'
import { COMMITMENT_SHAPE, shapeParameters } from './commitmentShape.ts'
import { type Circuit, openCircuit, toInput } from './openCircuit.ts'

const SALT = 0xfedcba987654321n

let circuit: Circuit
beforeAll(async () => {
  circuit = await openCircuit({
    template: 'commitments/OutputCommitment',
    parameters: shapeParameters(COMMITMENT_SHAPE),
    publicInputs: ['label', 'salt'],
  })
})

describe('OutputCommitment', () => {
  test.each([
    ['default', 1, SALT],
    ['behavior: zeros', 0, 0n],
    ['behavior: the largest salt', 1, FIELD_ORDER - 1n],
  ])('%s', async (_, label, salt) => {
    const witness = await circuit.expectPass(toInput({ label, salt }))
    expect(witness.values[1]).toBe(commitOutput(label, salt, COMMITMENT_SHAPE))
  })

  test('behavior: label and salt do not trade places, and an input commitment is no output commitment', async () => {
    const one = (await circuit.expectPass(toInput({ label: 0, salt: 1n }))).values[1]
    const other = (await circuit.expectPass(toInput({ label: 1, salt: 0n }))).values[1]
    expect(one).not.toBe(other)
    // One word of features and the salt: two words, as here.
    const features = [...Array<number>(COMMITMENT_SHAPE.features - 1).fill(0), 127]
    const packed = features.reduceRight((word, feature) => (word << 8n) + BigInt(feature + 128), 0n)
    const output = (await circuit.expectPass(toInput({ label: packed, salt: SALT }))).values[1]
    expect(output).not.toBe(commitInput(features, SALT, COMMITMENT_SHAPE))
  })

  test('behavior: the label is not bounded here; OneHotLabel does it', async () => {
    await circuit.expectPass(toInput({ label: 2, salt: SALT }))
    await circuit.expectPass(toInput({ label: -1, salt: SALT }))
  })

  test.each(['label', 'salt'])('error: another %s hashed than the one that is given', async (signal) => {
    const line = `<== ${signal};`
    const forged = await circuit.forge(toInput({ label: 1, salt: SALT }), {
      'commitments/OutputCommitment': { [line]: `<== ${signal} + 1;` },
    })
    // The S-box that takes the word takes it twice.
    forged.expectRejected(2)
  })

  test('error: the commitment off by one', async () => {
    const witness = await circuit.expectPass(toInput({ label: 1, salt: SALT }))
    witness.expectForgeryRejected({ commitment: witness.values[1]! + 1n }, 1)
  })

  test('behavior: no wire is free', async () => {
    ;(await circuit.expectPass(toInput({ label: 1, salt: SALT }))).expectNoFreeWire()
  })
})
