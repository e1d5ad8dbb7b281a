import { batchView, contributorView, type OverviewView, overviewView, pageOf } from '../../../src/api/views.ts'
import { openOf } from '../charts/axes.ts'
import { Chart } from '../charts/Chart.tsx'
import { drawAmounts } from '../charts/drawAmounts.ts'
import { drawTimeline } from '../charts/drawTimeline.ts'
import { useNode } from '../node/useNode.ts'
import { Amount } from '../parts/Amount.tsx'
import { BatchTable } from '../parts/BatchTable.tsx'
import { ContributorTable } from '../parts/ContributorTable.tsx'
import { Facts, Tiles } from '../parts/Facts.tsx'
import { FeeSplit } from '../parts/FeeSplit.tsx'
import { Hash } from '../parts/Hash.tsx'
import { Moment } from '../parts/Moment.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Table } from '../parts/Table.tsx'
import { links } from '../routing/links.ts'
import { countOf, formatCount, formatDuration, formatParts, fromUnixSeconds } from '../words/formatFigures.ts'
import { LiveEvents } from './LiveEvents.tsx'

const TOP = '5'
const NEWEST = '5'

export function OverviewPage() {
  const overview = useNode(overviewView, '/v1/overview')
  const contributors = useNode(pageOf(contributorView), '/v1/contributors', { limit: TOP })
  const batches = useNode(pageOf(batchView), '/v1/batches', { limit: NEWEST })
  return (
    <Page
      title="Overview"
      lead="Every inference pays the people whose data shaped its answer. Here is what was paid, and, a few clicks further, why."
    >
      <Loaded answer={overview}>{(data) => <Figures overview={data} />}</Loaded>
      <div class="columns">
        <Section
          title="Top contributors"
          note={
            <>
              Why was someone paid? <a href={links.contributors}>Choose a contributor.</a>
            </>
          }
        >
          <Loaded answer={contributors}>{({ items }) => <ContributorTable contributors={items} isShort />}</Loaded>
        </Section>
        <Section title="Newest batches" note={<a href={links.batches}>All batches</a>}>
          <Loaded answer={batches}>{({ items }) => <BatchTable batches={items} isShort />}</Loaded>
        </Section>
      </div>
      {overview.data !== undefined && <Work overview={overview.data} />}
    </Page>
  )
}

function Figures({ overview }: { overview: OverviewView }) {
  const { totals, requests, batches, contributors, series, epochs } = overview
  const proved = series.buckets.findLast(({ proveSeconds }) => proveSeconds !== null)?.proveSeconds
  const names = namesOf(series)
  const pools = series.buckets.map(({ poolsWei }) => BigInt(poolsWei))
  const paid = series.buckets.map(({ paidWei }) => BigInt(paidWei))
  return (
    <>
      <Tiles
        tiles={[
          [
            'Paid to contributors',
            <Amount wei={totals.paidWei} />,
            `${countOf(contributors, 'contributor')}, ${countOf(epochs.closed, 'closed epoch')}`,
          ],
          [
            'Settled inferences',
            formatCount(requests.settled),
            `${formatCount(requests.sealed)} sealed, ${formatCount(requests.paid)} paid and waiting`,
          ],
          [
            'Settled batches',
            formatCount(batches.settled),
            `${formatCount(batches.sealed)} being proved, ${formatCount(batches.expired)} expired`,
          ],
          [
            'Proving a batch',
            proved === undefined || proved === null ? '–' : formatDuration(proved),
            'the latest median of this node',
          ],
        ]}
      />
      <div class="columns">
        <Section title="Pools and payments" note={`OPEN, in steps of ${formatDuration(series.bucketSeconds)}`}>
          {names.length === 0 ? (
            <p class="empty">Nothing is settled yet. The first settled batch begins this chart.</p>
          ) : (
            <Chart
              label={`Pools of settled batches and payments to contributors over time: ${openOf(BigInt(totals.poolsWei))} and ${openOf(BigInt(totals.paidWei))} in all`}
              draw={(palette) =>
                drawAmounts(palette, {
                  names,
                  series: [
                    { name: 'Pools', wei: pools, colour: palette.series[1]! },
                    { name: 'Paid', wei: paid, colour: palette.accent },
                  ],
                })
              }
              table={<SeriesTable overview={overview} />}
            />
          )}
        </Section>
        <Section title="Settled inferences" note={`in steps of ${formatDuration(series.bucketSeconds)}`}>
          {names.length === 0 ? (
            <p class="empty">Nothing is settled yet.</p>
          ) : (
            <Chart
              label={`Settled inferences over time: ${requests.settled} in all`}
              draw={(palette) =>
                drawTimeline(palette, {
                  names,
                  values: series.buckets.map(({ settledInferences }) => settledInferences),
                  kind: 'bar',
                  colour: palette.series[0]!,
                  say: (value) => countOf(value, 'inference'),
                  isCount: true,
                })
              }
              table={<SeriesTable overview={overview} />}
            />
          )}
        </Section>
      </div>
    </>
  )
}

const namesOf = ({ buckets, bucketSeconds }: OverviewView['series']) =>
  formatParts(
    buckets.map(({ from }) => fromUnixSeconds(from)),
    bucketSeconds,
  )

function SeriesTable({ overview: { series } }: { overview: OverviewView }) {
  return (
    <Table
      caption="Over time"
      rows={series.buckets}
      rowKey={({ from }) => from}
      columns={[
        { title: 'From', cell: ({ from }) => <Moment at={from} /> },
        { title: 'Inferences', isFigure: true, cell: ({ settledInferences }) => formatCount(settledInferences) },
        { title: 'Batches', isFigure: true, cell: ({ settledBatches }) => formatCount(settledBatches) },
        { title: 'Pools, OPEN', isFigure: true, cell: ({ poolsWei }) => <Amount wei={poolsWei} unit={false} /> },
        { title: 'Paid, OPEN', isFigure: true, cell: ({ paidWei }) => <Amount wei={paidWei} unit={false} /> },
        {
          title: 'Proving',
          isFigure: true,
          cell: ({ proveSeconds }) => (proveSeconds === null ? '–' : formatDuration(proveSeconds)),
        },
      ]}
    />
  )
}

function Work({ overview }: { overview: OverviewView }) {
  const { totals, queue, block, series, provers, models, epochs } = overview
  const names = namesOf(series)
  return (
    <>
      <div class="columns">
        <Section title="Where the fees go" note="Of settled batches, in OPEN">
          <FeeSplit fees={{ ...totals, feesWei: totals.settledFeesWei }} />
          <p class="note">
            Closed epochs paid <Amount wei={totals.paidWei} /> of their pools and left{' '}
            <Amount wei={totals.poolsToTreasuryWei} /> to the treasury.
          </p>
        </Section>
        <Section title="Proving time" note="Median of the batches that this node proved">
          {series.buckets.every(({ proveSeconds }) => proveSeconds === null) ? (
            <p class="empty">This node has proved no batch yet.</p>
          ) : (
            <Chart
              label="Seconds that a proof took, over time"
              draw={(palette) =>
                drawTimeline(palette, {
                  names,
                  values: series.buckets.map(({ proveSeconds }) => proveSeconds),
                  kind: 'line',
                  colour: palette.series[3]!,
                  say: formatDuration,
                })
              }
              table={<SeriesTable overview={overview} />}
            />
          )}
        </Section>
      </div>
      <div class="columns">
        <Section title="At work" note="What waits at this node">
          <Facts
            facts={[
              ['Traces not in a batch yet', formatCount(queue.pendingTraces)],
              [
                'Proofs',
                `${formatCount(queue.jobs.queued)} queued, ${formatCount(queue.jobs.active)} active, ${formatCount(queue.jobs.dead)} dead`,
              ],
              ['Transactions in flight', formatCount(queue.transactionsInFlight)],
              ['Open epochs', <a href={links.epochs}>{formatCount(epochs.open)}</a>],
              ['Models', <a href={links.models}>{formatCount(models)}</a>],
              ['Provers', <a href={links.provers}>{formatCount(provers)}</a>],
              [
                'Newest block',
                block === null ? (
                  'none read yet'
                ) : (
                  <>
                    {formatCount(block.number)} <Hash value={block.hash} what="the hash of the block" />{' '}
                    <Moment at={block.timestamp} relative />
                  </>
                ),
              ],
            ]}
          />
        </Section>
        <LiveEvents />
      </div>
    </>
  )
}
