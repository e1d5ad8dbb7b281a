/** The bounds that `npm run assurance -- economics` measures, for any integers; and that its search sees a rule which breaks them. */
import fc from 'fast-check'
import { getAddress, pad, toHex } from 'viem'
import { describe, expect, test } from 'vitest'
import { buildSettings, randomFeatures } from '../../../scripts/assurance/economics/buildSettings.ts'
import { isHoleFound, PLANTED_HOLES } from '../../../scripts/assurance/economics/plantedHoles.ts'
import { NET_MARGIN, QueryState } from '../../../scripts/assurance/economics/QueryState.ts'
import { differenceWei } from '../../../scripts/assurance/economics/replayOnChain.ts'
import { epochsOf, judgeExactly, type Plan, searchPlan } from '../../../scripts/assurance/economics/searchPlans.ts'
import { goalsOf, searchQuery } from '../../../scripts/assurance/economics/searchQueries.ts'
import { settleExactly, sumOf } from '../../../scripts/assurance/economics/settleExactly.ts'
import { seededRandom } from '../../../scripts/randomBatch.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { attributeTrace, computeLogits } from '../../../src/statement/attributeTrace.ts'
import { bookBatch, poolOfFee } from '../../../src/statement/bookBatch.ts'
import { type Debts, netEpoch } from '../../../src/statement/netEpoch.ts'

const RUNS = { numRuns: 300, seed: 2026 }
const tiny = shapeNamed('tiny')
const settings = buildSettings('fast')
const SHARES = { contributorsBps: 5000, modelOwnerBps: 2000, stakersBps: 1500, proverBps: 500, treasuryBps: 1000 }

const matrix = (rows: number, columns: number, limit: number) =>
  fc.array(fc.array(fc.integer({ min: -limit, max: limit }), { minLength: columns, maxLength: columns }), {
    minLength: rows,
    maxLength: rows,
  })
const { contributors: K, classes: C, features: H } = tiny

describe('one query', () => {
  test('default: whatever head, index, features and pool, neither the positive nor the negative earnings exceed the pool', () => {
    const anything = fc.record({
      // Weights as small as trained ones in half of the cases: large ones put every competitor beyond the table.
      head: fc.oneof(matrix(C, H, 32767), matrix(C, H, 40)),
      vectors: fc.array(matrix(C, H, 127), { minLength: K, maxLength: K }),
      scales: fc.array(fc.integer({ min: 0, max: 65535 }), { minLength: K, maxLength: K }),
      features: fc.array(fc.integer({ min: -128, max: 127 }), { minLength: H - 1, maxLength: H - 1 }),
      poolWei: fc.bigInt(0n, 2n ** 96n - 1n),
    })
    fc.assert(
      fc.property(anything, ({ head, vectors, scales, features, poolWei }) => {
        const h = [...features, 127]
        const logits = computeLogits(head, h)
        for (const [label, z] of logits.entries()) {
          if (z < Math.max(...logits)) continue
          const { earnings } = attributeTrace(head, { vectors, scales }, h, label, poolWei)
          expect(sumOf(earnings.filter((earning) => earning > 0n))).toBeLessThanOrEqual(poolWei << 64n)
          expect(-sumOf(earnings.filter((earning) => earning < 0n))).toBeLessThanOrEqual(poolWei << 64n)
        }
      }),
      RUNS,
    )
  })

  test('behavior: what the search scores is what the reference scores', () => {
    for (const setting of settings) {
      const { shape, head, index } = setting
      const random = seededRandom(7)
      const state = new QueryState(setting)
      for (let i = 0; i < 50; i++) {
        const features = i === 0 ? randomFeatures(random, shape) : [...state.features]
        const j = random.integer(0, shape.features - 2)
        features[j] = random.integer(-127, 127)
        if (i === 0) state.set(features)
        else state.change(j, features[j])
        state.score()
        const label = state.delta.indexOf(Math.max(...state.delta))
        const { scores, delta } = attributeTrace(head, index, features, label, 1n)
        expect([...state.delta].map((value) => value + 0)).toEqual(delta.map((value) => value + 0))
        expect([...state.scores].map(BigInt)).toEqual(scores)
      }
    }
  })
})

describe('any epochs', () => {
  const accounts = [0, 1, 2].map((slot) => getAddress(pad(toHex(slot + 1), { size: 20 })))
  /** Earnings in 2^-64 wei within the pool, as any query leaves them. */
  const query = fc
    .record({
      feeWei: fc.oneof(fc.bigInt(1n, 10n ** 19n), fc.bigInt(1n, 9n)),
      weights: fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 3, maxLength: 3 }),
    })
    .map(({ feeWei, weights }) => {
      const poolWei = poolOfFee(feeWei, SHARES)
      const mass = (sign: number) => weights.reduce((sum, weight) => sum + Math.max(0, sign * weight), 0)
      const total = BigInt(Math.max(mass(1), mass(-1)))
      const rate = total === 0n ? 0n : (poolWei << 64n) / total
      return { feeWei, poolWei, earnings: weights.map((weight) => rate * BigInt(weight)) }
    })
  type Query = { feeWei: bigint; poolWei: bigint; earnings: bigint[] }
  const together = (queries: readonly Query[]): Query => ({
    feeWei: sumOf(queries.map(({ feeWei }) => feeWei)),
    poolWei: sumOf(queries.map(({ poolWei }) => poolWei)),
    earnings: accounts.map((_, slot) => sumOf(queries.map(({ earnings }) => earnings[slot]!))),
  })
  const epoch = fc.record({
    honest: fc.array(query, { maxLength: 3 }),
    attack: fc.array(query, { maxLength: 2 }),
    hasNewIndex: fc.boolean(),
  })

  /** @param isShared whether the queries of an epoch are one batch, or each its own */
  const settle = (epochs: readonly { queries: readonly Query[]; hasNewIndex: boolean }[], isShared = false) => {
    let debts: Debts = new Map()
    let indexVersion = 1n
    const paid = accounts.map(() => 0n)
    for (const { queries, hasNewIndex } of epochs) {
      if (hasNewIndex) indexVersion++
      const batches = (isShared ? [together(queries)] : queries).map(({ feeWei, poolWei, earnings }) =>
        bookBatch(feeWei, poolWei, earnings, SHARES),
      )
      const netted = netEpoch({ indexVersion, contributors: accounts, batches }, debts)
      for (const [slot, { paidWei }] of netted.accounts.entries()) paid[slot]! += paidWei
      debts = netted.debts
    }
    return { paid, debts: accounts.map((account) => debts.get(account)?.amountWei ?? 0n) }
  }

  test('default: payments never exceed the pools, and added queries move each pay by at most what they earn or cost it', () => {
    fc.assert(
      fc.property(fc.array(epoch, { minLength: 1, maxLength: 5 }), (epochs) => {
        const before = settle(epochs.map(({ honest, hasNewIndex }) => ({ queries: honest, hasNewIndex })))
        const after = settle(
          epochs.map(({ honest, attack, hasNewIndex }) => ({ queries: [...honest, ...attack], hasNewIndex })),
        )
        const attack = epochs.flatMap((each) => each.attack)
        const pools = sumOf(epochs.flatMap(({ honest }) => honest).map(({ poolWei }) => poolWei))
        const attackPools = sumOf(attack.map(({ poolWei }) => poolWei))
        expect(sumOf(after.paid)).toBeLessThanOrEqual(pools + attackPools)
        let gained = 0n
        for (const [slot, paidWei] of after.paid.entries()) {
          const change = paidWei - before.paid[slot]!
          const debtMore = after.debts[slot]! - before.debts[slot]!
          const earned = attack.map(({ earnings }) => earnings[slot]!)
          expect(change << 64n).toBeLessThanOrEqual(sumOf(earned.filter((earning) => earning > 0n)))
          // Rounding down takes at most one wei a batch, and never more than the pool of it.
          const lost = -sumOf(earned.filter((earning) => earning < 0n).map((earning) => earning >> 64n))
          expect(-change).toBeLessThanOrEqual(lost)
          expect(debtMore - change).toBeLessThanOrEqual(lost)
          expect(lost).toBeLessThanOrEqual(attackPools)
          if (change > 0n) gained += change
        }
        // Whoever the coalition is.
        expect(gained).toBeLessThanOrEqual(attackPools)
      }),
      RUNS,
    )
  })

  test('behavior: in one batch with honest queries the same holds but for a wei a slot and batch', () => {
    fc.assert(
      fc.property(fc.array(epoch, { minLength: 1, maxLength: 5 }), (epochs) => {
        const honest = epochs.map(({ honest, hasNewIndex }) => ({ queries: honest, hasNewIndex }))
        const mixed = epochs.map(({ honest, attack, hasNewIndex }) => ({
          queries: [...honest, ...attack],
          hasNewIndex,
        }))
        const [before, after] = [settle(honest, true), settle(mixed, true)]
        const batches = BigInt(epochs.filter(({ attack }) => attack.length > 0).length)
        const attackPools = sumOf(epochs.flatMap(({ attack }) => attack).map(({ poolWei }) => poolWei))
        const changes = after.paid.map((paidWei, slot) => paidWei - before.paid[slot]!)
        const most = attackPools + batches * BigInt(accounts.length - 1)
        expect(sumOf(changes.filter((change) => change > 0n))).toBeLessThanOrEqual(most)
        expect(-sumOf(changes.filter((change) => change < 0n))).toBeLessThanOrEqual(most)
        // One alone never more than the pools.
        for (const [slot, change] of changes.entries()) {
          const debtMore = after.debts[slot]! - before.debts[slot]!
          expect(change).toBeLessThanOrEqual(attackPools)
          expect(debtMore - change).toBeLessThanOrEqual(attackPools)
        }
      }),
      RUNS,
    )
  })

  test('behavior: within one index what is paid, less the debt left, is what was booked', () => {
    fc.assert(
      fc.property(fc.array(fc.array(query, { maxLength: 3 }), { minLength: 1, maxLength: 5 }), (epochs) => {
        const { paid, debts } = settle(epochs.map((queries) => ({ queries, hasNewIndex: false })))
        for (const [slot, paidWei] of paid.entries()) {
          const ends = epochs.map((queries) => sumOf(queries.map(({ earnings }) => earnings[slot]! >> 64n)))
          expect(paidWei - debts[slot]!).toBe(sumOf(ends))
          // Paid is the highest that the running sum has been at the end of an epoch: what timing can change.
          let sum = 0n
          let highest = 0n
          for (const booked of ends) {
            sum += booked
            if (sum > highest) highest = sum
          }
          expect(paidWei).toBe(highest)
        }
      }),
      RUNS,
    )
  })
})

describe('the search', () => {
  for (const hole of PLANTED_HOLES) {
    test(`behavior: sees a rule with a hole and none in the protocol's: ${hole.name}`, () => {
      expect(isHoleFound(hole, settings[0]!)).toBe(true)
      expect(isHoleFound({ ...hole, rule: NET_MARGIN }, settings[0]!)).toBe(false)
    })
  }

  test('default: a single identity finds a query that gives it nearly the whole pool: the bound is tight', () => {
    const { attack } = searchQuery(settings[0]!, { kind: 'gain', identities: 1 }, seededRandom(1), {
      starts: 200,
      refined: 5,
      queries: 30_000,
    })
    expect(attack.shareOfPool).toBeGreaterThan(0.99)
    expect(attack.shareOfPool).toBeLessThanOrEqual(1)
  })

  test('behavior: a plan brings to the wei what the search says', () => {
    const setting = settings[2]!
    const effort = { starts: 50, refined: 2, queries: 2000 }
    const known = goalsOf(setting).map((goal) => searchQuery(setting, goal, seededRandom(1), effort).attack)
    for (const kind of ['gain', 'harm'] as const) {
      const { attack } = searchPlan(setting, kind, known, seededRandom(2), { starts: 2, changes: 200 })
      expect(judgeExactly(setting, attack.plan)).toBeCloseTo(attack.perFee, 9)
    }
  })
})

describe('differenceWei', () => {
  test('default: one wei anywhere is noticed', () => {
    const setting = settings[0]!
    const plan: Plan = { queries: [], coalition: [0], victim: undefined, newIndexes: [false, false, true] }
    const settlement = settleExactly(setting, epochsOf(setting, plan).honest)
    expect(sumOf([...settlement.paidWei, settlement.treasuryWei, settlement.proverWei])).toBeGreaterThan(0n)
    expect(differenceWei(settlement, settlement)).toBe(0n)
    expect(differenceWei(settlement, { ...settlement, treasuryWei: settlement.treasuryWei - 1n })).toBe(1n)
    const { paidWei, debtsWei } = settlement
    expect(differenceWei(settlement, { ...settlement, paidWei: paidWei.with(3, paidWei[3]! + 1n) })).toBe(1n)
    expect(differenceWei(settlement, { ...settlement, debtsWei: debtsWei.with(11, debtsWei[11]! + 1n) })).toBe(1n)
  })

  test('behavior: the shares, the payments and the treasury sum to the fees', () => {
    for (const setting of settings) {
      const plan: Plan = { queries: [], coalition: [0], victim: undefined, newIndexes: [false, true, true] }
      const { feesWei, paidWei, debtsWei: _, ...shares } = settleExactly(setting, epochsOf(setting, plan).honest)
      expect(sumOf([...paidWei, ...Object.values(shares)])).toBe(feesWei)
    }
  })
})
