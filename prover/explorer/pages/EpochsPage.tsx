import { type EpochView, epochView, pageOf } from '../../../src/api/views.ts'
import { Chart } from '../charts/Chart.tsx'
import { drawAmounts } from '../charts/drawAmounts.ts'
import { useNode } from '../node/useNode.ts'
import { Amount } from '../parts/Amount.tsx'
import { Badge, Check } from '../parts/Badge.tsx'
import { Moment } from '../parts/Moment.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Pager } from '../parts/Pager.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { links } from '../routing/links.ts'
import { route } from '../routing/route.ts'
import { countOf, formatCount } from '../words/formatFigures.ts'
import { decimalsFor } from '../words/formatOpen.ts'
import { isReconciled } from '../words/reconcileEpoch.ts'

const CHARTED = 24

export function EpochsPage() {
  const answer = useNode(pageOf(epochView), '/v1/epochs', { after: route.value.query.get('after') ?? undefined })
  return (
    <Page
      title="Epochs"
      lead="Earnings are netted over an epoch, then paid. What the pools of a closed epoch held was paid to contributors or went to the treasury, to the wei."
    >
      <Loaded answer={answer}>
        {({ items, next }) => (
          <>
            <Closed
              epochs={items
                .filter(({ closure }) => closure !== null)
                .slice(0, CHARTED)
                .toReversed()}
            />
            <Section title="Newest first">
              <EpochTable epochs={items} />
              <Pager next={next} />
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  )
}

function Closed({ epochs }: { epochs: readonly EpochView[] }) {
  if (epochs.length === 0) return null
  const manyModels = new Set(epochs.map(({ modelId }) => modelId)).size > 1
  return (
    <Section title="Closed epochs" note="OPEN of the pools: paid to contributors, and left to the treasury">
      <Chart
        label={`What the pools of ${countOf(epochs.length, 'closed epoch')} paid, and what they left to the treasury`}
        draw={(palette) =>
          drawAmounts(palette, {
            names: epochs.map(({ modelId, epochId }) => `${manyModels ? `M${modelId} ` : ''}epoch ${epochId}`),
            series: [
              {
                name: 'Paid to contributors',
                wei: epochs.map(({ closure }) => BigInt(closure!.paidWei)),
                colour: palette.accent,
              },
              {
                name: 'Left to the treasury',
                wei: epochs.map(({ closure }) => BigInt(closure!.treasuryWei)),
                colour: palette.series[4]!,
              },
            ],
            isStacked: true,
          })
        }
        table={<EpochTable epochs={epochs} />}
      />
    </Section>
  )
}

function EpochTable({ epochs }: { epochs: readonly EpochView[] }) {
  const decimals = decimalsFor(epochs.map(({ poolsWei }) => BigInt(poolsWei)))
  const money = (title: string, read: (epoch: EpochView) => string | undefined): Column<EpochView> => ({
    title,
    isFigure: true,
    cell: (epoch) => {
      const wei = read(epoch)
      return wei === undefined ? '–' : <Amount wei={wei} decimals={decimals} unit={false} />
    },
  })
  return (
    <Table
      caption="Epochs, in OPEN"
      rows={epochs}
      rowKey={({ modelId, epochId }) => `${modelId}/${epochId}`}
      columns={[
        {
          title: 'Epoch',
          cell: ({ modelId, epochId }) => (
            <a class="row" href={links.epoch(modelId, epochId)}>{`Epoch ${epochId} of model ${modelId}`}</a>
          ),
        },
        { title: 'State', cell: ({ closure }) => <Badge state={closure === null ? 'open' : 'closed'} /> },
        { title: 'Batches', isFigure: true, cell: ({ batches }) => formatCount(batches) },
        money('Pools', ({ poolsWei }) => poolsWei),
        money('Paid', ({ closure }) => closure?.paidWei),
        money('To the treasury', ({ closure }) => closure?.treasuryWei),
        {
          title: 'Reconciled',
          cell: (epoch) =>
            epoch.closure === null ? '–' : <Check ok={isReconciled(epoch)} yes="adds up" no="does not add up" />,
        },
        { title: 'Ends or ended', cell: ({ endsAt, closure }) => <Moment at={closure?.timestamp ?? endsAt} /> },
      ]}
      empty="No epoch has begun yet. The first payment for a model opens its first epoch."
    />
  )
}
