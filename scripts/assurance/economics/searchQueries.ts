import type { SeededRandom } from '../../randomBatch.ts'
import { randomFeatures, type Setting } from './buildSettings.ts'
import { NET_MARGIN, QueryState, type Rule } from './QueryState.ts'

/** What a single query is to do. */
export type Goal =
  /** To pay a coalition of so many slots, the best ones for it. */
  | { readonly kind: 'gain'; readonly identities: number }
  /** To pay exactly these slots. */
  | { readonly kind: 'gain'; readonly slots: readonly number[] }
  /** To cost this slot. */
  | { readonly kind: 'harm'; readonly victim: number }

/** The best query found for a goal. */
export type QueryAttack = {
  readonly setting: Setting
  readonly goal: Goal
  /** Who gains, or the one who loses. */
  readonly slots: readonly number[]
  readonly features: readonly number[]
  /** What the slots gain or lose together, as a share of the query's pool. */
  readonly shareOfPool: number
  /** Which method began it: `random`, `corner`, `own sample`, `traffic`. */
  readonly start: string
}

/** How much to search; figures in queries for each goal. */
export type Effort = { readonly starts: number; readonly refined: number; readonly queries: number }

export const goalName = (goal: Goal): string =>
  goal.kind === 'harm'
    ? `harm to slot ${goal.victim}`
    : 'slots' in goal
      ? `gain of slots ${goal.slots.join(', ')}`
      : `gain of ${goal.identities} ${goal.identities === 1 ? 'identity' : 'identities'}`

/** All that one attacker of a setting may want. */
export function goalsOf({ shape, culprits }: Setting): Goal[] {
  const sizes = [1, 2, 4, 8].filter((size) => size <= shape.contributors)
  return [
    ...sizes.map((identities): Goal => ({ kind: 'gain', identities })),
    ...(culprits.length > 0 ? [{ kind: 'gain', slots: culprits } as const] : []),
    ...Array.from({ length: shape.contributors }, (_, victim): Goal => ({ kind: 'harm', victim })),
  ]
}

/**
 * Looks for the query that serves a goal best: random vectors and corners of the box, training samples and traffic as they are, then from the best of
 * these uphill, by the gradient of the goal while delta stays as it is, rounded to int8, and by single features.
 * @returns with the number of queries that were scored
 */
export function searchQuery(
  setting: Setting,
  goal: Goal,
  random: SeededRandom,
  effort: Effort,
  rule: Rule = NET_MARGIN,
): { attack: QueryAttack; tried: number } {
  const { shape, samples, traffic } = setting
  const state = new QueryState(setting)
  const shares = new Float64Array(shape.contributors)
  let tried = 0
  const evaluate = () => {
    tried++
    state.score()
    state.writeShares(rule, shares)
    return amountOf(goal, shares)
  }

  const corner = () =>
    randomFeatures(random, shape).map((value, j) => (j === shape.features - 1 ? 127 : value < 0 ? -127 : 127))
  const known = (vectors: readonly (readonly number[])[], start: string) =>
    vectors.map((features) => ({ features, start }))
  const starts = [
    ...Array.from({ length: effort.starts }, () => ({ features: randomFeatures(random, shape), start: 'random' })),
    ...Array.from({ length: effort.starts }, () => ({ features: corner(), start: 'corner' })),
    ...known(samples, 'own sample'),
    ...known(traffic, 'traffic'),
  ]
    .map(({ features, start }) => {
      state.set(features)
      return { features: [...features], start, value: evaluate() }
    })
    .sort((a, b) => b.value - a.value)
    .slice(0, effort.refined)

  let best = starts[0]!
  for (const from of starts) {
    state.set(from.features)
    let value = evaluate()
    const limit = tried + Math.floor(effort.queries / starts.length)
    for (let isUphill = true; isUphill && tried < limit; ) {
      const before = value
      value = followGradient(state, goal, shares, value, evaluate)
      value = changeFeatures(state, value, random, evaluate)
      isUphill = value > before + 1e-9
    }
    if (value > best.value) best = { features: [...state.features], start: from.start, value }
  }
  state.set(best.features)
  evaluate()
  const { features, start, value } = best
  return { attack: { setting, goal, slots: slotsOf(goal, shares), features, shareOfPool: value, start }, tried }
}

/** What a goal's slots gain or lose together. */
function amountOf(goal: Goal, shares: Float64Array): number {
  if (goal.kind === 'harm') return Math.max(0, -shares[goal.victim]!)
  if ('slots' in goal) return goal.slots.reduce((sum, slot) => sum + Math.max(0, shares[slot]!), 0)
  const sorted = Float64Array.from(shares).sort()
  let sum = 0
  for (let i = 0; i < goal.identities; i++) sum += Math.max(0, sorted[sorted.length - 1 - i]!)
  return sum
}

function slotsOf(goal: Goal, shares: Float64Array): number[] {
  if (goal.kind === 'harm') return [goal.victim]
  if ('slots' in goal) return [...goal.slots]
  const slots = [...shares.keys()].filter((slot) => shares[slot]! > 0)
  return slots.sort((a, b) => shares[b]! - shares[a]!).slice(0, goal.identities)
}

/** Steps along the gradient of (what the goal's slots score) / (the larger mass), shorter ones when long ones do not help. */
function followGradient(
  state: QueryState,
  goal: Goal,
  shares: Float64Array,
  start: number,
  evaluate: () => number,
): number {
  let value = start
  for (let step = 127; step >= 1; ) {
    const gradient = gradientOf(state, goal, shares)
    const steepest = gradient.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0)
    if (steepest === 0) return value
    const before = [...state.features]
    for (const [j, slope] of gradient.entries()) {
      const moved = Math.round(before[j]! + (step * slope) / steepest)
      state.change(j, Math.max(-127, Math.min(127, moved)))
    }
    const reached = evaluate()
    if (reached > value) {
      value = reached
      continue
    }
    for (const [j, feature] of before.entries()) state.change(j, feature)
    state.score()
    step /= 2
  }
  evaluate()
  return value
}

/** The bias is constant, so its entry is left out. */
function gradientOf(state: QueryState, goal: Goal, shares: Float64Array): number[] {
  const { scores, positive, negative } = state
  const sign = goal.kind === 'harm' ? -1 : 1
  const isTotalPositive = positive >= negative
  const total = Math.max(positive, negative)
  if (total === 0) return []
  const wanted = new Set(slotsOf(goal, shares).filter((slot) => sign * scores[slot]! > 0))
  // A victim that does not lose yet is first driven below zero.
  if (wanted.size === 0)
    for (const slot of goal.kind === 'harm' ? [goal.victim] : 'slots' in goal ? goal.slots : []) wanted.add(slot)
  const reached = [...wanted].reduce((sum, slot) => sum + sign * scores[slot]!, 0)
  return Array.from({ length: state.features.length - 1 }, (_, j) => {
    let up = 0
    let totalUp = 0
    for (let slot = 0; slot < scores.length; slot++) {
      const slope = state.slope(slot, j)
      if (wanted.has(slot)) up += sign * slope
      if (scores[slot]! > 0 === isTotalPositive) totalUp += isTotalPositive ? slope : -slope
    }
    return (up * total - reached * totalUp) / total
  })
}

/** One pass over the features in random order; each takes the best of a few values. */
function changeFeatures(state: QueryState, start: number, random: SeededRandom, evaluate: () => number): number {
  let value = start
  const order = Array.from({ length: state.features.length - 1 }, (_, j) => ({ j, key: random.integer(0, 1 << 20) }))
  for (const { j } of order.sort((a, b) => a.key - b.key)) {
    let kept = state.features[j]!
    for (const candidate of [-127, 0, 127, random.integer(-127, 127), kept - 3, kept + 3]) {
      state.change(j, Math.max(-127, Math.min(127, candidate)))
      const reached = evaluate()
      if (reached > value) {
        value = reached
        kept = state.features[j]!
      }
    }
    state.change(j, kept)
  }
  evaluate()
  return value
}
