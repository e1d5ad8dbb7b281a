import { attributeTrace, computeLogits, predictLabel } from '../../../src/statement/attributeTrace.ts'
import { seededRandom } from '../../randomBatch.ts'
import type { Depth, Figure, Part } from '../Part.ts'
import { buildSettings, type Setting } from './buildSettings.ts'
import { type Collusion, measureCollusion } from './measureCollusion.ts'
import { type IdentityGain, measureCopying, measureSplitting, RANDOM_SPLITS } from './measureIdentities.ts'
import { onChainFigures } from './onChainFigures.ts'
import { CONTRIBUTOR_SHARE } from './openLedger.ts'
import { isHoleFound, PLANTED_HOLES } from './plantedHoles.ts'
import { EPOCHS, gainOfAllRoles, judgeExactly, type PlanAttack, searchPlan } from './searchPlans.ts'
import { type Effort, goalName, goalsOf, type QueryAttack, searchQuery } from './searchQueries.ts'
import { ratioOf, settleExactly, sumOf } from './settleExactly.ts'

/** What owner, stakers, prover and contributors get together at most: PolicyRegistry.MAXIMUM_PAID_OUT_BPS. */
const MOST_PAID_OUT = 0.95
const EFFORTS: Record<Depth, { query: Effort; plan: { starts: number; changes: number }; seeds: readonly number[] }> = {
  fast: {
    query: { starts: 200, refined: 5, queries: 30_000 },
    plan: { starts: 5, changes: 2000 },
    seeds: [1],
  },
  full: {
    query: { starts: 5000, refined: 40, queries: 400_000 },
    plan: { starts: 16, changes: 10_000 },
    seeds: [1, 2, 3, 4, 5, 6, 7, 8],
  },
}

export const part: Part = {
  title: 'Economics: queries, coalitions and identities against the bounds of the rule',
  async run(depth, report) {
    const effort = EFFORTS[depth]
    const settings = buildSettings(depth)
    const queries: QueryAttack[] = []
    const plans: PlanAttack[] = []
    let queriesTried = 0
    let plansTried = 0
    for (const [s, setting] of settings.entries()) {
      report((0.7 * s) / settings.length, `searching: ${setting.name}`)
      const { found, tried } = searchSetting(setting, effort)
      queries.push(...found.queries)
      plans.push(...found.plans)
      queriesTried += tried.queries
      plansTried += tried.plans
    }
    report(0.7, 'planted holes')
    const holesFound = PLANTED_HOLES.filter((hole) => isHoleFound(hole, settings[0]!))
    report(0.75, 'splitting and copying')
    const identities = identityFigures(effort.seeds)
    const collusions = settings.map(measureCollusion)
    report(0.85, 'on chain')
    const onChain = await onChainFigures(settings, depth, effort.query, (batches) =>
      report(0.85, `on chain: ${batches} batches settled`),
    )

    const gains = plans.filter(({ plan }) => plan.victim === undefined)
    const harms = plans.filter(({ plan }) => plan.victim !== undefined)
    const allRoles = gains.map((attack) => ({ ...attack, perFee: gainOfAllRoles(attack.setting, attack.plan) }))
    const differing = queries.filter((attack) => Math.abs(referenceShare(attack) - attack.shareOfPool) > 1e-9)
    return [
      figure('queriesTried', 'queries tried', queriesTried),
      figure('plansTried', 'attacks among honest traffic tried', plansTried, {
        notes: [
          `${settings.length} models, ${EPOCHS} epochs, up to 8 identities and 8 queries, new indexes in between`,
        ],
      }),
      figure('worstGainPerFee', 'most that a coalition of contributors gains per fee', perFeeOfWorst(gains), {
        gate: { atMost: CONTRIBUTOR_SHARE },
        notes: [describePlan(worst(gains)), ...describeQueries(queries, 'gain')],
      }),
      figure('worstGainAllRoles', 'the same with model owner, stakers and prover', perFeeOfWorst(allRoles), {
        gate: { atMost: MOST_PAID_OUT },
        notes: ['the default policy gives them 9,000 basis points of a fee together, no policy more than 9,500'],
      }),
      figure('worstHarmPerFee', 'most that a victim loses per fee, debt included', perFeeOfWorst(harms), {
        gate: { atMost: CONTRIBUTOR_SHARE },
        notes: [describePlan(worst(harms)), ...describeQueries(queries, 'harm')],
      }),
      figure('roundingLossWei', 'most wei that a batch takes beyond its pools', Number(roundingLossWei(queries)), {
        gate: { atMost: Math.max(...settings.map(({ shape }) => shape.contributors)) },
        notes: ['a slot is rounded down once a batch: at most one wei a slot'],
        unit: 'wei',
      }),
      figure('searchMismatches', 'found queries whose share is not the reference’s', differing.length, {
        gate: { atMost: 0 },
      }),
      figure('plantedHolesFound', 'rules with a planted hole that the search sees through', holesFound.length, {
        total: PLANTED_HOLES.length,
        gate: { atLeast: 100 },
        notes: PLANTED_HOLES.map((hole) => `${holesFound.includes(hole) ? 'found' : 'MISSED'}: ${hole.name}`),
      }),
      ...onChain,
      ...identities,
      ...collusionFigures(collusions),
    ]
  },
}

function searchSetting(setting: Setting, effort: (typeof EFFORTS)[Depth]) {
  const random = seededRandom(setting.name.length)
  const tried = { queries: 0, plans: 0 }
  const queries = goalsOf(setting).map((goal) => {
    const { attack, tried: count } = searchQuery(setting, goal, random, effort.query)
    tried.queries += count
    return attack
  })
  const plans = (['gain', 'harm'] as const).map((kind) => {
    const { attack, tried: count } = searchPlan(setting, kind, queries, random, effort.plan)
    tried.plans += count
    return { ...attack, perFee: judgeExactly(setting, attack.plan) }
  })
  return { found: { queries, plans }, tried }
}

function identityFigures(seeds: readonly number[]): Figure[] {
  const honest = seeds.map((seed) => measureSplitting(seed, 0))
  const mixed = seeds.map((seed) => measureSplitting(seed, 0.3))
  const copying = seeds.map(measureCopying)
  const ratio = ({ before, after }: IdentityGain) => after / before
  const random = honest.flatMap((rows) => rows.slice(0, RANDOM_SPLITS.length))
  const inPercent = ({ before, after }: IdentityGain) =>
    `${(100 * before).toFixed(1)} % → ${(100 * after).toFixed(1)} %`
  const badRows = meanRows(mixed)
  return [
    figure('splittingGain', 'splitting honest data at random: pay for each 1', mean(random.map(ratio)), {
      notes: [
        `at most ${Math.max(...random.map(ratio)).toFixed(2)}; in shares of all pools, mean of ${seeds.length} made-up datanets:`,
        ...meanRows(honest).map(
          (row, i) => `${row.name}: ${inPercent(row)}; with 30 % mislabelled ${inPercent(badRows[i]!)}`,
        ),
      ],
    }),
    figure(
      'copyingGain',
      'copying a rival: pay for each 1 that it earned',
      mean(copying.map(([copier]) => ratio(copier!))),
      {
        notes: meanRows(copying).map((row) => `${row.name}: ${inPercent(row)}`),
      },
    ),
  ]
}

function meanRows(sets: readonly (readonly IdentityGain[])[]): IdentityGain[] {
  return sets[0]!.map(({ name }, i) => ({
    name,
    before: mean(sets.map((rows) => rows[i]!.before)),
    after: mean(sets.map((rows) => rows[i]!.after)),
  }))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** What the bounds do not cover, because no fee is paid for it. */
function collusionFigures(collusions: readonly Collusion[]): Figure[] {
  const worstBy = (key: Exclude<keyof Collusion, 'setting'>) =>
    collusions.reduce((worst, collusion) => (collusion[key] > worst[key] ? collusion : worst))
  const share = (
    name: string,
    key: Exclude<keyof Collusion, 'setting'>,
    title: string,
    notes: readonly string[] = [],
  ) =>
    figure(name, title, worstBy(key)[key], {
      unit: 'of pools',
      notes: [`worst: ${worstBy(key).setting.name}`, ...notes],
    })
  const { lossByDropping, setting } = worstBy('lossByDropping')
  return [
    share('washingGain', 'washing', 'owner registers the index again for each epoch'),
    share('renamingGain', 'renaming', 'the same, with new payout addresses each time'),
    share('droppingGain', 'dropping', 'operator seals only what pays its friends', [
      `most that the others lose: ${lossByDropping.toFixed(3)} (${setting.name})`,
      'one that commits to features of its own making can do all that the best queries above do, with the fees of others',
    ]),
  ]
}

function figure(
  name: string,
  title: string,
  value: number,
  more: Omit<Figure, 'name' | 'title' | 'value'> = {},
): Figure {
  return { name, title, value, ...more }
}

function worst(attacks: readonly PlanAttack[]): PlanAttack {
  return attacks.reduce((best, attack) => (attack.perFee > best.perFee ? attack : best))
}

function perFeeOfWorst(attacks: readonly PlanAttack[]): number {
  return worst(attacks).perFee
}

function describePlan({ setting, plan, perFee }: PlanAttack): string {
  const who = plan.victim === undefined ? `slots ${plan.coalition.join(', ')} gain` : `slot ${plan.victim} loses`
  const count = plan.queries.length
  return `${setting.name}: ${who} ${perFee} per fee by ${count} ${count === 1 ? 'query' : 'queries'} among honest ones`
}

/** The best single query for each goal, over all models. */
function describeQueries(attacks: readonly QueryAttack[], kind: 'gain' | 'harm'): string[] {
  const best = new Map<string, QueryAttack>()
  for (const attack of attacks.filter(({ goal }) => goal.kind === kind)) {
    // Slots differ between models: what matters is how many they are.
    const name =
      kind === 'harm' ? 'harm to one slot' : 'slots' in attack.goal ? 'gain of the mislabellers' : goalName(attack.goal)
    if (attack.shareOfPool > (best.get(name)?.shareOfPool ?? -1)) best.set(name, attack)
  }
  return [...best].map(
    ([name, { setting, shareOfPool, start }]) =>
      `${name}: ${(100 * shareOfPool).toFixed(2)} % of the pool by one query (${setting.name}; begun from ${start})`,
  )
}

/** What the reference says of the share that a found query gives its slots. */
function referenceShare({ setting, goal, slots, features }: QueryAttack): number {
  const { head, index } = setting
  const label = predictLabel(computeLogits(head, features))
  const { scores, total } = attributeTrace(head, index, features, label, 1n)
  const sign = goal.kind === 'harm' ? -1n : 1n
  const wanted = sumOf(slots.map((slot) => (sign * scores[slot]! > 0n ? sign * scores[slot]! : 0n)))
  return total === 0n ? 0 : ratioOf(wanted, total)
}

/** Single queries at fees of a few wei, where rounding is all there is. */
function roundingLossWei(attacks: readonly QueryAttack[]): bigint {
  let most = 0n
  for (const { setting, features } of attacks) {
    for (const feeWei of [1n, 2n, 3n, 5n, 8n, 21n, 1001n]) {
      const { debtsWei } = settleExactly(setting, [{ queries: [{ features, feeWei }], hasNewIndex: false }])
      const beyond = sumOf(debtsWei) - feeWei / 2n
      if (beyond > most) most = beyond
    }
  }
  return most
}
