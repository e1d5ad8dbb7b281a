import { PoaError } from '../../src/errors.ts'
import { computeInfluenceIndex, padInfluenceIndex } from '../../src/model/computeInfluenceIndex.ts'
import { padHead, requirePaddedClassesLose } from '../../src/model/padHead.ts'
import { quantiseHead } from '../../src/model/quantiseHead.ts'
import { trainHead } from '../../src/model/trainHead.ts'
import type { Shape } from '../../src/shape.ts'
import { computeLogits, predictLabel } from '../../src/statement/attributeTrace.ts'
import type { Head, InfluenceIndex } from '../../src/statement/model.ts'
import type { Datanet, DatanetVersion } from './openDatanet.ts'
import type { Sample } from './parseSamples.ts'

/** Which version of which datanet a model was trained on, and what is in it. */
export type TrainingSource = DatanetVersion & { readonly name: string }

export type TrainedModel = {
  readonly shape: Shape
  readonly head: Head
  readonly index: InfluenceIndex
  /** Payout addresses by slot. */
  readonly contributors: readonly `0x${string}`[]
  readonly sources: readonly TrainingSource[]
  readonly samples: number
  /** On the samples it was trained on. */
  readonly accuracy: number
}

/**
 * Trains a head on the newest version of some datanets and computes its influence index; deterministic. A contributor gets the slot of its first
 * contribution, over all datanets in their order.
 * @param weightDecay on the scale of x = h / 127, above 0
 * @throws PoaError DATANET_OF_OTHER_SHAPE, TOO_MANY_CONTRIBUTORS, NO_SAMPLES, and those of the trainer
 */
export async function trainModel(
  datanets: readonly Datanet[],
  { shape, weightDecay }: { shape: Shape; weightDecay: number },
): Promise<TrainedModel> {
  const classes = requireCommonShape(datanets, shape)
  const slots = new Map<`0x${string}`, number>()
  const samples: (Sample & { readonly slot: number })[] = []
  const sources: TrainingSource[] = []
  for (const datanet of datanets) {
    const { version, contributions } = await datanet.latest()
    sources.push({ name: datanet.name, version, contributions })
    for (const contribution of contributions) {
      const slot = slots.get(contribution.contributor) ?? slots.size
      slots.set(contribution.contributor, slot)
      for (const sample of await datanet.readSamples(contribution)) samples.push({ ...sample, slot })
    }
  }
  if (samples.length === 0) {
    throw new PoaError('NO_SAMPLES', 'nobody has contributed to these datanets', {
      hint: 'poa datanet contribute --help',
    })
  }
  if (slots.size > shape.contributors) {
    throw new PoaError(
      'TOO_MANY_CONTRIBUTORS',
      `${slots.size} contributors, the circuit ${shape.name} has slots for ${shape.contributors}`,
    )
  }
  const training = {
    features: samples.map(({ features }) => features),
    labels: samples.map(({ label }) => label),
    contributors: samples.map(({ slot }) => slot),
    contributorCount: slots.size,
    weightDecay,
  }
  const trained = quantiseHead(trainHead({ ...training, classes }).weights)
  const head = padHead(trained, shape.classes)
  requirePaddedClassesLose(head, classes)
  const right = samples.filter(({ features, label }) => predictLabel(computeLogits(head, features)) === label).length
  return {
    shape,
    head,
    index: padInfluenceIndex(computeInfluenceIndex(trained, training), shape),
    contributors: [...slots.keys()],
    sources,
    samples: samples.length,
    accuracy: right / samples.length,
  }
}

/** @returns how many classes all of them have */
function requireCommonShape(datanets: readonly Datanet[], shape: Shape): number {
  const classes = datanets[0]?.classes ?? 0
  for (const datanet of datanets) {
    if (datanet.features !== shape.features || datanet.classes > shape.classes || datanet.classes !== classes) {
      throw new PoaError(
        'DATANET_OF_OTHER_SHAPE',
        `${datanet.name} has ${datanet.features} features and ${datanet.classes} classes; all must have ${shape.features} features and the same number of classes, at most ${shape.classes}`,
      )
    }
  }
  return classes
}
