import { describe, expect, test } from 'vitest'
import { extractTextFeatures } from '../../../scripts/demo/extractTextFeatures.ts'
import { leaveOneOut, spearman } from '../../../scripts/demo/leaveOneOut.ts'
import { loadCorpus } from '../../../scripts/demo/loadCorpus.ts'
import { computeInfluenceIndex } from '../../../src/model/computeInfluenceIndex.ts'
import { quantiseHead } from '../../../src/model/quantiseHead.ts'
import { trainHead } from '../../../src/model/trainHead.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { attributeTrace, computeLogits, predictLabel } from '../../../src/statement/attributeTrace.ts'

// What the demo promises, without chain or proofs: corpus, extractor, head, index and attribution rule together.
const shape = shapeNamed('small')
const weightDecay = 0.01
const poolWei = 10n ** 15n
const { contributors: people, samples, heldOut } = loadCorpus()
const features = samples.map(({ text }) => extractTextFeatures(text, shape.features))
const labels = samples.map(({ label }) => label)
const contributors = samples.map(({ contributor }) => contributor)
const training = { features, labels, classes: shape.classes, weightDecay }
const weights = quantiseHead(trainHead(training).weights)
const index = computeInfluenceIndex(weights, {
  ...training,
  contributors,
  contributorCount: shape.contributors,
})
const queries = heldOut.map(({ text }) => {
  const vector = extractTextFeatures(text, shape.features)
  return { features: vector, label: predictLabel(computeLogits(weights, vector)) }
})
const earnings = queries.map((query) => attributeTrace(weights, index, query.features, query.label, poolWei).earnings)
const truth = leaveOneOut({ ...training, contributors, contributorCount: shape.contributors, queries })

/** Queries by class in turn, so that every run of 64 holds 16 of each class. */
const interleaved = Array.from({ length: heldOut.length / shape.classes }, (_unused, round) =>
  Array.from(
    { length: shape.classes },
    (_inner, label) => heldOut.flatMap((q, i) => (q.label === label ? [i] : []))[round]!,
  ),
).flat()

/** Net earnings in pools and leave-one-out drops of each contributor over some queries. */
function settle(chosen: readonly number[]) {
  return people.map((_person, c) => ({
    net: chosen.reduce((sum, q) => sum + Number(earnings[q]![c]!) / Number(poolWei << 64n), 0),
    drop: chosen.reduce((sum, q) => sum + truth.drops[c]![q]!, 0),
  }))
}

describe('the model of the demo', () => {
  test('behavior: it labels at least 85 % of the held-out texts correctly', () => {
    const right = queries.filter(({ label }, i) => label === heldOut[i]!.label).length
    expect(right / queries.length).toBeGreaterThanOrEqual(0.85)
  })

  test('behavior: a copy of the same lines has the index entry of its original', () => {
    const copy = people.findIndex(({ kind }) => kind === 'copy')
    const original = people.findIndex(({ id }) => id === people[copy]!.copies)
    expect(index.vectors[copy]).toEqual(index.vectors[original])
    expect(index.scales[copy]).toBe(index.scales[original])
  })

  test.each([0, 8, 16, 24, 32])('behavior: 64 held-out queries from %i pay as retraining says', (start) => {
    const result = settle(interleaved.slice(start, start + 64))
    people.forEach(({ kind, id }, c) => {
      if (kind === 'mislabelled' || kind === 'noise') {
        expect(result[c]!.net, id).toBeLessThan(0)
        expect(result[c]!.drop, id).toBeLessThan(0)
      } else {
        expect(result[c]!.net, id).toBeGreaterThan(0)
      }
    })
    const nets = result.map(({ net }) => net)
    const drops = result.map(({ drop }) => drop)
    expect(spearman(nets, drops)).toBeGreaterThanOrEqual(0.9)
  })
})
