import { epochView, modelView, pageOf } from '../../../src/api/views.ts'
import { Chart } from '../charts/Chart.tsx'
import { drawFlows } from '../charts/drawFlows.ts'
import { useNode } from '../node/useNode.ts'
import { Amount } from '../parts/Amount.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Table } from '../parts/Table.tsx'
import { links } from '../routing/links.ts'
import { attributionFlows, type Flows } from '../words/attributionFlows.ts'
import { decimalsFor } from '../words/formatOpen.ts'

/** The largest page that the node gives. */
const LARGEST_PAGE = 200
const NARROW = matchMedia('(max-width: 640px)')

/** From data to pay: datanet, contributor, model, payout. */
export function AttributionPage() {
  const epochs = useNode(pageOf(epochView), '/v1/epochs', { limit: `${LARGEST_PAGE}` })
  const models = useNode(pageOf(modelView), '/v1/models', { limit: `${LARGEST_PAGE}` })
  return (
    <Page
      title="Attribution"
      lead="From data to pay: which datanets’ contributors were paid by which model, and in which epochs."
    >
      <Loaded answer={epochs}>
        {(run) => (
          <Loaded answer={models}>
            {(registered) => (
              <>
                {run.next !== null && (
                  <p class="notice">{`Only the newest ${LARGEST_PAGE} epochs are drawn, there are older ones.`}</p>
                )}
                {registered.next !== null && (
                  <p class="notice">{`Datanets are looked up for ${LARGEST_PAGE} models; those of the others are drawn as not told.`}</p>
                )}
                <Graph flows={attributionFlows(run.items, registered.items)} />
              </>
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  )
}

function Graph({ flows }: { flows: Flows }) {
  const nameOf = new Map(flows.nodes.map(({ id, name }) => [id, name]))
  const decimals = decimalsFor(flows.flows.map(({ wei }) => wei))
  return (
    <Section
      title="Datanet, contributor, model, payout"
      note="What a contributor was paid follows from proofs. How it is split over the contributor's datanets is drawn by numbers of samples, as the owner told this node; no proof covers that. Of open epochs, what is booked above zero counts."
    >
      {flows.flows.length === 0 ? (
        <p class="empty">
          Nothing is paid or booked yet. The first settled batch begins this graph: see{' '}
          <a href={links.batches}>batches</a>.
        </p>
      ) : (
        <Chart
          label={`Flows between ${flows.nodes.length} datanets, contributors, models and payouts`}
          height="graph"
          draw={(palette) => drawFlows(palette, flows, NARROW.matches)}
          table={
            <Table
              caption="Flows"
              rows={flows.flows}
              rowKey={({ from, to }) => `${from} ${to}`}
              columns={[
                { title: 'From', cell: ({ from }) => nameOf.get(from) },
                { title: 'To', cell: ({ to }) => nameOf.get(to) },
                {
                  title: 'OPEN',
                  isFigure: true,
                  cell: ({ wei }) => <Amount wei={wei} decimals={decimals} unit={false} />,
                },
              ]}
            />
          }
        />
      )}
    </Section>
  )
}
