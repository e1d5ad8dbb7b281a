import { inverse, Matrix } from 'ml-matrix'
import { describe, expect, test } from 'vitest'
import {
  computeInfluenceIndex,
  padInfluenceIndex,
  quantiseInfluence,
  solveInfluenceVectors,
} from '../../src/model/computeInfluenceIndex.ts'
import { dequantiseHead, quantiseHead } from '../../src/model/quantiseHead.ts'
import { trainHead } from '../../src/model/trainHead.ts'
import { makeSamples } from './sampleFixture.ts'

const CLASSES = 3
const FEATURES = 5
const K = 5
const weightDecay = 0.01
const samples = makeSamples(60, CLASSES, FEATURES)
// Slots 0 to 3 have samples, slot 4 is empty; slot 3 holds the same samples as slot 2.
const features = [...samples.features, ...samples.features.filter((_h, i) => i % 3 === 2)]
const labels = [...samples.labels, ...samples.labels.filter((_label, i) => i % 3 === 2)]
const contributors = features.map((_h, i) => (i < 60 ? i % 3 : 3))
const parameters = { features, labels, contributors, contributorCount: K, weightDecay }
const head = trainHead({ features, labels, classes: CLASSES, weightDecay })
const weights = quantiseHead(head.weights)

/** PROTOCOL section 1 once more, from its formulas: dense Kronecker products, an explicit inverse. */
function naiveVectors(floatWeights: number[][], kappa: number): number[][] {
  const size = CLASSES * FEATURES
  const n = features.length
  const hessian = Matrix.zeros(size, size)
  const gradients = Array.from({ length: K }, () => Matrix.zeros(size, 1))
  features.forEach((h, i) => {
    const x = Matrix.columnVector(h.map((value) => value / 127))
    const exponentials = new Matrix(floatWeights).mmul(x).to1DArray().map(Math.exp)
    const total = exponentials.reduce((a, b) => a + b, 0)
    const p = Matrix.columnVector(exponentials.map((e) => e / total))
    const curvature = Matrix.diag(p.to1DArray()).sub(p.mmul(p.transpose()))
    hessian.add(curvature.kroneckerProduct(x.mmul(x.transpose())).mul(1 / n))
    const residual = p.clone()
    residual.set(labels[i]!, 0, residual.get(labels[i]!, 0) - 1)
    gradients[contributors[i]!]!.add(residual.kroneckerProduct(x))
  })
  const lambda = weightDecay + (kappa * hessian.trace()) / size
  const inverted = inverse(Matrix.add(hessian, Matrix.eye(size, size).mul(lambda)))
  return gradients.map((g) =>
    inverted
      .mmul(g)
      .mul(-1 / n)
      .to1DArray(),
  )
}

describe('solveInfluenceVectors', () => {
  test.each([0, 0.1, 2])('default: the formulas, kappa %d', (kappa) => {
    const { vectors } = solveInfluenceVectors(head.weights, { ...parameters, kappa })
    const expected = naiveVectors(head.weights, kappa)
    vectors.forEach((vector, c) => {
      vector.flat().forEach((value, d) => {
        expect(value).toBeCloseTo(expected[c]![d]!, 10)
      })
    })
  })

  test('behavior: at kappa 0 it is the derivative of retraining', () => {
    const { vectors } = solveInfluenceVectors(head.weights, { ...parameters, kappa: 0 })
    const epsilon = 1e-3
    for (let c = 0; c < 4; c++) {
      const retrain = (weight: number) =>
        trainHead({
          features,
          labels,
          classes: CLASSES,
          weightDecay,
          sampleWeights: contributors.map((slot) => (slot === c ? weight : 1)),
        }).weights.flat()
      const above = retrain(1 + epsilon)
      const below = retrain(1 - epsilon)
      const scale = Math.max(...vectors[c]!.flat().map(Math.abs))
      expect(scale).toBeGreaterThan(0.01)
      vectors[c]!.flat().forEach((value, d) => {
        const derivative = (above[d]! - below[d]!) / (2 * epsilon)
        expect(Math.abs(value - derivative) / scale).toBeLessThan(1e-5)
      })
    }
  })

  test('behavior: damping is weightDecay + kappa * mean curvature', () => {
    const none = solveInfluenceVectors(head.weights, { ...parameters, kappa: 0 }).damping
    const usual = solveInfluenceVectors(head.weights, parameters).damping
    const tenfold = solveInfluenceVectors(head.weights, { ...parameters, kappa: 1 }).damping
    expect(none).toBe(weightDecay)
    expect(tenfold - none).toBeCloseTo(10 * (usual - none), 12)
  })

  test('error: slots, lengths, damping', () => {
    const refuse = (change: object, message: string) =>
      expect(() => solveInfluenceVectors(head.weights, { ...parameters, ...change })).toThrow(message)
    refuse({ contributors: contributors.slice(1) }, 'contributors must be a list of 80 integers, one a sample')
    refuse(
      { contributors: contributors.map((c, i) => (i === 4 ? 5 : c)) },
      'contributors[4] must be an integer in [0, 4]',
    )
    refuse({ contributorCount: 0 }, 'contributorCount must be an integer in [1, 65536], got 0')
    refuse({ kappa: -0.1 }, 'kappa must be a finite number, not negative, got -0.1')
    refuse({ weightDecay: Number.NaN }, 'weightDecay must be a finite number, not negative, got NaN')
    refuse({ weightDecay: 0, kappa: 0 }, 'weightDecay must be above 0 when kappa adds no damping, got 0')
    refuse({ labels: labels.map(() => 3) }, 'labels[0] must be an integer in [0, 2], got 3')
    expect(() => solveInfluenceVectors([[1], [2], [3]], parameters)).toThrow('weights[0] must be a row of 5 numbers')
  })
})

describe('computeInfluenceIndex', () => {
  const index = computeInfluenceIndex(weights, parameters)

  test('default', () => {
    const { vectors: floats } = solveInfluenceVectors(dequantiseHead(weights), parameters)
    const peaks = floats.map((vector) => Math.max(...vector.flat().map(Math.abs)))
    const highest = Math.max(...peaks)
    expect(index.scales).toEqual(peaks.map((peak) => Math.round((65535 * peak) / highest)))
    index.vectors.slice(0, 4).forEach((vector, c) => {
      expect(Math.max(...vector.flat().map(Math.abs))).toBe(127)
      // V M is v up to half a step of each rounding.
      vector.flat().forEach((value, d) => {
        const restored = ((value / 127) * index.scales[c]! * highest) / 65535
        expect(Math.abs(restored - floats[c]!.flat()[d]!)).toBeLessThan(highest * (0.5 / 127 + 0.5 / 65535))
      })
    })
    expect(computeInfluenceIndex(weights, parameters)).toEqual(index)
  })

  test('behavior: integers in range, the largest scale is 65535, no negative zero', () => {
    expect(Math.max(...index.scales)).toBe(65535)
    for (const scale of index.scales) expect(Number.isInteger(scale) && scale >= 0).toBe(true)
    for (const value of index.vectors.flat(2)) {
      expect(Number.isInteger(value) && Math.abs(value) <= 127 && !Object.is(value, -0)).toBe(true)
    }
  })

  test('behavior: an empty slot has zeros and scale 0', () => {
    expect(index.scales[4]).toBe(0)
    expect(index.vectors[4]!.flat().every((value) => value === 0)).toBe(true)
  })

  test('behavior: the same samples give the same vector and scale', () => {
    expect(index.vectors[3]).toEqual(index.vectors[2])
    expect(index.scales[3]).toBe(index.scales[2])
  })

  test('behavior: it depends on the committed integers only', () => {
    const nudged = head.weights.map((row) => row.map((weight) => weight + 1e-9))
    expect(quantiseHead(nudged)).toEqual(weights)
    expect(computeInfluenceIndex(quantiseHead(nudged), parameters)).toEqual(index)
  })

  test('behavior: the order of classes of a slot sums to zero, up to rounding', () => {
    // Softmax gradients sum to zero over the classes, and so do their solutions.
    const { vectors } = solveInfluenceVectors(dequantiseHead(weights), parameters)
    for (const vector of vectors) {
      for (let j = 0; j < FEATURES; j++) {
        expect(Math.abs(vector.reduce((sum, row) => sum + row[j]!, 0))).toBeLessThan(1e-12)
      }
    }
  })

  test('error: weights that are not the committed integers', () => {
    expect(() => computeInfluenceIndex(head.weights, parameters)).toThrow('weights[0][0] must be an integer')
  })
})

describe('quantiseInfluence', () => {
  test('default', () => {
    const quantised = quantiseInfluence([
      [
        [0.5, -1],
        [0.25, 0.001],
      ],
      [
        [-1e-9, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    ])
    expect(quantised).toEqual({
      vectors: [
        [
          [64, -127],
          [32, 0],
        ],
        [
          [-127, 0],
          [0, 0],
        ],
        [
          [0, 0],
          [0, 0],
        ],
      ],
      scales: [65535, 0, 0],
    })
    expect(quantiseInfluence([[[0]], [[0]]])).toEqual({ vectors: [[[0]], [[0]]], scales: [0, 0] })
  })

  test('error: not finite', () => {
    expect(() => quantiseInfluence([[[Number.NaN]]])).toThrow('vectors[0][0][0] must be a finite number')
    expect(() => quantiseInfluence([])).toThrow('vectors must be at least one influence vector')
  })
})

describe('padInfluenceIndex', () => {
  test('default', () => {
    const index = {
      vectors: [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      scales: [65535],
    }
    const padded = padInfluenceIndex(index, { contributors: 2, classes: 3 })
    expect(padded).toEqual({
      vectors: [
        [
          [1, 2],
          [3, 4],
          [0, 0],
        ],
        [
          [0, 0],
          [0, 0],
          [0, 0],
        ],
      ],
      scales: [65535, 0],
    })
    expect(padded.vectors[0]![0]).not.toBe(index.vectors[0]![0])
  })

  test('error: a shape smaller than the index', () => {
    const index = { vectors: [[[1], [2]]], scales: [65535] }
    expect(() => padInfluenceIndex(index, { contributors: 0, classes: 2 })).toThrow('shape.contributors must be')
    expect(() => padInfluenceIndex(index, { contributors: 1, classes: 1 })).toThrow('shape.classes must be')
  })
})
