import { type ModelView, modelView, pageOf } from '../../../src/api/views.ts'
import { useNode } from '../node/useNode.ts'
import { Account } from '../parts/Account.tsx'
import { Badge } from '../parts/Badge.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Pager } from '../parts/Pager.tsx'
import { Table } from '../parts/Table.tsx'
import { links } from '../routing/links.ts'
import { route } from '../routing/route.ts'
import { formatCount } from '../words/formatFigures.ts'

const newestIndex = ({ indexes }: ModelView) => indexes.at(-1)

export function ModelsPage() {
  const answer = useNode(pageOf(modelView), '/v1/models', { after: route.value.query.get('after') ?? undefined })
  return (
    <Page
      title="Models"
      lead="What is registered on chain: versions of heads, and the influence index of each, with its contributors."
    >
      <Section title="Registered">
        <Loaded answer={answer}>
          {({ items, next }) => (
            <>
              <Table
                caption="Models"
                rows={items}
                rowKey={({ modelId }) => modelId}
                columns={[
                  {
                    title: 'Model',
                    cell: ({ modelId }) => <a class="row" href={links.model(modelId)}>{`Model ${modelId}`}</a>,
                  },
                  { title: 'Owner', cell: ({ owner }) => <Account account={owner} /> },
                  { title: 'Operator', cell: ({ operator }) => <Account account={operator} /> },
                  { title: 'Versions', isFigure: true, cell: ({ versions }) => formatCount(versions.length) },
                  { title: 'Indexes', isFigure: true, cell: ({ indexes }) => formatCount(indexes.length) },
                  {
                    title: 'Contributors',
                    isFigure: true,
                    cell: (model) => formatCount(newestIndex(model)?.contributors.length ?? 0),
                  },
                  {
                    title: 'Datanets',
                    isFigure: true,
                    cell: (model) => formatCount(newestIndex(model)?.lineage?.datanets.length ?? 0),
                  },
                  {
                    title: 'This node',
                    cell: ({ canSeal, indexes }) => (
                      <Badge
                        state={
                          canSeal
                            ? 'seals for it'
                            : indexes.some(({ isStored }) => isStored)
                              ? 'has its head'
                              : 'watches'
                        }
                      />
                    ),
                  },
                ]}
                empty="No model is registered on this chain yet. An owner registers one by poa model register."
              />
              <Pager next={next} />
            </>
          )}
        </Loaded>
      </Section>
    </Page>
  )
}
