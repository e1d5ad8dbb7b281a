import { parseEther } from 'viem'
import type { SeededRandom } from '../../randomBatch.ts'
import { randomFeatures, type Setting } from './buildSettings.ts'
import { openLedger } from './openLedger.ts'
import { NET_MARGIN, type Rule } from './QueryState.ts'
import type { QueryAttack } from './searchQueries.ts'
import { type Epoch, ratioOf, type Settlement, settleExactly, sumOf } from './settleExactly.ts'

/** An attack among honest traffic, over several epochs. */
export type Plan = {
  readonly queries: readonly {
    readonly features: readonly number[]
    /** In honest fees, 2^-8 .. 2^8. */
    readonly fee: number
    readonly epoch: number
  }[]
  /** Who attacks, at most 8 slots; for harm nobody. */
  readonly coalition: readonly number[]
  /** Who is to lose; for gain nobody. */
  readonly victim: number | undefined
  /** For each epoch whether its index was registered anew, with and without the attack alike. */
  readonly newIndexes: readonly boolean[]
}

export type PlanAttack = {
  readonly setting: Setting
  readonly plan: Plan
  /**
   * What the coalition is paid more, or the victim less, than without the attack's queries, for each unit of the attack's fees; for harm the larger of
   * two readings: pay alone, and pay less the debt that is left.
   */
  readonly perFee: number
}

export const EPOCHS = 3
/** The largest coalition. */
export const MOST_IDENTITIES = 8
const MOST_QUERIES = 8
/** Large, so that what rounding moves, a wei a slot and batch, does not show in a ratio to fees; it is measured by itself. */
const HONEST_FEE_WEI = parseEther('256')

/**
 * Looks for the plan of the most gain or harm per fee: begins with single queries that are good at it, then changes one thing at a time.
 * @param known attacks by single queries on this setting, some of this kind
 */
export function searchPlan(
  setting: Setting,
  kind: 'gain' | 'harm',
  known: readonly QueryAttack[],
  random: SeededRandom,
  effort: { readonly starts: number; readonly changes: number },
  rule: Rule = NET_MARGIN,
): { attack: PlanAttack; tried: number } {
  const judge = openJudge(setting, rule)
  const { shape, samples, traffic } = setting
  const others = [...samples, ...traffic]
  const features = () =>
    random.integer(0, 2) > 0
      ? random.pick(known).features
      : others.length > 0 && random.integer(0, 1) > 0
        ? random.pick(others)
        : randomFeatures(random, shape)
  const query = () => ({ features: features(), fee: 2 ** random.integer(-8, 8), epoch: random.integer(0, EPOCHS - 1) })
  const slot = () => random.integer(0, shape.contributors - 1)
  const begin = ({ features, slots }: QueryAttack): Plan => ({
    queries: [{ ...query(), features }],
    coalition: kind === 'gain' ? slots : [],
    victim: kind === 'harm' ? slots[0]! : undefined,
    newIndexes: Array.from({ length: EPOCHS }, (_, epoch) => epoch > 0 && random.integer(0, 3) === 0),
  })
  const change = (plan: Plan): Plan => {
    const { queries, coalition } = plan
    const i = random.integer(0, queries.length - 1)
    const at = queries[i]!
    const put = (changed: Partial<(typeof queries)[number]>) => ({
      ...plan,
      queries: queries.with(i, { ...at, ...changed }),
    })
    switch (random.integer(0, 7)) {
      case 0:
        return queries.length < MOST_QUERIES ? { ...plan, queries: [...queries, query()] } : plan
      case 1:
        return queries.length > 1 ? { ...plan, queries: queries.toSpliced(i, 1) } : plan
      case 2:
        return put({ features: features() })
      case 3:
        return put({ fee: Math.min(2 ** 8, Math.max(2 ** -8, at.fee * 2 ** random.integer(-3, 3))) })
      case 4:
        return put({ epoch: random.integer(0, EPOCHS - 1) })
      case 5: {
        const epoch = random.integer(1, EPOCHS - 1)
        return { ...plan, newIndexes: plan.newIndexes.with(epoch, !plan.newIndexes[epoch]) }
      }
      case 6:
        return kind === 'harm'
          ? { ...plan, victim: slot() }
          : { ...plan, coalition: [...new Set([...coalition, slot()])].slice(-MOST_IDENTITIES) }
      default:
        return coalition.length > 1
          ? { ...plan, coalition: coalition.toSpliced(random.integer(0, coalition.length - 1), 1) }
          : plan
    }
  }

  let tried = 0
  let best: PlanAttack | undefined
  const starts = known.filter(({ goal, slots }) => goal.kind === kind && slots.length > 0)
  for (const start of starts.sort((a, b) => b.shareOfPool - a.shareOfPool).slice(0, effort.starts)) {
    let plan = begin(start)
    let perFee = judge(plan)
    tried++
    for (let c = 0; c < effort.changes; c++) {
      const changed = change(plan)
      const value = judge(changed)
      tried++
      if (value >= perFee) [plan, perFee] = [changed, value]
    }
    if (best === undefined || perFee > best.perFee) best = { setting, plan, perFee }
  }
  return { attack: best!, tried }
}

/** The plan's epochs in whole wei: with honest traffic, the same without the attack, and the attack alone. */
export function epochsOf({ traffic }: Setting, plan: Plan): { attacked: Epoch[]; honest: Epoch[]; alone: Epoch[] } {
  const epochs = plan.newIndexes.map((hasNewIndex, e) => ({
    hasNewIndex,
    honest: trafficOf(traffic, e).map((features) => ({ features, feeWei: HONEST_FEE_WEI })),
    attack: plan.queries
      .filter(({ epoch }) => epoch === e)
      .map(({ features, fee }) => ({ features, feeWei: (HONEST_FEE_WEI * BigInt(Math.round(fee * 256))) / 256n })),
  }))
  return {
    attacked: epochs.map(({ hasNewIndex, honest, attack }) => ({ hasNewIndex, queries: [...honest, ...attack] })),
    honest: epochs.map(({ hasNewIndex, honest }) => ({ hasNewIndex, queries: honest })),
    alone: epochs
      .filter(({ attack }) => attack.length > 0)
      .map(({ hasNewIndex, attack }) => ({ hasNewIndex, queries: attack })),
  }
}

/** What a plan brings for each wei of its fees, by the references and to the wei. */
export function judgeExactly(setting: Setting, plan: Plan): number {
  const { attacked, honest } = epochsOf(setting, plan)
  return perFeeOf(plan, settleExactly(setting, honest), settleExactly(setting, attacked))
}

/** The same from what was settled, without and with the attack. */
export function perFeeOf({ coalition, victim }: Plan, before: Settlement, after: Settlement): number {
  const feesWei = after.feesWei - before.feesWei
  if (victim === undefined)
    return ratioOf(sumOf(coalition.map((slot) => after.paidWei[slot]! - before.paidWei[slot]!)), feesWei)
  const lost = before.paidWei[victim]! - after.paidWei[victim]!
  const debtMore = after.debtsWei[victim]! - before.debtsWei[victim]!
  return ratioOf(debtMore > 0n ? lost + debtMore : lost, feesWei)
}

/** What a plan's coalition gets back, per wei of fee, when it is model owner, stakers and prover as well: of its own queries alone. */
export function gainOfAllRoles(setting: Setting, plan: Plan): number {
  const { feesWei, paidWei, ...shares } = settleExactly(setting, epochsOf(setting, plan).alone)
  const received = sumOf(plan.coalition.map((slot) => paidWei[slot]!))
  return ratioOf(received + shares.modelOwnerWei + shares.stakersWei + shares.proverWei, feesWei)
}

/** The traffic of one of the epochs. */
export function trafficOf<Item>(traffic: readonly Item[], epoch: number): readonly Item[] {
  const length = Math.floor(traffic.length / EPOCHS)
  return traffic.slice(epoch * length, (epoch + 1) * length)
}

/** The same in floating point and under any rule, for the search. */
function openJudge(setting: Setting, rule: Rule): (plan: Plan) => number {
  const ledger = openLedger(setting, rule)
  const honest = Array.from({ length: EPOCHS }, (_, epoch) =>
    ledger.book(trafficOf(setting.traffic, epoch).map((features) => ({ features, fee: 1 }))),
  )
  return ({ queries, coalition, victim, newIndexes }) => {
    const before = ledger.settle(honest, newIndexes)
    const attacked = honest.map((epoch, e) =>
      ledger.book(
        queries.filter(({ epoch }) => epoch === e),
        epoch,
      ),
    )
    const after = ledger.settle(attacked, newIndexes)
    const fees = queries.reduce((sum, { fee }) => sum + fee, 0)
    if (victim === undefined) return coalition.reduce((sum, c) => sum + after.paid[c]! - before.paid[c]!, 0) / fees
    const lost = before.paid[victim]! - after.paid[victim]!
    return Math.max(lost, lost + before.balances[victim]! - after.balances[victim]!) / fees
  }
}
