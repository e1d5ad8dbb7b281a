import type { Setting } from './buildSettings.ts'
import { openLedger } from './openLedger.ts'
import { NET_MARGIN } from './QueryState.ts'
import { EPOCHS, MOST_IDENTITIES, trafficOf } from './searchPlans.ts'

/** What a coalition gains without paying for any query, with honest traffic alone; in shares of all the pools of that traffic. */
export type Collusion = {
  readonly setting: Setting
  /** The model's owner registers the same index anew, before each query or less often: each epoch begins with a quarter of the debts. */
  readonly washing: number
  /** The same, with other payout addresses each time: no debt is ever found. */
  readonly renaming: number
  /** The operator seals only what pays the coalition; the rest is refunded. */
  readonly dropping: number
  /** What the others lose by that. */
  readonly lossByDropping: number
}

/**
 * What owner and operator can do for at most 8 contributors. Pay depends on a slot alone, so the best coalition are the slots that gain most; for dropping
 * it is the setting's culprits, or else the best single slot.
 */
export function measureCollusion(setting: Setting): Collusion {
  const ledger = openLedger(setting, NET_MARGIN)
  const book = (features: readonly (readonly number[])[]) =>
    ledger.book(features.map((vector) => ({ features: vector, fee: 1 })))
  const epochs = Array.from({ length: EPOCHS }, (_, epoch) => book(trafficOf(setting.traffic, epoch)))
  const pools = epochs.reduce((sum, epoch) => sum + epoch.pools, 0)
  const honest = ledger.settle(epochs).paid
  const always = epochs.map(() => true)

  /** Sum of the best slots' gains over honest pay. */
  const gainOf = (paid: Float64Array) =>
    [...paid]
      .map((value, slot) => Math.max(0, value - honest[slot]!))
      .sort((a, b) => b - a)
      .slice(0, MOST_IDENTITIES)
      .reduce((sum, gain) => sum + gain, 0) / pools

  const withoutDebts = honest.map((_, slot) => epochs.reduce((sum, { booked }) => sum + Math.max(0, booked[slot]!), 0))
  const slots = [...honest.keys()]
  const drop = (coalition: readonly number[]) => {
    const pays = (features: readonly number[]) =>
      coalition.reduce((sum, slot) => sum + ledger.shares(features)[slot]!, 0) > 0
    const { paid } = ledger.settle(
      Array.from({ length: EPOCHS }, (_, epoch) => book(trafficOf(setting.traffic, epoch).filter(pays))),
    )
    const difference = (of: readonly number[]) => of.reduce((sum, slot) => sum + paid[slot]! - honest[slot]!, 0) / pools
    return { gain: difference(coalition), loss: -difference(slots.filter((slot) => !coalition.includes(slot))) }
  }
  const dropped = (
    setting.culprits.length > 0 ? [setting.culprits.slice(0, MOST_IDENTITIES)] : slots.map((slot) => [slot])
  )
    .map(drop)
    .sort((a, b) => b.gain - a.gain)[0]!
  return {
    setting,
    washing: gainOf(ledger.settle(epochs, always).paid),
    renaming: gainOf(withoutDebts),
    dropping: dropped.gain,
    lossByDropping: dropped.loss,
  }
}
