import { sayCount, sayList } from '../explain/say.ts'
import type { AnomalySearch } from './AnomalySearch.ts'

/** The protocol advises so many traces a batch or more: of a single inference, earnings show the ratios of all scores. */
const ADVISED_TRACES = 8
const NAMED_BATCHES = 5

/** Settled batches so small that their earnings tell much about single inferences. */
export function searchTinyBatches(): AnomalySearch {
  type Count = { readonly modelId: bigint; tiny: number; single: number; settled: number; readonly first: bigint[] }
  const counts = new Map<bigint, Count>()
  return {
    row: (row) => {
      if (row.kind !== 'batch' || row.settlement === null) return
      const { modelId, batchId, requests } = row
      const count = counts.get(modelId) ?? { modelId, tiny: 0, single: 0, settled: 0, first: [] }
      counts.set(modelId, count)
      count.settled += 1
      if (requests.length >= ADVISED_TRACES) return
      count.tiny += 1
      if (requests.length === 1) count.single += 1
      if (count.first.length < NAMED_BATCHES) count.first.push(batchId)
    },
    finish: () =>
      [...counts.values()]
        .filter(({ tiny }) => tiny > 0)
        .map(({ modelId, tiny, single, settled, first }) => ({
          code: 'BATCH_TINY',
          subject: { modelId, batchId: first[0]! },
          at: null,
          expected: `${ADVISED_TRACES} inferences or more in each batch`,
          found: `${tiny} of ${sayCount(settled, 'batch', 'batches')} smaller, ${single} of a single inference`,
          message: `batches of fewer than ${ADVISED_TRACES} inferences, such as ${sayList(first)}, tell much about single answers: their earnings are close to the ratios of scores`,
        })),
  }
}
