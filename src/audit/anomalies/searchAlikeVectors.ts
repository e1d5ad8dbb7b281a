import type { DisclosedIndexRow } from '../AuditRow.ts'
import type { Finding } from '../Finding.ts'
import type { AnomalySearch } from './AnomalySearch.ts'

/**
 * Cosine of two contributors' vectors from which on they count as copies. Of the demo's twelve contributors, the one that copied another's 38
 * samples has 1, with three of them exchanged 0.97, with four 0.92; no other two exceed 0.34.
 */
const LEAST_ALIKE_COSINE = 0.95

/** Contributors with the same or nearly the same vector: copies of one data set, paid once each. */
export function searchAlikeVectors(): AnomalySearch {
  const findings: Finding[] = []
  const seen = new Set<string>()
  return {
    row: (row) => {
      if (row.kind !== 'disclosed-index' || seen.has(`${row.modelId}/${row.indexVersion}`)) return
      seen.add(`${row.modelId}/${row.indexVersion}`)
      findings.push(...comparePairs(row))
    },
    finish: () => findings,
  }
}

function comparePairs({ modelId, indexVersion, contributors, index }: DisclosedIndexRow): Finding[] {
  // The scale of a contributor lengthens its vector and does not turn it.
  const vectors = contributors.map((_, slot) => (index.scales[slot] === 0 ? [] : index.vectors[slot]!.flat()))
  return vectors.flatMap((vector, slot) =>
    vectors.slice(0, slot).flatMap((other, otherSlot): Finding[] => {
      const cosine = cosineOf(vector, other)
      if (cosine < LEAST_ALIKE_COSINE) return []
      const isCopy = vector.every((component, i) => component === other[i])
      return [
        {
          code: 'VECTORS_ALIKE',
          subject: { modelId, indexVersion, account: contributors[slot]!, slot },
          at: null,
          expected: `cosine below ${LEAST_ALIKE_COSINE}`,
          found: `cosine ${cosine.toFixed(4)} with ${contributors[otherSlot]} in slot ${otherSlot}`,
          message: `the vectors of slots ${otherSlot} and ${slot} are ${isCopy ? 'the same' : 'almost the same'}: both are paid for what looks like one set of data`,
        },
      ]
    }),
  )
}

/** 0 when one of them is 0, as that of a slot with scale 0 counts as. */
function cosineOf(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return 0
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
  const lengths = Math.sqrt(dot(a, a) * dot(b, b))
  return lengths === 0 ? 0 : dot(a, b) / lengths
}
