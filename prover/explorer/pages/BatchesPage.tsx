import { batchView, pageOf } from '../../../src/api/views.ts'
import { useNode } from '../node/useNode.ts'
import { BatchTable } from '../parts/BatchTable.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Pager } from '../parts/Pager.tsx'
import { route } from '../routing/route.ts'

export function BatchesPage() {
  const { query } = route.value
  const answer = useNode(pageOf(batchView), '/v1/batches', {
    after: query.get('after') ?? undefined,
    modelId: query.get('modelId') ?? undefined,
  })
  return (
    <Page
      title="Batches"
      lead="Inferences that are proved together, whoever sealed them, the newest first. One proof settles a batch on chain."
    >
      <Section title={query.has('modelId') ? `Of model ${query.get('modelId')}` : 'Newest first'}>
        <Loaded answer={answer}>
          {({ items, next }) => (
            <>
              <BatchTable batches={items} />
              <Pager next={next} />
            </>
          )}
        </Loaded>
      </Section>
    </Page>
  )
}
