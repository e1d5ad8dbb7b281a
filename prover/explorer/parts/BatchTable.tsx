import type { BatchView } from '../../../src/api/views.ts'
import { links } from '../routing/links.ts'
import { formatCount } from '../words/formatFigures.ts'
import { decimalsFor } from '../words/formatOpen.ts'
import { Amount } from './Amount.tsx'
import { Badge } from './Badge.tsx'
import { Moment } from './Moment.tsx'
import { type Column, Table } from './Table.tsx'

const poolsOf = ({ requests }: BatchView) => requests.reduce((sum, { poolWei }) => sum + BigInt(poolWei), 0n)

export function BatchTable({ batches, isShort = false }: { batches: readonly BatchView[]; isShort?: boolean }) {
  const decimals = decimalsFor(batches.map(poolsOf))
  const columns: Column<BatchView>[] = [
    { title: 'Batch', cell: ({ batchId }) => <a class="row" href={links.batch(batchId)}>{`Batch ${batchId}`}</a> },
    {
      title: 'State',
      cell: ({ state, isDisclosed }) => (
        <>
          <Badge state={state} />
          {isDisclosed && !isShort && (
            <>
              {' '}
              <Badge state="disclosed" />
            </>
          )}
        </>
      ),
    },
    { title: 'Inferences', isFigure: true, cell: ({ requests }) => formatCount(requests.length) },
    {
      title: 'Pools, OPEN',
      isFigure: true,
      cell: (batch) => <Amount wei={poolsOf(batch)} decimals={decimals} unit={false} />,
    },
    {
      title: isShort ? 'When' : 'Sealed',
      isFigure: isShort,
      cell: ({ sealing, settlement }) => (
        <Moment at={(isShort && settlement ? settlement : sealing).timestamp} relative={isShort} />
      ),
    },
  ]
  if (!isShort) {
    columns.splice(
      1,
      0,
      { title: 'Model', cell: ({ modelId }) => <a href={links.model(modelId)}>{`Model ${modelId}`}</a> },
      {
        title: 'Epoch',
        cell: ({ modelId, epochId }) => <a href={links.epoch(modelId, epochId)}>{`Epoch ${epochId}`}</a>,
      },
    )
    columns.push(
      {
        title: 'Settled',
        cell: ({ settlement }) => (settlement === null ? '–' : <Moment at={settlement.timestamp} />),
      },
      {
        title: 'Gas',
        isFigure: true,
        cell: ({ settlement }) => (settlement?.gasUsed == null ? '–' : formatCount(settlement.gasUsed)),
      },
    )
  }
  return (
    <Table
      caption={isShort ? 'Newest batches' : 'Batches'}
      rows={batches}
      rowKey={({ batchId }) => batchId}
      columns={columns}
      empty="No batch is sealed yet. A node seals what operators submit and payers paid for."
    />
  )
}
