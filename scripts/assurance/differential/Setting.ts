import { type OpenCircuits, openCircuits } from './compareCircuits.ts'
import { deployMarket, type Market } from './deployMarket.ts'
import type { Mismatch } from './Mismatch.ts'
import { type Contract, openEvm } from './openEvm.ts'
import { REFERENCE, type Reference } from './reference.ts'
import type { Tally } from './Tally.ts'

/** All that is compared. */
export type Setting = {
  readonly reference: Reference
  readonly market: Market
  /** AttributionStatementHarness: the library behind the escrow, function by function. */
  readonly harness: Contract
  readonly circuits: OpenCircuits
}

/** Draws a case from each seed, always the same, and compares; one mismatch at most for a case, its first. */
export type Comparison = (setting: Setting, seeds: readonly number[], tally: Tally) => Promise<readonly Mismatch[]>

/** Opens circuits and chain. `buildContracts` and `buildKeys` have run. */
export async function openSetting(): Promise<Setting & { stop(): Promise<void> }> {
  const circuits = await openCircuits()
  const evm = await openEvm()
  try {
    const market = await deployMarket(evm)
    const harness = await evm.create('AttributionStatementHarness')
    return { reference: REFERENCE, market, harness, circuits, stop: evm.stop }
  } catch (cause) {
    await evm.stop()
    throw cause
  }
}
