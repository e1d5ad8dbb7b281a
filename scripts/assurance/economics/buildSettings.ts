import { computeInfluenceIndex } from '../../../src/model/computeInfluenceIndex.ts'
import { quantiseHead } from '../../../src/model/quantiseHead.ts'
import { trainHead } from '../../../src/model/trainHead.ts'
import { type Shape, shapeNamed } from '../../../src/shape.ts'
import type { Head, InfluenceIndex } from '../../../src/statement/model.ts'
import { buildDemoModel } from '../../demo/buildDemoModel.ts'
import { type SeededRandom, seededRandom } from '../../randomBatch.ts'
import type { Depth } from '../Part.ts'

/** Samples with the slot of each one's contributor. */
export type Training = {
  readonly features: readonly (readonly number[])[]
  readonly labels: readonly number[]
  readonly contributors: readonly number[]
  readonly contributorCount: number
  readonly weightDecay: number
}

/** A registered model as its attackers find it. */
export type Setting = {
  readonly name: string
  readonly shape: Shape
  readonly head: Head
  readonly index: InfluenceIndex
  /** Feature vectors that an attacker knows: training samples, where there are any. */
  readonly samples: readonly (readonly number[])[]
  /** What honest payers ask. */
  readonly traffic: readonly (readonly number[])[]
  /** Slots whose data are bad on purpose: a coalition that starts with debts. */
  readonly culprits: readonly number[]
}

/** Samples around one centre a class. */
export type Population = {
  /** The samples of one contributor: most of them of its own class, as real contributors have a subject. */
  draw(random: SeededRandom, count: number, favourite?: number): { features: number[][]; labels: number[] }
}

const WEIGHT_DECAY = 0.01
const TRAFFIC = 48
const small = shapeNamed('small')
const tiny = shapeNamed('tiny')

/** Classes that overlap: a head trained on them errs on about one sample in ten. */
export function openPopulation(random: SeededRandom, { classes, features }: Shape): Population {
  const centres = Array.from({ length: classes }, () =>
    Array.from({ length: features - 1 }, () => random.integer(-25, 25)),
  )
  return {
    draw(random, count, favourite) {
      const labels = Array.from({ length: count }, () =>
        favourite !== undefined && random.integer(0, 1) === 0 ? favourite : random.integer(0, classes - 1),
      )
      const vectors = labels.map((label) => [
        ...centres[label]!.map((centre) => Math.max(-127, Math.min(127, centre + random.integer(-100, 100)))),
        127,
      ])
      return { features: vectors, labels }
    },
  }
}

/** Trains the head on these samples and computes its influence index. */
export function trainModel(training: Training, { classes }: Shape): { head: Head; index: InfluenceIndex } {
  const head = quantiseHead(trainHead({ ...training, classes, gradientTolerance: 1e-8 }).weights)
  return { head, index: computeInfluenceIndex(head, training) }
}

/** How a contributor of a made-up datanet behaves. */
type Behaviour = { readonly count: number; readonly isMislabelled?: boolean; readonly copyOf?: number }

/** A head trained on made-up samples of these contributors, with held-out samples as traffic. */
function trainedSetting(name: string, seed: number, behaviours: readonly Behaviour[], shape: Shape = small): Setting {
  const random = seededRandom(seed)
  const population = openPopulation(random, shape)
  const parts: { features: number[][]; labels: number[] }[] = []
  for (const [slot, { count, isMislabelled = false, copyOf }] of behaviours.entries()) {
    if (copyOf !== undefined) {
      // Nearly the same samples: each feature off by at most one.
      const { features, labels } = parts[copyOf]!
      const nudge = (vector: readonly number[]) =>
        vector.map((value, j) =>
          j === vector.length - 1 ? value : Math.max(-127, Math.min(127, value + random.integer(-1, 1))),
        )
      parts.push({ features: features.map(nudge), labels: [...labels] })
      continue
    }
    const { features, labels } = population.draw(random, count, slot % shape.classes)
    parts.push({ features, labels: isMislabelled ? labels.map((label) => (label + 1) % shape.classes) : labels })
  }
  const training: Training = {
    features: parts.flatMap(({ features }) => features),
    labels: parts.flatMap(({ labels }) => labels),
    contributors: parts.flatMap(({ labels }, slot) => labels.map(() => slot)),
    contributorCount: shape.contributors,
    weightDecay: WEIGHT_DECAY,
  }
  const culprits = behaviours.flatMap(({ isMislabelled }, slot) => (isMislabelled ? [slot] : []))
  const traffic = population.draw(random, TRAFFIC).features
  return { name, shape, ...trainModel(training, shape), samples: training.features, traffic, culprits }
}

/** A head and an index that nobody trained: bounds must hold for whatever an owner registers. */
function adversarialSetting(
  name: string,
  seed: number,
  vectorOf: (random: SeededRandom, first: readonly (readonly number[])[], slot: number) => number[][],
  scaleOf: (slot: number) => number,
  shape: Shape = small,
): Setting {
  const random = seededRandom(seed)
  const draw = (limit: number) =>
    Array.from({ length: shape.classes }, () =>
      Array.from({ length: shape.features }, () => random.integer(-limit, limit)),
    )
  const first = draw(127)
  const vectors = Array.from({ length: shape.contributors }, (_, slot) => vectorOf(random, first, slot))
  const index = { vectors, scales: vectors.map((_, slot) => scaleOf(slot)) }
  const traffic = Array.from({ length: TRAFFIC }, () => randomFeatures(random, shape))
  return { name, shape, head: draw(40), index, samples: [], traffic, culprits: [] }
}

/** Any feature vector that the circuit accepts. */
export function randomFeatures(random: SeededRandom, { features }: Shape): number[] {
  return Array.from({ length: features }, (_, j) => (j === features - 1 ? 127 : random.integer(-127, 127)))
}

const times = (factor: number, matrix: readonly (readonly number[])[]) =>
  matrix.map((row) => row.map((value) => factor * value))
const randomMatrix = (random: SeededRandom, { classes, features }: Shape) =>
  Array.from({ length: classes }, () => Array.from({ length: features }, () => random.integer(-127, 127)))

/** The models that are attacked: trained ones with honest and with dishonest contributors, and indexes made for attack. */
export function buildSettings(depth: Depth): Setting[] {
  const each = (count: number, change: Record<number, Partial<Behaviour>> = {}) =>
    Array.from({ length: small.contributors }, (_, slot): Behaviour => ({ count, ...change[slot] }))
  const bad = { isMislabelled: true }
  const settings = [
    trainedSetting('12 alike', 1, each(20)),
    trainedSetting('one of 12 holds 90 %', 2, each(2, { 0: { count: 216 } })),
    trainedSetting('3 of 12 mislabel', 3, each(20, { 9: bad, 10: bad, 11: bad })),
    adversarialSetting(
      'slot 0 against all, as heavy as all',
      4,
      (_random, first, slot) => times(slot === 0 ? -1 : 1, first),
      (slot) => (slot === 0 ? 65535 : 5957),
    ),
    trainedSetting(
      'tiny: 3 alike',
      9,
      Array.from({ length: tiny.contributors }, () => ({ count: 20 })),
      tiny,
    ),
  ]
  if (depth === 'fast') return settings
  const demo = buildDemoModel()
  return [
    ...settings,
    {
      name: 'demo corpus',
      shape: demo.shape,
      head: demo.head,
      index: demo.index,
      samples: demo.training.features,
      traffic: demo.queries.map(({ features }) => features),
      culprits: demo.corpus.contributors.flatMap(({ kind }, slot) => (kind === 'mislabelled' ? [slot] : [])),
    },
    trainedSetting('12 alike, other samples', 5, each(20)),
    trainedSetting(
      '4 pairs of near copies',
      6,
      each(20, { 8: { copyOf: 0 }, 9: { copyOf: 1 }, 10: { copyOf: 2 }, 11: { copyOf: 3 } }),
    ),
    trainedSetting(
      'one of 12 holds 90 % and mislabels a tenth',
      7,
      each(2, { 0: { count: 194 }, 1: { count: 22, ...bad } }),
    ),
    trainedSetting(
      '8 of 12 mislabel',
      8,
      each(20, Object.fromEntries([4, 5, 6, 7, 8, 9, 10, 11].map((slot) => [slot, bad]))),
    ),
    adversarialSetting(
      'random index',
      10,
      (random) => randomMatrix(random, small),
      (slot) => 65535 - 5000 * slot,
    ),
    adversarialSetting(
      'slots in opposite pairs',
      11,
      (random, first, slot) =>
        slot < 2 ? times(1 - 2 * slot, first) : times(slot % 2 === 0 ? 1 : -1, randomMatrix(random, small)),
      () => 65535,
    ),
    adversarialSetting(
      'one large, eleven faint',
      12,
      (random) => randomMatrix(random, small),
      (slot) => (slot === 0 ? 65535 : 1),
    ),
  ]
}
