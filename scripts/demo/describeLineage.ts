import { createHash } from 'node:crypto'
import type { Address } from 'viem'
import { writeSamples } from '../../prover/datanets/parseSamples.ts'
import type { Lineage } from '../../src/api/submission.ts'
import type { DemoModel } from './buildDemoModel.ts'
import { DATANETS } from './loadCorpus.ts'

/** Each of the corpus' files is taken for the first version of a datanet. */
const VERSION = 1

/**
 * What the demo's model was trained on, as `poa model register --datanet` would tell a node: the samples of each contributor to each datanet, hashed in the
 * form in which a datanet stores them.
 * @param accounts payout addresses by slot
 */
export function describeLineage(
  { training }: Pick<DemoModel, 'training'>,
  accounts: readonly { readonly address: Address }[],
): Lineage {
  const { features, labels, contributors } = training
  const samples = labels.map((label, i) => ({ label, slot: contributors[i]!, features: features[i]! }))
  return {
    datanets: DATANETS.map((name, label) => ({
      name,
      version: VERSION,
      contributions: accounts.flatMap(({ address: contributor }, slot) => {
        const own = samples.filter((sample) => sample.label === label && sample.slot === slot)
        if (own.length === 0) return []
        const stored = writeSamples(own.map(({ features, label }) => ({ features, label })))
        return { contributor, samples: own.length, sha256: createHash('sha256').update(stored).digest('hex') }
      }),
    })),
  }
}
