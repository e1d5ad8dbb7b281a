import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { parseSamples } from '../../../prover/datanets/parseSamples.ts'
import { buildDemoModel } from '../../../scripts/demo/buildDemoModel.ts'
import { createDemoAccounts } from '../../../scripts/demo/demoAccounts.ts'
import { describeLineage } from '../../../scripts/demo/describeLineage.ts'
import { DATANETS } from '../../../scripts/demo/loadCorpus.ts'
import { lineage } from '../../../src/api/submission.ts'

test('default: every sample of the corpus stands in one contribution, whose hash is that of its lines', () => {
  const model = buildDemoModel()
  const { contributors } = createDemoAccounts(model.corpus.contributors.length)
  const described = lineage.parse(describeLineage(model, contributors))
  expect(described.datanets.map(({ name }) => name)).toEqual([...DATANETS])
  const contributions = described.datanets.flatMap(({ contributions }) => contributions)
  expect(contributions.reduce((sum, { samples }) => sum + samples, 0)).toBe(model.corpus.samples.length)
  expect(new Set(contributions.map(({ contributor }) => contributor)).size).toBe(contributors.length)

  const { contributor, samples, sha256 } = described.datanets[2]!.contributions[0]!
  const slot = contributors.findIndex(({ address }) => address === contributor)
  const { features, labels } = model.training
  const lines = model.corpus.samples.flatMap((sample, i) =>
    sample.contributor === slot && sample.label === 2
      ? [JSON.stringify({ features: features[i], label: labels[i] })]
      : [],
  )
  const stored = `${lines.join('\n')}\n`
  expect(parseSamples(stored, { features: model.shape.features, classes: DATANETS.length })).toHaveLength(samples)
  expect(createHash('sha256').update(stored).digest('hex')).toBe(sha256)
})
