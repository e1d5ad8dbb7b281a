import { describe, expect, test } from 'vitest'
import { HeadNotConvergedError, trainHead } from '../../src/model/trainHead.ts'
import { makeSamples } from './sampleFixture.ts'

const CLASSES = 3
const FEATURES = 5
const WEIGHT_DECAY = 0.01
const samples = makeSamples(60, CLASSES, FEATURES)
const base = { ...samples, classes: CLASSES, weightDecay: WEIGHT_DECAY }

/** The loss as the docstring states it, written without any shared code. */
function naiveLoss(weights: number[][], sampleWeights: number[], sampleCount: number): number {
  let loss = 0
  samples.features.forEach((h, i) => {
    const exponentials = weights.map((row) => Math.exp(row.reduce((z, w, j) => z + (w * h[j]!) / 127, 0)))
    const total = exponentials.reduce((a, b) => a + b, 0)
    loss -= (sampleWeights[i]! / sampleCount) * Math.log(exponentials[samples.labels[i]!]! / total)
  })
  return loss + (WEIGHT_DECAY / 2) * weights.flat().reduce((sum, w) => sum + w * w, 0)
}

function largestSlope(weights: number[][], sampleWeights: number[], sampleCount: number): number {
  const step = 1e-5
  let largest = 0
  for (const row of weights) {
    for (let j = 0; j < row.length; j++) {
      const value = row[j]!
      row[j] = value + step
      const above = naiveLoss(weights, sampleWeights, sampleCount)
      row[j] = value - step
      const below = naiveLoss(weights, sampleWeights, sampleCount)
      row[j] = value
      largest = Math.max(largest, Math.abs(above - below) / (2 * step))
    }
  }
  return largest
}

function largestDifference(a: number[][], b: number[][]): number {
  return Math.max(...a.flatMap((row, k) => row.map((value, j) => Math.abs(value - b[k]![j]!))))
}

describe('trainHead', () => {
  test('default', () => {
    const head = trainHead(base)
    const ones = samples.labels.map(() => 1)
    expect(head.gradientNorm).toBeLessThanOrEqual(1e-10)
    expect(head.iterations).toBeLessThan(20)
    expect(head.loss).toBeCloseTo(naiveLoss(head.weights, ones, 60), 12)
    expect(largestSlope(head.weights, ones, 60)).toBeLessThan(1e-9)
    expect(trainHead(base)).toEqual(head)
  })

  test('behavior: the optimum does not depend on the start', () => {
    const initialWeights = Array.from({ length: CLASSES }, (_unused, k) =>
      Array.from({ length: FEATURES }, (_inner, j) => (k - 1) * 40 + j * 7 - 10),
    )
    expect(largestDifference(trainHead({ ...base, initialWeights }).weights, trainHead(base).weights)).toBeLessThan(
      1e-7,
    )
  })

  test('behavior: rows sum to zero, as weight decay makes them', () => {
    const { weights } = trainHead(base)
    for (let j = 0; j < FEATURES; j++) {
      expect(Math.abs(weights.reduce((sum, row) => sum + row[j]!, 0))).toBeLessThan(1e-7)
    }
  })

  test('behavior: N and the weights of samples enter the loss as stated', () => {
    const sampleWeights = samples.labels.map((_label, i) => (i % 4 === 0 ? 0 : 1 + (i % 3)))
    const head = trainHead({ ...base, sampleWeights, sampleCount: 100 })
    expect(largestSlope(head.weights, sampleWeights, 100)).toBeLessThan(1e-9)
  })

  test('behavior: leaving samples out with the full N equals giving them weight 0', () => {
    const kept = samples.labels.flatMap((_label, i) => (i % 4 === 0 ? [] : [i]))
    const without = trainHead({
      ...base,
      features: kept.map((i) => samples.features[i]!),
      labels: kept.map((i) => samples.labels[i]!),
      sampleCount: 60,
    })
    const zeroed = trainHead({ ...base, sampleWeights: samples.labels.map((_label, i) => (i % 4 === 0 ? 0 : 1)) })
    expect(largestDifference(without.weights, zeroed.weights)).toBeLessThan(1e-8)
    const smallerN = trainHead({
      ...base,
      features: kept.map((i) => samples.features[i]!),
      labels: kept.map((i) => samples.labels[i]!),
    })
    expect(largestDifference(without.weights, smallerN.weights)).toBeGreaterThan(1e-3)
  })

  test('behavior: separable samples and a class without samples still have an optimum', () => {
    const features = [
      [127, 127],
      [-127, 127],
    ]
    const head = trainHead({ features, labels: [0, 1], classes: 3, weightDecay: 1e-6 })
    expect(head.gradientNorm).toBeLessThanOrEqual(1e-10)
    expect(head.weights.flat().every(Number.isFinite)).toBe(true)
  })

  test('error: not converged', () => {
    let caught: unknown
    try {
      trainHead({ ...base, maxIterations: 1 })
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(HeadNotConvergedError)
    expect(caught).toMatchObject({ code: 'HEAD_NOT_CONVERGED', iterations: 1 })
    expect((caught as HeadNotConvergedError).gradientNorm).toBeGreaterThan(1e-10)
  })

  test.each([
    [{ features: [], labels: [] }, 'features must be a list of at least one feature vector, got []'],
    [{ labels: samples.labels.slice(1) }, 'labels must be a list of 60 integers, one a sample'],
    [{ labels: samples.labels.map((l, i) => (i === 7 ? 3 : l)) }, 'labels[7] must be an integer in [0, 2], got 3'],
    [{ labels: samples.labels.map((l, i) => (i === 7 ? -1 : l)) }, 'labels[7] must be an integer in [0, 2], got -1'],
    [{ labels: samples.labels.map((l, i) => (i === 7 ? 0.5 : l)) }, 'labels[7] must be an integer in [0, 2], got 0.5'],
    [
      { features: samples.features.map((h, i) => (i === 3 ? h.slice(1) : h)) },
      'features[3] must be an array of 5 features',
    ],
    [
      { features: samples.features.map((h, i) => (i === 3 ? [128, ...h.slice(1)] : h)) },
      'features[3][0] must be an integer',
    ],
    [{ features: samples.features.map((h, i) => (i === 3 ? [-128, ...h.slice(1)] : h)) }, '[-127, 127], got -128'],
    [
      { features: samples.features.map((h, i) => (i === 3 ? [...h.slice(1), 126] : h)) },
      'features[3][4] must be the bias 127',
    ],
    [{ classes: 1 }, 'classes must be an integer in [2, 1024], got 1'],
    [{ weightDecay: 0 }, 'weightDecay must be a finite number above 0, got 0'],
    [{ weightDecay: Number.NaN }, 'weightDecay must be a finite number above 0, got NaN'],
    [{ gradientTolerance: -1 }, 'gradientTolerance must be a finite number above 0, got -1'],
    [{ sampleCount: 59 }, 'sampleCount must be an integer in [60, '],
    [{ sampleWeights: [1] }, 'sampleWeights must be a list of 60 weights'],
    [{ sampleWeights: samples.labels.map(() => -1) }, 'sampleWeights[0] must be a finite number, not negative, got -1'],
    [{ initialWeights: [[0, 0, 0, 0, 0]] }, 'initialWeights must be 3 rows'],
  ])('error: %#', (change, message) => {
    expect(() => trainHead({ ...base, ...change })).toThrow(message)
  })
})
