import type { AnomalySearch } from './AnomalySearch.ts'
import { searchAlikeVectors } from './searchAlikeVectors.ts'
import { searchNegativeContributors } from './searchNegativeContributors.ts'
import { searchOverdueEpochs } from './searchOverdueEpochs.ts'
import { searchRepeatedIndexes } from './searchRepeatedIndexes.ts'
import { searchStalls } from './searchStalls.ts'
import { searchTinyBatches } from './searchTinyBatches.ts'
import { searchWashTrading } from './searchWashTrading.ts'

/** All patterns at once, their findings in one order that depends on the rows alone. */
export function searchAnomalies(): AnomalySearch {
  const searches = [
    searchRepeatedIndexes(),
    searchAlikeVectors(),
    searchWashTrading(),
    searchNegativeContributors(),
    searchStalls(),
    searchOverdueEpochs(),
    searchTinyBatches(),
  ]
  return {
    row: (row) => {
      for (const search of searches) search.row(row)
    },
    finish: (now) => searches.flatMap((search) => search.finish(now)),
  }
}
