import { solveInfluenceVectors } from '../../../src/model/computeInfluenceIndex.ts'
import { dequantiseHead } from '../../../src/model/quantiseHead.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { seededRandom } from '../../randomBatch.ts'
import { openPopulation, type Setting, type Training, trainModel } from './buildSettings.ts'
import { openLedger } from './openLedger.ts'
import { NET_MARGIN, QueryState, type Rule } from './QueryState.ts'
import { EPOCHS, trafficOf } from './searchPlans.ts'

/** Pay before and after some disguise or copy, in shares of all pools. */
export type IdentityGain = { readonly name: string; readonly before: number; readonly after: number }

const small = shapeNamed('small')
const SAMPLES = 64
const RIVALS = 4
/** Slots for the data of the one who splits; the rivals come after them. */
const NAMES = 8

/** Slot 0 holds SAMPLES samples, of which a share is mislabelled; RIVALS others hold half as many each. */
function drawSamples(seed: number, badShare: number) {
  const random = seededRandom(seed)
  const population = openPopulation(random, small)
  const own = population.draw(random, SAMPLES)
  const isBad = own.labels.map((_, i) => i < badShare * SAMPLES)
  const labels = own.labels.map((label, i) => (isBad[i] ? (label + 1) % small.classes : label))
  const rivals = Array.from({ length: RIVALS }, (_, r) => population.draw(random, SAMPLES / 2, r % small.classes))
  const traffic = population.draw(random, 96).features
  const freshTraffic = population.draw(random, 96).features
  return { own: { features: own.features, labels, isBad }, rivals, traffic, freshTraffic, random }
}

type Samples = ReturnType<typeof drawSamples>

/** Trains with slot 0's samples spread over slots 0 .. 7 by `slotOf` (undefined leaves one out), `more` in the last slot, and rivals from slot 8 on. */
function train(
  { own, rivals, traffic }: Samples,
  slotOf: (i: number) => number | undefined,
  more: { features: number[][]; labels: number[] } = { features: [], labels: [] },
): Setting & { training: Training } {
  const kept = own.labels.flatMap((_, i) => (slotOf(i) === undefined ? [] : [i]))
  const training: Training = {
    features: [...kept.map((i) => own.features[i]!), ...rivals.flatMap(({ features }) => features), ...more.features],
    labels: [...kept.map((i) => own.labels[i]!), ...rivals.flatMap(({ labels }) => labels), ...more.labels],
    contributors: [
      ...kept.map((i) => slotOf(i)!),
      ...rivals.flatMap(({ labels }, r) => labels.map(() => NAMES + r)),
      ...more.labels.map(() => NAMES - 1),
    ],
    contributorCount: small.contributors,
    weightDecay: 0.01,
  }
  return {
    name: 'identities',
    shape: small,
    ...trainModel(training, small),
    samples: [],
    traffic,
    culprits: [],
    training,
  }
}

/** What slots `from .. to - 1` are paid over the epochs, as a share of all pools. */
function payOf(setting: Setting, rule: Rule, from = 0, to = NAMES): number {
  const ledger = openLedger(setting, rule)
  const epochs = Array.from({ length: EPOCHS }, (_, epoch) =>
    ledger.book(trafficOf(setting.traffic, epoch).map((features) => ({ features, fee: 1 }))),
  )
  const pools = epochs.reduce((sum, epoch) => sum + epoch.pools, 0)
  return (
    ledger
      .settle(epochs)
      .paid.slice(from, to)
      .reduce((sum, paid) => sum + paid, 0) / pools
  )
}

/**
 * What one contributor's data are paid under one name, and spread over several; retrained where data are left out.
 * @param badShare share of its samples that are mislabelled
 */
export function measureSplitting(seed: number, badShare: number, rule: Rule = NET_MARGIN): IdentityGain[] {
  const samples = drawSamples(seed, badShare)
  const whole = train(samples, () => 0)
  const alone = payOf(whole, rule)
  const row = (name: string, slotOf: (i: number) => number | undefined): IdentityGain => ({
    name,
    before: alone,
    after: payOf(train(samples, slotOf), rule),
  })
  const sought = searchSplit(samples, whole, rule)
  const split = train(samples, (i) => sought[i]!)
  const payOnFresh = (setting: Setting) => payOf({ ...setting, traffic: samples.freshTraffic }, rule)
  return [
    ...RANDOM_SPLITS.map((names) => row(`split at random into ${names}`, (i) => i % names)),
    row('split by class into 4', (i) => samples.own.labels[i]!),
    row('mislabelled samples under another name', (i) => (samples.own.isBad[i] ? 1 : 0)),
    row('mislabelled samples left out', (i) => (samples.own.isBad[i] ? undefined : 0)),
    { name: 'split into 8 with all queries known beforehand', before: alone, after: payOf(split, rule) },
    { name: 'that split on other queries', before: payOnFresh(whole), after: payOnFresh(split) },
  ]
}

/** Into how many names data are split at random; these rows come first. */
export const RANDOM_SPLITS = [2, 4, 8] as const

/** What giving one's own samples several times changes, and what copying all of a rival's does to copier, copied and others. */
export function measureCopying(seed: number): IdentityGain[] {
  const samples = drawSamples(seed, 0)
  const whole = train(samples, () => 0)
  const { features, labels } = samples.own
  const repeated = (count: number) => ({
    features: Array.from({ length: count }, () => features).flat(),
    labels: Array.from({ length: count }, () => labels).flat(),
  })
  const before = payOf(whole, NET_MARGIN)
  // The copies stand in a slot of their own: a copier's, or another name of the owner.
  const twice = train(samples, () => 0, repeated(1))
  const fourTimes = train(samples, () => 0, repeated(3))
  const othersOf = (setting: Setting) => payOf(setting, NET_MARGIN, NAMES, NAMES + RIVALS)
  return [
    { name: 'who copies all of a rival', before, after: payOf(twice, NET_MARGIN, NAMES - 1) },
    { name: 'who is copied', before, after: payOf(twice, NET_MARGIN, 0, 1) },
    { name: 'the other contributors', before: othersOf(whole), after: othersOf(twice) },
    { name: 'who gives every sample twice', before, after: payOf(twice, NET_MARGIN) },
    { name: 'who gives every sample four times', before, after: payOf(fourTimes, NET_MARGIN) },
  ]
}

/** Moves one sample at a time between 8 slots while it raises their pay on the traffic: the split of somebody who knows all queries beforehand. */
function searchSplit({ own, random }: Samples, whole: Setting & { training: Training }, rule: Rule): number[] {
  const { training, traffic, head } = whole
  // Each of slot 0's samples as a contributor of its own, then the rivals.
  const contributors = training.contributors.map((slot, i) => (slot === 0 ? i : SAMPLES + slot - NAMES))
  const { vectors } = solveInfluenceVectors(dequantiseHead(head), {
    ...training,
    contributors,
    contributorCount: SAMPLES + RIVALS,
  })
  const state = new QueryState(whole)
  const scores = traffic.map((features) => {
    state.set(features)
    state.score()
    return vectors.map((vector) =>
      vector.reduce((sum, row, k) => sum + state.delta[k]! * row.reduce((dot, v, j) => dot + v * features[j]!, 0), 0),
    )
  })
  const length = Math.floor(traffic.length / EPOCHS)
  const slots = NAMES + RIVALS
  const sums = scores.map((ofQuery) => {
    const sum = new Float64Array(slots)
    for (const [i, score] of ofQuery.entries()) sum[i < SAMPLES ? i % NAMES : NAMES + i - SAMPLES]! += score
    return sum
  })
  const pay = () => {
    let paid = 0
    const balances = new Float64Array(NAMES)
    for (let q = 0; q < sums.length; q++) {
      let positive = 0
      let negative = 0
      for (let c = 0; c < slots; c++) {
        if (sums[q]![c]! > 0) positive += sums[q]![c]!
        else negative -= sums[q]![c]!
      }
      const normaliser = rule.normaliser(positive, negative)
      for (let c = 0; c < NAMES; c++) {
        const share = sums[q]![c]! / normaliser
        balances[c]! += rule.isClipped ? Math.max(0, share) : share
      }
      if ((q + 1) % length !== 0) continue
      for (let c = 0; c < NAMES; c++) {
        if (balances[c]! <= 0) continue
        paid += balances[c]!
        balances[c] = 0
      }
    }
    return paid
  }
  const slotOf = own.labels.map((_, i) => i % NAMES)
  const move = (i: number, to: number) => {
    for (const [q, sum] of sums.entries()) {
      sum[slotOf[i]!]! -= scores[q]![i]!
      sum[to]! += scores[q]![i]!
    }
    slotOf[i] = to
  }
  let best = pay()
  for (let m = 0; m < 2000; m++) {
    const i = random.integer(0, SAMPLES - 1)
    const from = slotOf[i]!
    move(i, random.integer(0, NAMES - 1))
    const reached = pay()
    if (reached > best) best = reached
    else move(i, from)
  }
  return slotOf
}
