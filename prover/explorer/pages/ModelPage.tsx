import { type LineageView, type ModelView, modelView } from '../../../src/api/views.ts'
import { useNode } from '../node/useNode.ts'
import { Account, Contributor } from '../parts/Account.tsx'
import { Facts } from '../parts/Facts.tsx'
import { Hash } from '../parts/Hash.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Table } from '../parts/Table.tsx'
import { links } from '../routing/links.ts'
import { countOf, formatCount, formatShare } from '../words/formatFigures.ts'

export function ModelPage({ modelId }: { modelId: string }) {
  const answer = useNode(modelView, `/v1/models/${modelId}`)
  return (
    <Page title={`Model ${modelId}`} trail={[['Models', links.models]]}>
      <Loaded answer={answer}>{(model) => <Model model={model} />}</Loaded>
    </Page>
  )
}

function Model({ model: { modelId, owner, operator, versions, indexes, canSeal } }: { model: ModelView }) {
  return (
    <>
      <div class="columns">
        <Section title="Who runs it">
          <Facts
            facts={[
              ['Owner', <Account account={owner} />],
              ['Operator', <Account account={operator} />],
              ['This node', canSeal ? 'may seal for the operator' : 'may not seal for the operator'],
              ['Batches', <a href={`${links.batches}?modelId=${modelId}`}>Batches of this model</a>],
            ]}
          />
        </Section>
        <Section title="Versions of the head" note="Each is known by the commitment to its weights">
          <Table
            caption="Versions"
            rows={versions.toReversed()}
            rowKey={({ modelVersion }) => modelVersion}
            columns={[
              { title: 'Version', cell: ({ modelVersion }) => `Version ${modelVersion}` },
              {
                title: 'Weights commitment',
                cell: ({ weightsCommitment }) => <Hash value={weightsCommitment} what="the weights commitment" />,
              },
              {
                title: 'Circuit',
                cell: ({ circuitId }) => (
                  <a href={links.contracts}>
                    <code>{circuitId}</code>
                  </a>
                ),
              },
            ]}
            empty="No version is registered yet."
          />
        </Section>
      </div>
      {indexes.toReversed().map((index, i) => (
        <Section
          key={index.indexVersion}
          title={`Influence index, version ${index.indexVersion}`}
          note={`For version ${index.modelVersion} of the head; ${index.isStored ? 'this node holds head and index' : 'this node does not hold head and index, so it can prove nothing of it'}`}
        >
          <p>
            Commitment <Hash value={index.indexCommitment} what="the index commitment" />
          </p>
          <Slots contributors={index.contributors} lineage={index.lineage} isOpen={i === 0} />
          <Lineage lineage={index.lineage} />
        </Section>
      ))}
    </>
  )
}

function Slots({
  contributors,
  lineage,
  isOpen,
}: {
  contributors: readonly string[]
  lineage: LineageView | null
  isOpen: boolean
}) {
  const samples = samplesOf(lineage)
  const all = [...samples.values()].reduce((sum, count) => sum + count, 0)
  return (
    <details open={isOpen}>
      <summary>{countOf(contributors.length, 'contributor')}</summary>
      <Table
        caption="Contributors by slot"
        rows={contributors.map((contributor, slot) => ({ contributor, slot }))}
        rowKey={({ contributor }) => contributor}
        columns={[
          { title: 'Contributor', cell: ({ contributor }) => <Contributor account={contributor} /> },
          { title: 'Slot', isFigure: true, cell: ({ slot }) => slot },
          {
            title: 'Samples',
            isFigure: true,
            cell: ({ contributor }) => tellSamples(samples.get(contributor.toLowerCase())),
          },
          {
            title: 'Of all samples',
            isFigure: true,
            cell: ({ contributor }) =>
              all === 0 ? '–' : formatShare(BigInt(samples.get(contributor.toLowerCase()) ?? 0), BigInt(all)),
          },
        ]}
        empty="No contributor is registered."
      />
    </details>
  )
}

const tellSamples = (samples: number | undefined) => (samples === undefined ? '–' : formatCount(samples))

function samplesOf(lineage: LineageView | null): Map<string, number> {
  const samples = new Map<string, number>()
  for (const { contributions } of lineage?.datanets ?? [])
    for (const one of contributions)
      samples.set(one.contributor.toLowerCase(), (samples.get(one.contributor.toLowerCase()) ?? 0) + one.samples)
  return samples
}

/** What it was trained on, as far as this node was told. */
function Lineage({ lineage }: { lineage: LineageView | null }) {
  if (lineage === null || lineage.datanets.length === 0)
    return (
      <p class="empty">
        Nobody told this node which datanets it was trained on. Its owner tells by poa model register --datanet.
      </p>
    )
  return (
    <>
      <h3>Datanets</h3>
      <p class="note">
        As the owner told this node; no proof covers it. Whoever has the samples can compare their digests and compute
        the index again.
      </p>
      {lineage.datanets.map(({ name, version, contributions }) => (
        <details key={`${name}/${version}`}>
          <summary>
            <strong>{name}</strong>, version {version}:{' '}
            <span>{`${countOf(
              contributions.reduce((sum, { samples }) => sum + samples, 0),
              'sample',
            )} of ${countOf(contributions.length, 'contributor')}`}</span>
          </summary>
          <Table
            caption={`Contributions to ${name}`}
            rows={contributions}
            rowKey={({ contributor, sha256 }) => `${contributor}/${sha256}`}
            columns={[
              { title: 'Contributor', cell: ({ contributor }) => <Contributor account={contributor} /> },
              { title: 'Samples', isFigure: true, cell: ({ samples }) => formatCount(samples) },
              {
                title: 'SHA-256 of the samples',
                cell: ({ sha256 }) => <Hash value={`0x${sha256}`} what="the digest" />,
              },
            ]}
          />
        </details>
      ))}
    </>
  )
}
