import type { IndexRow } from '../AuditRow.ts'
import type { AnomalySearch } from './AnomalySearch.ts'

/**
 * Indexes with the same commitment, hence the same vectors in the same slots. Under another model it is a copy; under the same one a new version
 * changes nothing but debts, of which it leaves a quarter.
 */
export function searchRepeatedIndexes(): AnomalySearch {
  const byCommitment = new Map<bigint, IndexRow[]>()
  return {
    row: (row) => {
      if (row.kind !== 'index') return
      const rows = byCommitment.get(row.indexCommitment)
      if (rows === undefined) byCommitment.set(row.indexCommitment, [row])
      else rows.push(row)
    },
    finish: () =>
      [...byCommitment].flatMap(([commitment, [first, ...others]]) => {
        const [second] = others
        if (first === undefined || second === undefined) return []
        const isOfOneModel = others.every(({ modelId }) => modelId === first.modelId)
        const message = isOfOneModel
          ? `model ${first.modelId} registered the index of version ${first.indexVersion} again: a new version changes nothing then but debts, of which it leaves a quarter`
          : `several models have the same influence index: one was copied from the other`
        return [
          {
            code: 'INDEX_REPEATED',
            subject: { modelId: second.modelId, indexVersion: second.indexVersion },
            at: second.place,
            expected: 'one registration of a commitment',
            found: `${commitment} as ${[first, ...others].map(({ modelId, indexVersion }) => `version ${indexVersion} of model ${modelId}`).join(', ')}`,
            message,
          },
        ]
      }),
  }
}
