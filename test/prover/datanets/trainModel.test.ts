import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatanet, type Datanet } from '../../../prover/datanets/openDatanet.ts'
import { type Sample, writeSamples } from '../../../prover/datanets/parseSamples.ts'
import { trainModel } from '../../../prover/datanets/trainModel.ts'
import { seededRandom } from '../../../scripts/randomBatch.ts'
import { computeInfluenceIndex } from '../../../src/model/computeInfluenceIndex.ts'
import { quantiseHead } from '../../../src/model/quantiseHead.ts'
import { trainHead } from '../../../src/model/trainHead.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { commitIndex, commitWeights } from '../../../src/statement/commitments.ts'

const shape = shapeNamed('tiny')
const WEIGHT_DECAY = 0.1
const [ALICE, BOB, CAROL, DAVE] = [
  '0x5FbDB2315678afecb367f032d93F642f64180aa3',
  '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512',
  '0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0',
  '0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9',
] as const

/** Samples whose label is told by their first feature, roughly. */
function samplesOf(seed: number, count: number, classes: number): Sample[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => {
    const label = random.integer(0, classes - 1)
    const rest = Array.from({ length: shape.features - 2 }, () => random.integer(-60, 60))
    return { features: [label * 60 - 60 + random.integer(-20, 20), ...rest, 127], label }
  })
}

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'poa-training-'))
})
afterAll(() => rm(root, { recursive: true }))

const make = (name: string, classes: number) => createDatanet(root, name, { features: shape.features, classes })

describe('trainModel', () => {
  let one: Datanet
  let two: Datanet
  const alice = samplesOf(1, 20, 3)
  const bob = samplesOf(2, 20, 3)
  const more = samplesOf(3, 10, 3)
  beforeAll(async () => {
    one = await make('one', 3)
    two = await make('two', 3)
    await one.contribute(ALICE, writeSamples(alice))
    await one.contribute(BOB, writeSamples(bob))
    await two.contribute(BOB, writeSamples(more))
    await two.contribute(CAROL, writeSamples(samplesOf(4, 10, 3)))
  })

  test('default: what the trainer makes of all samples, a slot for each contributor over all datanets', async () => {
    const model = await trainModel([one, two], { shape, weightDecay: WEIGHT_DECAY })
    expect(model.contributors).toEqual([ALICE, BOB, CAROL])
    expect([model.samples, model.sources]).toEqual([
      60,
      [
        { name: 'one', ...(await one.latest()) },
        { name: 'two', ...(await two.latest()) },
      ],
    ])
    const all = [...alice, ...bob, ...more, ...samplesOf(4, 10, 3)]
    const training = {
      features: all.map(({ features }) => features),
      labels: all.map(({ label }) => label),
      contributors: all.map((_, i) => (i < 20 ? 0 : i < 50 ? 1 : 2)),
      contributorCount: 3,
      weightDecay: WEIGHT_DECAY,
    }
    const head = quantiseHead(trainHead({ ...training, classes: 3 }).weights)
    expect(model.head).toEqual(head)
    expect(model.index).toEqual(computeInfluenceIndex(head, training))
    expect(model.accuracy).toBeGreaterThan(0.6)
  })

  test('behavior: fewer classes and contributors than the circuit has are filled up, so that it can be registered', async () => {
    const small = await make('small', 2)
    await small.contribute(ALICE, writeSamples(samplesOf(5, 20, 2)))
    const { head, index, contributors } = await trainModel([small], { shape, weightDecay: WEIGHT_DECAY })
    expect([head.length, index.vectors.length, contributors.length]).toEqual([3, 3, 1])
    expect(head[2]).toEqual([0, 0, 0, 0, -32767])
    expect(index.scales.slice(1)).toEqual([0, 0])
    expect([typeof commitWeights(head, shape), typeof commitIndex(index, shape)]).toEqual(['bigint', 'bigint'])
  })

  test('error: too many contributors, no samples, datanets that do not go together', async () => {
    const train = (...datanets: Datanet[]) => trainModel(datanets, { shape, weightDecay: WEIGHT_DECAY })
    const crowd = await make('crowd', 3)
    for (const contributor of [ALICE, BOB, CAROL, DAVE]) await crowd.contribute(contributor, writeSamples(alice))
    await expect(train(crowd)).rejects.toMatchObject({ code: 'TOO_MANY_CONTRIBUTORS' })
    await expect(train(await make('empty', 3))).rejects.toMatchObject({ code: 'NO_SAMPLES' })
    await expect(train(one, await make('other-classes', 2))).rejects.toMatchObject({ code: 'DATANET_OF_OTHER_SHAPE' })
    const wide = await createDatanet(root, 'wide', { features: 6, classes: 3 })
    await expect(train(wide)).rejects.toMatchObject({ code: 'DATANET_OF_OTHER_SHAPE' })
  })
})
