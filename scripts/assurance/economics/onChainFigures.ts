import { PoaError } from '../../../src/errors.ts'
import { seededRandom } from '../../randomBatch.ts'
import type { Depth, Figure } from '../Part.ts'
import type { Setting } from './buildSettings.ts'
import { CONTRIBUTOR_SHARE } from './openLedger.ts'
import { replayOnChain } from './replayOnChain.ts'
import { EPOCHS, epochsOf, MOST_IDENTITIES, perFeeOf, searchPlan } from './searchPlans.ts'
import { type Effort, goalsOf, searchQuery } from './searchQueries.ts'
import { ratioOf, type Settlement, sumOf } from './settleExactly.ts'

/**
 * Plays the best attacks of one model on a chain, each beside the same epochs without it, and new indexes before each epoch and before each query.
 * @param onBatch called with the number of batches settled so far
 * @throws PoaError ASSURANCE_SETTING_MISSING
 */
export async function onChainFigures(
  settings: readonly Setting[],
  depth: Depth,
  effort: Effort,
  onBatch: (batches: number) => void,
): Promise<Figure[]> {
  const name = depth === 'fast' ? 'tiny: 3 alike' : '3 of 12 mislabel'
  const found = settings.find((setting) => setting.name === name)
  if (found === undefined) throw new PoaError('ASSURANCE_SETTING_MISSING', `there is no setting "${name}"`)
  // One batch an epoch for the traffic, with places left for the attack.
  const setting = { ...found, traffic: found.traffic.slice(0, (EPOCHS * found.shape.traces) / 2) }
  const random = seededRandom(99)
  const known = goalsOf(setting).map((goal) => searchQuery(setting, goal, random, effort).attack)
  const [gain, harm] = (['gain', 'harm'] as const).map(
    (kind) => searchPlan(setting, kind, known, random, { starts: 5, changes: 2000 }).attack.plan,
  )
  const [gainRuns, harmRuns] = [epochsOf(setting, gain!), epochsOf(setting, harm!)]
  const netted = gainRuns.honest.map(({ queries }) => ({ queries, hasNewIndex: false }))
  const washed = netted.map(({ queries }) => ({ queries, hasNewIndex: true }))
  const rewashed = washed.map((epoch) => ({ ...epoch, hasIndexBeforeEachQuery: true }))
  const attacks = [gainRuns.honest, gainRuns.attacked, gainRuns.alone, harmRuns.honest, harmRuns.attacked]
  const runs = [...attacks, netted, washed, rewashed]
  let batches = 0
  const replays = await replayOnChain(setting, runs, () => onBatch(++batches))
  const settlements = replays.map(({ settlement }) => settlement)
  const [beforeGain, afterGain, alone, beforeHarm, afterHarm, plain, eachEpoch, eachQuery] = settlements
  const received = sumOf(gain!.coalition.map((slot) => alone!.paidWei[slot]!))
  const allRoles = received + alone!.modelOwnerWei + alone!.stakersWei + alone!.proverWei
  const gainOfWashing = (before: Settlement, after: Settlement) =>
    ratioOf(sumOf(gainsOfBest(before.paidWei, after.paidWei)), plain!.feesWei) / CONTRIBUTOR_SHARE
  const mismatches = sumOf(replays.map(({ mismatchWei }) => mismatchWei))
  return [
    {
      name: 'onChainGainPerFee',
      title: 'on chain: most gained per fee',
      value: perFeeOf(gain!, beforeGain!, afterGain!),
      gate: { atMost: CONTRIBUTOR_SHARE },
      notes: [
        `${name}: slots ${gain!.coalition.join(', ')}`,
        `without honest traffic: ${ratioOf(received, alone!.feesWei)} back, ${ratioOf(allRoles, alone!.feesWei)} with owner, stakers and prover`,
      ],
    },
    {
      name: 'onChainHarmPerFee',
      title: 'on chain: most lost per fee',
      value: perFeeOf(harm!, beforeHarm!, afterHarm!),
      gate: { atMost: CONTRIBUTOR_SHARE },
      notes: [`${name}: slot ${harm!.victim}`],
    },
    {
      name: 'onChainWashingGain',
      title: 'on chain: gained by a new index before each query instead of each epoch',
      value: gainOfWashing(eachEpoch!, eachQuery!),
      gate: { atMost: 0 },
      unit: 'of pools',
      notes: [
        `${name}: an epoch keeps its index; before each epoch instead of never gains ${gainOfWashing(plain!, eachEpoch!)}`,
        'no fee is paid for it; what is paid never exceeds the pools',
      ],
    },
    {
      name: 'onChainMismatchesWei',
      title: 'on chain: difference from the reference',
      value: Number(mismatches),
      gate: { atMost: 0 },
      unit: 'wei',
      notes: [`${batches} batches with real proofs, ${replays.length} models, all balances and debts`],
    },
  ]
}

/** What those slots gain that gain most, at most 8 of them. */
function gainsOfBest(before: readonly bigint[], after: readonly bigint[]): bigint[] {
  const gains = after.map((paidWei, slot) => paidWei - before[slot]!).filter((gain) => gain > 0n)
  return gains.sort((a, b) => (a < b ? 1 : -1)).slice(0, MOST_IDENTITIES)
}
