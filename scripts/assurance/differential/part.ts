import { TABLE_STEPS } from '../../extremeBatches.ts'
import type { Depth, Figure, Part } from '../Part.ts'
import { compareCircuits } from './compareCircuits.ts'
import { compareDecoding } from './compareDecoding.ts'
import { compareEpochs } from './compareEpochs.ts'
import { compareStatements } from './compareStatements.ts'
import { describeMismatch, type Mismatch } from './Mismatch.ts'
import { findPlanted, PLANTED_FAULTS } from './plantedFaults.ts'
import { type Comparison, openSetting } from './Setting.ts'
import { Tally } from './Tally.ts'

/** A comparison, its seeds, and what share of the part's time it takes. */
type Plan = {
  readonly name: string
  readonly title: string
  readonly comparison: Comparison
  readonly seeds: Readonly<Record<Depth, readonly number[]>>
  readonly share: number
}

const seedsFrom = (first: number, count: number, step = 1) => Array.from({ length: count }, (_, i) => first + i * step)

/** Half of them at the steps of the weight table in a fast run; all steps and then random ones in a full run. */
const CIRCUIT_SEEDS = {
  fast: [...seedsFrom(0, TABLE_STEPS / 10, 10), ...seedsFrom(TABLE_STEPS, 26)],
  full: seedsFrom(0, 1_600),
}

const PLANS: readonly Plan[] = [
  {
    name: 'circuitCases',
    title: 'batches through circuit, TypeScript and Solidity',
    comparison: compareCircuits,
    seeds: CIRCUIT_SEEDS,
    share: 0.2,
  },
  {
    name: 'statementCases',
    title: 'statements through TypeScript and Solidity',
    comparison: compareStatements,
    seeds: { fast: seedsFrom(10_000, 300), full: seedsFrom(10_000, 10_000) },
    share: 0.2,
  },
  {
    name: 'decodingCases',
    title: 'claims with and without faults, and their decoders',
    comparison: compareDecoding,
    seeds: { fast: seedsFrom(20_000, 300), full: seedsFrom(20_000, 10_000) },
    share: 0.2,
  },
  {
    name: 'epochSequences',
    title: 'sequences over epochs, TypeScript and contracts',
    comparison: compareEpochs,
    seeds: { fast: seedsFrom(30_000, 24), full: seedsFrom(30_000, 600) },
    share: 0.4,
  },
]

/** How many cases a run must compare: a full run is the evidence, a fast one a smoke test of it. */
const MINIMUM_CASES: Readonly<Record<Depth, Readonly<Record<string, number>>>> = {
  fast: { circuitCases: 50, statementCases: 300, decodingCases: 300, epochSequences: 24 },
  full: { circuitCases: 1_000, statementCases: 10_000, decodingCases: 10_000, epochSequences: 500 },
}

/** The planted faults' share of the time. */
const PLANTED_SHARE = 0.1
const MOST_SHOWN = 10

/** The three implementations against each other on cases drawn from fixed seeds. */
export const part: Part = {
  title: 'Differential fuzzing of circuits, TypeScript and Solidity',
  async run(depth, report) {
    const setting = await openSetting()
    try {
      const mismatches: Mismatch[] = []
      const figures: Figure[] = []
      let fraction = 0
      for (const { name, title, comparison, seeds, share } of PLANS) {
        const own = seeds[depth]
        const weight = share * (1 - PLANTED_SHARE)
        const tally = new Tally((cases) => report(fraction + (weight * cases) / own.length, title))
        mismatches.push(...(await comparison(setting, own, tally)))
        fraction += weight
        const gate = { atLeast: MINIMUM_CASES[depth][name]! }
        figures.push({ name, title, value: tally.cases, gate, notes: tally.describe() })
      }

      const missed: string[] = []
      for (const [i, fault] of PLANTED_FAULTS.entries()) {
        report(fraction + (PLANTED_SHARE * i) / PLANTED_FAULTS.length, 'planted faults')
        const own = PLANS.find(({ comparison }) => comparison === fault.comparison)!
        if ((await findPlanted(setting, fault, own.seeds.full[0]!)) === undefined) missed.push(fault.name)
      }
      const shown = mismatches.slice(0, MOST_SHOWN).map(describeMismatch)
      return [
        ...figures,
        { name: 'mismatches', title: 'mismatches', value: mismatches.length, gate: { atMost: 0 }, notes: shown },
        {
          name: 'plantedFaultsFound',
          title: 'faults planted in TypeScript that were found',
          value: PLANTED_FAULTS.length - missed.length,
          total: PLANTED_FAULTS.length,
          gate: { atLeast: 100 },
          notes: missed.map((name) => `not found: ${name}`),
        },
      ]
    } finally {
      await setting.stop()
    }
  },
}
