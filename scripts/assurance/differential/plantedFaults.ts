import { getAddress } from 'viem'
import type { MirrorRow } from '../../../prover/indexing/eventRows.ts'
import { FIELD_ORDER } from '../../../src/field.ts'
import type { SettlementClaim } from '../../../src/statement/settlementClaim.ts'
import { compareCircuits } from './compareCircuits.ts'
import { compareDecoding } from './compareDecoding.ts'
import { compareEpochs } from './compareEpochs.ts'
import { compareStatements } from './compareStatements.ts'
import type { Mismatch } from './Mismatch.ts'
import { REFERENCE, type Reference } from './reference.ts'
import type { Comparison, Setting } from './Setting.ts'
import { Tally } from './Tally.ts'

/** A mistake in TypeScript that a comparison must find. */
export type PlantedFault = {
  readonly name: string
  readonly comparison: Comparison
  readonly plant: Partial<Reference>
}

const truncated = (earning: bigint) => earning / 2n ** 64n

/** Claims that are one above a bound, let through as if they were at it. */
const acceptingAboveBound =
  (soften: (claim: SettlementClaim) => SettlementClaim): Reference['derivePublicSignals'] =>
  (claim) =>
    REFERENCE.derivePublicSignals(soften(claim))

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: 'a rate one too high for the first trace',
    comparison: compareCircuits,
    plant: {
      prepareInput(batch) {
        const { statement, input } = REFERENCE.prepareInput(batch)
        const earnings = statement.earnings.map((sum, c) => sum + statement.attributions[0]!.scores[c]!)
        const x = REFERENCE.layOutX(statement.sealed, earnings, batch.shape)
        return { statement: { ...statement, earnings, x }, input }
      },
    },
  },
  {
    name: 'an evaluation whose powers begin at zero',
    comparison: compareStatements,
    plant: {
      derivePublicSignals(claim) {
        const signals = REFERENCE.derivePublicSignals(claim)
        const x = REFERENCE.layOutX(claim.sealed, claim.earnings, claim.shape)
        const evaluation = (x[0]! + REFERENCE.evaluatePolynomial(x.slice(1), signals.challenge)) % FIELD_ORDER
        return { ...signals, evaluation }
      },
    },
  },
  {
    name: 'a batch hash without the count',
    comparison: compareStatements,
    plant: { hashBatch: (sealed) => REFERENCE.hashBatch({ ...sealed, requestIds: [...sealed.requestIds, 0n] }) },
  },
  {
    name: 'earnings truncated instead of rounded down',
    comparison: compareStatements,
    plant: { earningWeiRoundedDown: truncated },
  },
  {
    name: 'a pool of 2^96 accepted',
    comparison: compareDecoding,
    plant: {
      derivePublicSignals: acceptingAboveBound((claim) => {
        const pools = claim.sealed.pools.map((pool) => (pool === 2n ** 96n ? 0n : pool))
        return { ...claim, sealed: { ...claim.sealed, pools } }
      }),
    },
  },
  {
    name: 'a commitment of r accepted',
    comparison: compareDecoding,
    plant: {
      derivePublicSignals: acceptingAboveBound((claim) => {
        const outputCommitments = claim.sealed.outputCommitments.map((value) => (value === FIELD_ORDER ? 1n : value))
        return { ...claim, sealed: { ...claim.sealed, outputCommitments } }
      }),
    },
  },
  {
    name: 'an encoded earning of 2^181 accepted',
    comparison: compareDecoding,
    plant: {
      derivePublicSignals: acceptingAboveBound((claim) => {
        return { ...claim, earnings: claim.earnings.map((earning) => (earning === 2n ** 180n ? 0n : earning)) }
      }),
    },
  },
  {
    name: 'booked earnings truncated instead of rounded down',
    comparison: compareEpochs,
    plant: {
      bookBatch(feesWei, poolsWei, earnings, policy) {
        const booked = REFERENCE.bookBatch(feesWei, poolsWei, earnings, policy)
        return { ...booked, earningsWei: earnings.map(truncated) }
      },
    },
  },
  {
    name: "a fee's pool rounded up",
    comparison: compareEpochs,
    plant: { poolOfFee: (feeWei, { contributorsBps }) => (feeWei * BigInt(contributorsBps) + 9_999n) / 10_000n },
  },
  {
    name: 'the kept quarter of a debt rounded down',
    comparison: compareEpochs,
    plant: {
      netEpoch(epoch, debts) {
        const kept = new Map(debts)
        for (const contributor of epoch.contributors.map((address) => getAddress(address))) {
          const debt = kept.get(contributor)
          if (debt === undefined || debt.indexVersion === epoch.indexVersion) continue
          kept.set(contributor, { amountWei: debt.amountWei / 4n, indexVersion: epoch.indexVersion })
        }
        return REFERENCE.netEpoch(epoch, kept)
      },
    },
  },
  {
    name: 'debts of accounts that an index leaves out forgotten',
    comparison: compareEpochs,
    plant: {
      netEpoch(epoch, debts) {
        const own = epoch.contributors.map((address) => getAddress(address))
        return REFERENCE.netEpoch(epoch, new Map([...debts].filter(([account]) => own.includes(account))))
      },
    },
  },
  {
    name: 'balances of 85 bits without a bound',
    comparison: compareEpochs,
    plant: {
      netEpoch(epoch, debts) {
        // Nobody is netted where only the bound is asked for.
        const isProbe = epoch.contributors.length === 0
        return REFERENCE.netEpoch(isProbe ? { ...epoch, batches: [] } : epoch, debts)
      },
    },
  },
  {
    name: 'carried debts read from events without their sign',
    comparison: compareEpochs,
    plant: {
      eventRows(log) {
        const { rows } = REFERENCE.eventRows(log)
        const withoutSign = rows.map((mirrored): MirrorRow => {
          if (mirrored.table !== 'contributor_nettings') return mirrored
          return { ...mirrored, row: { ...mirrored.row, opening_wei: 0n } }
        })
        return { rows: withoutSign }
      },
    },
  },
]

/** Every fault must be found from one of so many seeds. */
const SEEDS = 300

/**
 * Plants a fault and compares until it is found.
 * @returns undefined when no seed finds it
 */
export async function findPlanted(
  setting: Setting,
  { comparison, plant }: PlantedFault,
  firstSeed: number,
): Promise<Mismatch | undefined> {
  const faulty = { ...setting, reference: { ...setting.reference, ...plant } }
  for (let seed = firstSeed; seed < firstSeed + SEEDS; seed++) {
    const [found] = await comparison(faulty, [seed], new Tally())
    if (found !== undefined) return found
  }
  return undefined
}
