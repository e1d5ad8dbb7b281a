import type { IndexRow } from '../AuditRow.ts'
import { sayList } from '../explain/say.ts'
import type { AnomalySearch } from './AnomalySearch.ts'

/** An index that a model registered again with other payout addresses, and the slots that pay somebody else since then. */
type Redirection = { readonly row: IndexRow; readonly slots: readonly bigint[] }
type Registrations = { readonly rows: IndexRow[]; redirection: Redirection | null }

/**
 * Indexes with the same commitment, hence the same vectors in the same slots. Under another model it is a copy; under the same one a new version
 * changes debts, of which it leaves a quarter, and whom the slots pay.
 */
export function searchRepeatedIndexes(): AnomalySearch {
  const byCommitment = new Map<bigint, Registrations>()
  return {
    row: (row) => {
      if (row.kind !== 'index') return
      const registrations = byCommitment.get(row.indexCommitment) ?? { rows: [], redirection: null }
      byCommitment.set(row.indexCommitment, registrations)
      const before = registrations.rows.findLast(({ modelId }) => modelId === row.modelId)
      registrations.rows.push(row)
      if (before === undefined) return
      const slots = slotsOfOthers(before, row)
      if (slots.length > 0) registrations.redirection ??= { row, slots }
    },
    finish: () =>
      [...byCommitment].flatMap(([commitment, { rows, redirection }]) => {
        const [first, second] = rows
        if (first === undefined || second === undefined) return []
        const { modelId, indexVersion, place } = redirection?.row ?? second
        return [
          {
            code: 'INDEX_REPEATED',
            subject: { modelId, indexVersion },
            at: place,
            expected: 'one registration of a commitment',
            found: `${commitment} as ${rows.map((row) => `version ${row.indexVersion} of model ${row.modelId}`).join(', ')}`,
            message: redirection === null ? sayRepetition(rows) : sayRedirection(redirection),
          },
        ]
      }),
  }
}

function slotsOfOthers({ contributors: before }: IndexRow, { contributors }: IndexRow): bigint[] {
  const slots = Math.max(before.length, contributors.length)
  return Array.from({ length: slots }, (_, slot) => slot).flatMap((slot) =>
    before[slot] === contributors[slot] ? [] : [BigInt(slot)],
  )
}

function sayRedirection({ row, slots }: Redirection): string {
  const which = slots.length === 1 ? `slot ${slots[0]} pays` : `slots ${sayList(slots)} pay`
  return `model ${row.modelId} registered the same index again as version ${row.indexVersion}, in which ${which} somebody else for the same data; of debts a new version leaves a quarter`
}

function sayRepetition([first, ...others]: readonly IndexRow[]): string {
  return others.every(({ modelId }) => modelId === first!.modelId)
    ? `model ${first!.modelId} registered the index of version ${first!.indexVersion} again: a new version changes nothing then but debts, of which it leaves a quarter`
    : 'several models have the same influence index: one was copied from the other'
}
