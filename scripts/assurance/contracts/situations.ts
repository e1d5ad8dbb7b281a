import type { Figure } from '../Part.ts'

/** How often a sequence of actions reached what it should, by name: see verifier-contracts/test/invariants/Situations.sol. */
export type SituationCounts = Readonly<Record<string, number>>

/** The one that is counted when an action finds nothing to do. */
const NOTHING = 'nothing to do'

/**
 * What sequences reached: an invariant over actions that do nothing is no evidence.
 * @param counts one record for each sequence
 * @param atLeast how often all of them together must reach a situation for it to count
 */
export function situationFigures(counts: readonly SituationCounts[], atLeast: number): readonly Figure[] {
  const sums = new Map<string, number>()
  for (const [name, count] of counts.flatMap((each) => Object.entries(each)))
    sums.set(name, (sums.get(name) ?? 0) + count)
  const idle = sums.get(NOTHING) ?? 0
  sums.delete(NOTHING)
  const ordered = [...sums].sort(([, a], [, b]) => a - b)
  const rare = ordered.filter(([, count]) => count < atLeast)
  const rarest = ordered.slice(0, 3).map(([name, count]) => `"${name}" ${count.toLocaleString('en')} times`)
  return [
    {
      name: 'situationsReached',
      title: `situations reached by the sequences, ${atLeast === 1 ? 'once' : `${atLeast} times`} or more`,
      value: ordered.length - rare.length,
      total: ordered.length,
      gate: { atLeast: 100 },
      notes: [
        ...rare.map(([name, count]) => `only ${count} times: ${name}`),
        `in ${counts.length.toLocaleString('en')} sequences; rarest: ${rarest.join(', ')}`,
      ],
    },
    {
      name: 'idleActions',
      title: 'actions of the sequences with nothing to do',
      value: idle,
      total: ordered.reduce((sum, [, count]) => sum + count, idle),
      gate: { atMost: 10 },
    },
  ]
}
