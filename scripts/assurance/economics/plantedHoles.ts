import { seededRandom } from '../../randomBatch.ts'
import type { Setting } from './buildSettings.ts'
import { measureSplitting, RANDOM_SPLITS } from './measureIdentities.ts'
import { CONTRIBUTOR_SHARE } from './openLedger.ts'
import { NET_MARGIN, type Rule } from './QueryState.ts'
import { searchPlan } from './searchPlans.ts'
import { type Effort, type Goal, goalsOf, searchQuery } from './searchQueries.ts'

/** A rule with a hole, and how the search shows it. */
export type PlantedHole = {
  readonly name: string
  readonly rule: Rule
  /** What is above `bound` only when the hole is there. */
  readonly measure: (setting: Setting, rule: Rule) => number
  readonly bound: number
}

const EFFORT: Effort = { starts: 50, refined: 3, queries: 20_000 }

/** The same searches that look for holes in the protocol's rule, on rules of which each has one. */
export const PLANTED_HOLES: readonly PlantedHole[] = [
  {
    name: 'earnings of a query scaled until they sum to its pool',
    rule: { ...NET_MARGIN, normaliser: (positive, negative) => Math.abs(positive - negative) },
    measure: (setting, rule) => bestShare(setting, 'gain', rule),
    bound: 1,
  },
  {
    name: 'scores divided by the positive mass alone',
    rule: { ...NET_MARGIN, normaliser: (positive) => positive },
    measure: (setting, rule) => bestShare(setting, 'harm', rule),
    bound: 1,
  },
  {
    name: 'payments of an epoch scaled until they use up its pools',
    rule: { ...NET_MARGIN, emptiesPools: true },
    measure: bestGainAmongTraffic,
    bound: CONTRIBUTOR_SHARE,
  },
  {
    name: 'negative earnings of a query counted as zero',
    rule: { ...NET_MARGIN, isClipped: true },
    measure: (_setting, rule) => gainByRandomSplit(rule),
    bound: 1.1,
  },
]

/** Whether a hole is seen in the rule that has it, and not in the protocol's. */
export function isHoleFound({ rule, measure, bound }: PlantedHole, setting: Setting): boolean {
  const tolerance = 1e-9
  return measure(setting, rule) > bound + tolerance && measure(setting, NET_MARGIN) <= bound + tolerance
}

function bestShare(setting: Setting, kind: Goal['kind'], rule: Rule): number {
  const goals = goalsOf(setting).filter((goal) => goal.kind === kind)
  return Math.max(...goals.map((goal) => searchQuery(setting, goal, seededRandom(1), EFFORT, rule).attack.shareOfPool))
}

function bestGainAmongTraffic(setting: Setting, rule: Rule): number {
  const known = goalsOf(setting).map((goal) => searchQuery(setting, goal, seededRandom(1), EFFORT, rule).attack)
  return searchPlan(setting, 'gain', known, seededRandom(2), { starts: 3, changes: 1000 }, rule).attack.perFee
}

/** Pay of an honest contributor's data spread at random over 8 names, for each unit of what it earns under one. */
function gainByRandomSplit(rule: Rule): number {
  const { before, after } = measureSplitting(1, 0, rule)[RANDOM_SPLITS.indexOf(8)]!
  return after / before
}
