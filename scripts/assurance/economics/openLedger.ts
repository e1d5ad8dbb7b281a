import { DEFAULT_SHARES } from '../../deployContracts.ts'
import type { Setting } from './buildSettings.ts'
import { QueryState, type Rule } from './QueryState.ts'

/** The contributors' part of a fee. */
export const CONTRIBUTOR_SHARE = DEFAULT_SHARES.contributorsBps / 10_000

/** What an epoch books, in units of an honest fee. */
export type BookedEpoch = { readonly booked: Float64Array; readonly pools: number }

/** Earnings and netting under any rule, in floating point: what searches run on. What they find is settled again by `settleExactly`. */
export type Ledger = {
  /** Earnings of a query as shares of its pool, by slot; computed once for each array of features. */
  shares(features: readonly number[]): Float64Array
  /** Books queries of these fees as one epoch. */
  book(
    queries: readonly { readonly features: readonly number[]; readonly fee: number }[],
    onTopOf?: BookedEpoch,
  ): BookedEpoch
  /**
   * Nets epochs in order. At the beginning of an epoch with a new index a quarter of each debt is kept; one that is registered within an epoch waits for
   * the next. Balances are what is left: never positive.
   */
  settle(
    epochs: readonly BookedEpoch[],
    newIndexes?: readonly boolean[],
  ): { paid: Float64Array; balances: Float64Array }
}

/** Opens a ledger for one model. */
export function openLedger(setting: Setting, rule: Rule): Ledger {
  const slots = setting.shape.contributors
  const state = new QueryState(setting)
  const known = new Map<readonly number[], Float64Array>()
  const shares = (features: readonly number[]) => {
    let found = known.get(features)
    if (found === undefined) {
      found = new Float64Array(slots)
      state.set(features)
      state.score()
      state.writeShares(rule, found)
      known.set(features, found)
    }
    return found
  }
  return {
    shares,
    book(queries, onTopOf) {
      const booked = onTopOf === undefined ? new Float64Array(slots) : Float64Array.from(onTopOf.booked)
      let pools = onTopOf?.pools ?? 0
      for (const { features, fee } of queries) {
        const pool = CONTRIBUTOR_SHARE * fee
        const found = shares(features)
        for (let c = 0; c < slots; c++) booked[c]! += pool * found[c]!
        pools += pool
      }
      return { booked, pools }
    },
    settle(epochs, newIndexes = []) {
      const paid = new Float64Array(slots)
      const balances = new Float64Array(slots)
      for (const [e, { booked, pools }] of epochs.entries()) {
        let sum = 0
        for (let c = 0; c < slots; c++) {
          balances[c] = booked[c]! + (newIndexes[e] ? balances[c]! / 4 : balances[c]!)
          sum += Math.max(0, balances[c]!)
        }
        const factor = rule.emptiesPools && sum > 0 ? pools / sum : 1
        for (let c = 0; c < slots; c++) {
          if (balances[c]! <= 0) continue
          paid[c]! += factor * balances[c]!
          balances[c] = 0
        }
      }
      return { paid, balances }
    },
  }
}
