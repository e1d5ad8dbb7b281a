import { describe, expect, test } from 'vitest'
import { dequantiseHead, quantiseHead, WeightOutOfRangeError } from '../../src/model/quantiseHead.ts'
import { trainHead } from '../../src/model/trainHead.ts'
import { makeSamples } from './sampleFixture.ts'

describe('quantiseHead', () => {
  test('default', () => {
    expect(
      quantiseHead([
        [127 / 4096, -1, 0, 2.5 * (127 / 4096)],
        [-0, 1, 1e-9, -1e-9],
      ]),
    ).toEqual([
      [1, -32, 0, 3],
      [0, 32, 0, 0],
    ])
  })

  test('behavior: z / 4096 is the logit, up to half a step a weight', () => {
    const samples = makeSamples(80, 4, 32)
    const { weights } = trainHead({ ...samples, classes: 4, weightDecay: 0.01 })
    const quantised = quantiseHead(weights)
    for (const h of samples.features) {
      const bound = h.reduce((sum, value) => sum + Math.abs(value), 0) / 2 / 4096
      quantised.forEach((row, k) => {
        const z = row.reduce((sum, w, j) => sum + w * h[j]!, 0)
        const logit = weights[k]!.reduce((sum, w, j) => sum + (w * h[j]!) / 127, 0)
        expect(Math.abs(z / 4096 - logit)).toBeLessThanOrEqual(bound + 1e-9)
      })
    }
  })

  test('behavior: the largest weights fit, and come back from their floats', () => {
    const integers = [
      [32767, -32767],
      [1, -1],
    ]
    expect(quantiseHead(dequantiseHead(integers))).toEqual(integers)
  })

  test('error: a weight that does not fit is refused, never clipped', () => {
    let caught: unknown
    try {
      quantiseHead([
        [0, 0],
        [0, -(32767.5 * 127) / 4096 - 1e-6],
      ])
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(WeightOutOfRangeError)
    expect(caught).toMatchObject({ code: 'WEIGHT_OUT_OF_RANGE', classIndex: 1, featureIndex: 1, quantised: -32768 })
  })

  test('error: not a matrix of finite numbers, or integers out of range', () => {
    expect(() => quantiseHead([])).toThrow('weights must be a C x H matrix')
    expect(() => quantiseHead([[1, 2], [1]])).toThrow('weights[1] must be a row of 2 numbers')
    expect(() => quantiseHead([[1, Number.POSITIVE_INFINITY]])).toThrow('weights[0][1] must be a finite number')
    expect(() => dequantiseHead([[32768]])).toThrow('weights[0][0] must be an integer in [-32767, 32767], got 32768')
    expect(() => dequantiseHead([[0.5]])).toThrow('weights[0][0] must be an integer')
  })
})
