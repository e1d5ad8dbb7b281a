import { describe, expect, test } from 'vitest'
import { PaddedClassCanWinError, padHead, requirePaddedClassesLose } from '../../src/model/padHead.ts'
import { quantiseHead } from '../../src/model/quantiseHead.ts'
import { trainHead } from '../../src/model/trainHead.ts'
import { makeSamples } from './sampleFixture.ts'

/** Every corner of the feature box that the circuit accepts; a linear form is lowest at one of them. */
function cornersOf(features: number): number[][] {
  return Array.from({ length: 2 ** (features - 1) }, (_unused, bits) => [
    ...Array.from({ length: features - 1 }, (_inner, j) => ((bits >> j) & 1 ? 127 : -128)),
    127,
  ])
}

describe('padHead', () => {
  test('default', () => {
    const head = [
      [5, -6, 7],
      [-5, 6, -7],
    ]
    const padded = padHead(head, 4)
    expect(padded).toEqual([
      [5, -6, 7],
      [-5, 6, -7],
      [0, 0, -32767],
      [0, 0, -32767],
    ])
    padded[0]![0] = 99
    expect(head[0]![0]).toBe(5)
    expect(padHead(head, 2)).toEqual(head)
  })

  test('error: fewer classes than the head has', () => {
    expect(() => padHead([[1], [2], [3]], 2)).toThrow('classes must be an integer in [3, 1024], got 2')
  })
})

describe('requirePaddedClassesLose', () => {
  test('default', () => {
    const { weights } = trainHead({ ...makeSamples(80, 3, 6), classes: 3, weightDecay: 0.001 })
    const padded = padHead(quantiseHead(weights), 5)
    expect(() => requirePaddedClassesLose(padded, 3)).not.toThrow()
    for (const h of cornersOf(6)) {
      const logits = padded.map((row) => row.reduce((z, w, j) => z + w * h[j]!, 0))
      const real = logits.slice(0, 3).sort((a, b) => b - a)
      // Below the runner-up by so much that the weight table gives 0: the padded head pays what the head pays.
      expect(real[1]! - logits[4]!).toBeGreaterThanOrEqual(255 << 7)
    }
  })

  test('behavior: a head without padding needs no check', () => {
    const low = [
      [32767, 0, -32767],
      [32767, 0, -32767],
    ]
    expect(() => requirePaddedClassesLose(low, 2)).not.toThrow()
    expect(() => requirePaddedClassesLose(padHead(low, 3), 2)).toThrow(PaddedClassCanWinError)
  })

  test('behavior: the bound is exact for one class left over', () => {
    // Without class 0 only class 1 is left: its lowest logit is 127 b, and 127 (b + 32767) must reach 32640.
    const withBias = (bias: number) =>
      padHead(
        [
          [0, 32767],
          [0, bias],
        ],
        3,
      )
    expect(() => requirePaddedClassesLose(withBias(-32767 + 258), 2)).not.toThrow()
    expect(() => requirePaddedClassesLose(withBias(-32767 + 257), 2)).toThrow(
      'without class 0 the best real class is only known to reach z = -4128770, it must reach -4128769 for every input',
    )
  })

  test('behavior: large weights pass when the rows cancel', () => {
    const row = [32767, -32767, 32767, 0]
    const head = [row, row.map((w) => -w), row, row.map((w) => -w)].map((r) => r.map((w) => w + 0))
    expect(() => requirePaddedClassesLose(padHead(head.concat([[0, 0, 0, 0]], [[0, 0, 0, 0]]), 8), 6)).not.toThrow()
  })

  test('error: a row that is not a padded class', () => {
    const padded = padHead(
      [
        [1, 2],
        [3, 4],
      ],
      3,
    )
    padded[2]![0] = 1
    expect(() => requirePaddedClassesLose(padded, 2)).toThrow(
      'weights[2][0] must be 0, the entry of a padded class, got 1',
    )
    padded[2] = [0, -32766]
    expect(() => requirePaddedClassesLose(padded, 2)).toThrow('weights[2][1] must be -32767')
    expect(() => requirePaddedClassesLose(padded, 1)).toThrow('realClasses must be an integer in [2, 3], got 1')
  })
})
