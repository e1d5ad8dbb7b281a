import type { Address } from 'viem'
import { sayAccount, sayAmount } from '../explain/say.ts'
import type { AnomalySearch } from './AnomalySearch.ts'

/** Fewer inferences say little about data: this is one full batch of the circuit `small`. */
const LEAST_INFERENCES = 16

type Life = {
  readonly modelId: bigint
  readonly contributor: Address
  gainedWei: bigint
  lostWei: bigint
  inferences: number
}

/** Contributors whose data cost more than it earned, over all that was ever booked for them in a model. */
export function searchNegativeContributors(): AnomalySearch {
  const lives = new Map<string, Life>()
  return {
    row: (row) => {
      if (row.kind !== 'batch' || row.settlement === null) return
      const { contributors, earningsWei } = row.settlement
      for (const [slot, contributor] of contributors.entries()) {
        const key = `${row.modelId}/${contributor}`
        const life = lives.get(key) ?? {
          modelId: row.modelId,
          contributor,
          gainedWei: 0n,
          lostWei: 0n,
          inferences: 0,
        }
        const earningWei = earningsWei[slot] ?? 0n
        if (earningWei > 0n) life.gainedWei += earningWei
        else life.lostWei -= earningWei
        life.inferences += row.requests.length
        lives.set(key, life)
      }
    },
    finish: () =>
      [...lives.values()]
        .filter(({ gainedWei, lostWei, inferences }) => lostWei > gainedWei && inferences >= LEAST_INFERENCES)
        .map(({ modelId, contributor, gainedWei, lostWei, inferences }) => ({
          code: 'CONTRIBUTOR_NET_NEGATIVE',
          subject: { modelId, account: contributor },
          at: null,
          expected: `at least 0 wei over ${LEAST_INFERENCES} inferences or more`,
          found: `${gainedWei - lostWei} wei over ${inferences} inferences`,
          message: `the data of ${sayAccount(contributor)} earned ${sayAmount(gainedWei)} and lost ${sayAmount(lostWei)}: it may be mislabelled, or not of what the model is asked`,
        })),
  }
}
