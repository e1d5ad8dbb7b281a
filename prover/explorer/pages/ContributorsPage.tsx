import { contributorView, pageOf } from '../../../src/api/views.ts'
import { Chart } from '../charts/Chart.tsx'
import { drawAmounts } from '../charts/drawAmounts.ts'
import { useNode } from '../node/useNode.ts'
import { ContributorTable } from '../parts/ContributorTable.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Pager } from '../parts/Pager.tsx'
import { route } from '../routing/route.ts'
import { shortHex } from '../words/formatFigures.ts'

const CHARTED = 16

export function ContributorsPage() {
  const after = route.value.query.get('after') ?? undefined
  const answer = useNode(pageOf(contributorView), '/v1/contributors', { after })
  return (
    <Page
      title="Contributors"
      lead="By what closed epochs have paid them. Choose one to see what moved its earnings, and why."
    >
      <Loaded answer={answer}>
        {({ items, next }) => (
          <>
            <Section title="By rank">
              <ContributorTable contributors={items} />
              <Pager next={next} />
            </Section>
            {items.length > 1 && (
              <Section title="Side by side" note="OPEN paid by closed epochs, and booked by open ones">
                <Chart
                  label={`What the first ${Math.min(CHARTED, items.length)} contributors on this page were paid`}
                  height="tall"
                  draw={(palette) =>
                    drawAmounts(palette, {
                      names: items.slice(0, CHARTED).map(({ account }) => shortHex(account)),
                      series: [
                        {
                          name: 'Paid',
                          wei: items.slice(0, CHARTED).map(({ paidWei }) => BigInt(paidWei)),
                          colour: palette.accent,
                        },
                        {
                          name: 'Booked, open epochs',
                          wei: items.slice(0, CHARTED).map(({ bookedOpenWei }) => BigInt(bookedOpenWei)),
                          colour: palette.series[1]!,
                        },
                      ],
                      isHorizontal: true,
                    })
                  }
                  table={<ContributorTable contributors={items.slice(0, CHARTED)} isShort />}
                />
              </Section>
            )}
          </>
        )}
      </Loaded>
    </Page>
  )
}
