import { pageOf, traceSummary, traceView } from '../../../src/api/views.ts'
import { useNode } from '../node/useNode.ts'
import { Amount } from '../parts/Amount.tsx'
import { Badge } from '../parts/Badge.tsx'
import { Moment } from '../parts/Moment.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Pager } from '../parts/Pager.tsx'
import { Table } from '../parts/Table.tsx'
import { links } from '../routing/links.ts'
import { route } from '../routing/route.ts'
import { shortHex } from '../words/formatFigures.ts'
import { decimalsFor } from '../words/formatOpen.ts'

export function TracesPage() {
  const { query } = route.value
  const summary = query.get('summary') ?? undefined
  const answer = useNode(pageOf(traceView), '/v1/traces', { after: query.get('after') ?? undefined, summary })
  return (
    <Page
      title="Traces"
      lead="Paid inferences as their operators handed them to this node, the newest first. Features and salts are private and shown nowhere."
    >
      <Section title={summary === undefined ? 'All states' : `Only ${summary}`}>
        <label class="filter">
          State{' '}
          <select
            value={summary ?? ''}
            onChange={({ currentTarget: { value } }) => {
              location.hash = value === '' ? links.traces : `${links.traces}?summary=${value}`
            }}
          >
            <option value="">all</option>
            {traceSummary.options.map((option) => (
              <option key={option} value={option}>
                {option}
              </option>
            ))}
          </select>
        </label>
        <Loaded answer={answer}>
          {({ items, next }) => {
            const decimals = decimalsFor(items.map(({ request }) => BigInt(request.poolWei ?? 0)))
            return (
              <>
                <Table
                  caption="Traces"
                  rows={items}
                  rowKey={({ traceId }) => traceId}
                  columns={[
                    {
                      title: 'Trace',
                      cell: ({ traceId }) => (
                        <a class="row" href={links.trace(traceId)} title={traceId}>
                          <code>{shortHex(traceId)}</code>
                        </a>
                      ),
                    },
                    { title: 'Request', isFigure: true, cell: ({ requestId }) => requestId },
                    { title: 'Model', cell: ({ modelId }) => <a href={links.model(modelId)}>{`Model ${modelId}`}</a> },
                    { title: 'State', cell: ({ summary }) => <Badge state={summary} /> },
                    {
                      title: 'Batch',
                      cell: ({ batch }) =>
                        batch === null ? '–' : <a href={links.batch(batch.batchId)}>{`Batch ${batch.batchId}`}</a>,
                    },
                    {
                      title: 'Pool, OPEN',
                      isFigure: true,
                      cell: ({ request: { poolWei } }) =>
                        poolWei === null ? '–' : <Amount wei={poolWei} decimals={decimals} unit={false} />,
                    },
                    { title: 'Accepted', cell: ({ acceptedAt }) => <Moment at={acceptedAt} /> },
                  ]}
                  empty={
                    summary === undefined
                      ? 'This node has accepted no trace yet. Operators hand them in by POST /v1/traces.'
                      : 'No trace in this state among those that were looked through.'
                  }
                />
                <Pager next={next} />
              </>
            )
          }}
        </Loaded>
      </Section>
    </Page>
  )
}
