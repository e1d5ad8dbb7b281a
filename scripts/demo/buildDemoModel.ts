import { computeInfluenceIndex } from '../../src/model/computeInfluenceIndex.ts'
import { quantiseHead } from '../../src/model/quantiseHead.ts'
import { trainHead } from '../../src/model/trainHead.ts'
import { type Shape, shapeNamed } from '../../src/shape.ts'
import { computeLogits, predictLabel } from '../../src/statement/attributeTrace.ts'
import type { Head, InfluenceIndex } from '../../src/statement/model.ts'
import { extractTextFeatures } from './extractTextFeatures.ts'
import { type Corpus, DATANETS, loadCorpus } from './loadCorpus.ts'

/** The weight decay of the demo's head, on the scale of x = h / 127. */
export const DEMO_WEIGHT_DECAY = 0.01

/** One held-out text that a payer asks about. */
export type DemoQuery = {
  readonly text: string
  /** The datanet that it really belongs to; the model does not see it. */
  readonly truth: number
  readonly features: readonly number[]
  /** The head's answer. */
  readonly label: number
}

/** The head, its influence index and all that they follow from. */
export type DemoModel = {
  readonly shape: Shape
  readonly corpus: Corpus
  readonly training: {
    readonly features: readonly (readonly number[])[]
    readonly labels: readonly number[]
    /** Slot of each sample's contributor. */
    readonly contributors: readonly number[]
    readonly contributorCount: number
    readonly weightDecay: number
  }
  readonly head: Head
  readonly index: InfluenceIndex
  readonly queries: readonly DemoQuery[]
  readonly accuracy: number
  readonly gradientNorm: number
}

/** Reads the corpus, extracts features, trains the head, quantises it and computes the influence index. Deterministic. */
export function buildDemoModel(): DemoModel {
  const shape = shapeNamed('small')
  const corpus = loadCorpus()
  const training = {
    features: corpus.samples.map(({ text }) => extractTextFeatures(text, shape.features)),
    labels: corpus.samples.map(({ label }) => label),
    contributors: corpus.samples.map(({ contributor }) => contributor),
    contributorCount: corpus.contributors.length,
    weightDecay: DEMO_WEIGHT_DECAY,
  }
  const { weights, gradientNorm } = trainHead({ ...training, classes: DATANETS.length })
  const head = quantiseHead(weights)
  const queries = corpus.heldOut.map(({ text, label: truth }) => {
    const features = extractTextFeatures(text, shape.features)
    return { text, truth, features, label: predictLabel(computeLogits(head, features)) }
  })
  const correct = queries.filter(({ label, truth }) => label === truth).length
  return {
    shape,
    corpus,
    training,
    head,
    index: computeInfluenceIndex(head, training),
    queries,
    accuracy: correct / queries.length,
    gradientNorm,
  }
}
