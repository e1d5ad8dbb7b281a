import { pageOf, proverView } from '../../../src/api/views.ts'
import { useNode } from '../node/useNode.ts'
import { Account } from '../parts/Account.tsx'
import { Amount } from '../parts/Amount.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Pager } from '../parts/Pager.tsx'
import { Table } from '../parts/Table.tsx'
import { route } from '../routing/route.ts'
import { formatCount, formatDuration } from '../words/formatFigures.ts'
import { decimalsFor } from '../words/formatOpen.ts'

export function ProversPage() {
  const answer = useNode(pageOf(proverView), '/v1/provers', { after: route.value.query.get('after') ?? undefined })
  return (
    <Page
      title="Provers"
      lead="Who proved and settled the batches of this chain. A proof names its prover, so that whoever copies it pays the one who made it."
    >
      <Section title="By batches">
        <Loaded answer={answer}>
          {({ items, next }) => {
            const decimals = decimalsFor(items.map(({ earnedWei }) => BigInt(earnedWei)))
            return (
              <>
                <Table
                  caption="Provers"
                  rows={items}
                  rowKey={({ prover }) => prover}
                  columns={[
                    { title: 'Prover', cell: ({ prover }) => <Account account={prover} /> },
                    { title: 'Batches', isFigure: true, cell: ({ batches }) => formatCount(batches) },
                    { title: 'Inferences', isFigure: true, cell: ({ inferences }) => formatCount(inferences) },
                    {
                      title: 'Earned, OPEN',
                      isFigure: true,
                      cell: ({ earnedWei }) => <Amount wei={earnedWei} decimals={decimals} unit={false} />,
                    },
                    {
                      title: 'Seal to settlement, median',
                      isFigure: true,
                      cell: ({ medianSettleSeconds }) => formatDuration(medianSettleSeconds),
                    },
                    {
                      title: 'In the last tenth of the time',
                      isFigure: true,
                      cell: ({ lateBatches }) => formatCount(lateBatches),
                    },
                  ]}
                  empty="No batch is settled yet."
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
