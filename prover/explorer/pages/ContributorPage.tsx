import { type EarningsView, earningsView } from '../../../src/api/views.ts'
import { Chart } from '../charts/Chart.tsx'
import { drawAmounts } from '../charts/drawAmounts.ts'
import { useNode } from '../node/useNode.ts'
import { Account } from '../parts/Account.tsx'
import { Amount } from '../parts/Amount.tsx'
import { Badge, Check } from '../parts/Badge.tsx'
import { Tiles } from '../parts/Facts.tsx'
import { Moment } from '../parts/Moment.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { type Column, Table } from '../parts/Table.tsx'
import { links } from '../routing/links.ts'
import { explainEarnings } from '../words/explainNetting.ts'
import { countOf, shortHex } from '../words/formatFigures.ts'
import { decimalsFor } from '../words/formatOpen.ts'

const CHARTED = 24

type EpochRow = {
  readonly modelId: string
  readonly epochId: string
  readonly isOpen: boolean
  readonly openingWei: bigint | undefined
  readonly bookedWei: bigint
  readonly paidWei: bigint
  readonly carriedWei: bigint
  readonly closedAt: string | undefined
}

export function ContributorPage({ account }: { account: string }) {
  const earnings = useNode(earningsView, `/v1/contributors/${account}/earnings`)
  return (
    <Page
      title={`Contributor ${shortHex(account)}`}
      heading={
        <>
          <span class="kind">Contributor</span> <Account account={account} />
        </>
      }
      trail={[['Contributors', links.contributors]]}
    >
      <Loaded answer={earnings}>
        {(view) => (
          <>
            <div class="reason" id="reason">
              {explainEarnings(view).map((sentence) => (
                <p key={sentence}>{sentence}</p>
              ))}
            </div>
            <Tiles
              tiles={[
                ['Paid', <Amount wei={view.paidWei} copy />, `by ${countOf(view.epochs, 'closed epoch')}`],
                ['May withdraw now', <Amount wei={view.claimableWei} copy />, 'as the ledger has it'],
                ['Withdrawn', <Amount wei={view.withdrawnWei} copy />, 'all credits of the account together'],
                [
                  'Booked by open epochs',
                  <Amount wei={view.booked.reduce((sum, { bookedWei }) => sum + BigInt(bookedWei), 0n)} signed copy />,
                  'netted when they close',
                ],
              ]}
            />
            <Epochs account={account} rows={rowsOf(view)} unlisted={view.epochs - view.netted.length} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

/** Open epochs first, then closed ones, the newest first. */
function rowsOf({ netted, booked }: EarningsView): EpochRow[] {
  return [
    ...booked.toReversed().map(({ modelId, epochId, bookedWei }) => ({
      modelId,
      epochId,
      isOpen: true,
      openingWei: undefined,
      bookedWei: BigInt(bookedWei),
      paidWei: 0n,
      carriedWei: 0n,
      closedAt: undefined,
    })),
    ...netted.map(({ modelId, epochId, openingWei, bookedWei, paidWei, carriedWei, closing }) => ({
      modelId,
      epochId,
      isOpen: false,
      openingWei: BigInt(openingWei),
      bookedWei: BigInt(bookedWei),
      paidWei: BigInt(paidWei),
      carriedWei: BigInt(carriedWei),
      closedAt: closing.timestamp,
    })),
  ]
}

/** @param unlisted closed epochs that the node's answer has no room for */
function Epochs({ account, rows, unlisted }: { account: string; rows: readonly EpochRow[]; unlisted: number }) {
  const charted = rows.slice(0, CHARTED).toReversed()
  const manyModels = new Set(rows.map(({ modelId }) => modelId)).size > 1
  return (
    <>
      {rows.length > 0 && (
        <Section
          title="What moved the earnings"
          note="OPEN booked by the batches of each epoch, and what was paid when it closed"
        >
          <Chart
            label={`What ${countOf(charted.length, 'epoch')} booked and paid`}
            draw={(palette) =>
              drawAmounts(palette, {
                names: charted.map(
                  ({ modelId, epochId, isOpen }) =>
                    `${manyModels ? `M${modelId} ` : ''}epoch ${epochId}${isOpen ? ' (open)' : ''}`,
                ),
                series: [
                  { name: 'Booked', wei: charted.map(({ bookedWei }) => bookedWei), colour: palette.series[1]! },
                  { name: 'Paid', wei: charted.map(({ paidWei }) => paidWei), colour: palette.accent },
                  ...(charted.some(({ openingWei = 0n }) => openingWei < 0n)
                    ? [
                        {
                          name: 'Debt found',
                          wei: charted.map(({ openingWei = 0n }) => openingWei),
                          colour: palette.loss,
                        },
                      ]
                    : []),
                ],
              })
            }
            table={<EpochTable account={account} rows={charted} />}
          />
        </Section>
      )}
      <Section
        title="Epoch by epoch"
        note={`Opening balance and bookings make the payment, or the debt that is carried on. Choose an epoch to see the batches and inferences.${unlisted > 0 ? ` The newest are listed, ${countOf(unlisted, 'older one')} not.` : ''}`}
      >
        <EpochTable account={account} rows={rows} />
      </Section>
    </>
  )
}

function EpochTable({ account, rows }: { account: string; rows: readonly EpochRow[] }) {
  const decimals = decimalsFor(
    rows.flatMap(({ bookedWei, paidWei, openingWei = 0n }) => [bookedWei, paidWei, openingWei]),
  )
  const money = (title: string, read: (row: EpochRow) => bigint | undefined, signed = true): Column<EpochRow> => ({
    title,
    isFigure: true,
    cell: (row) => {
      const wei = read(row)
      return wei === undefined ? '–' : <Amount wei={wei} decimals={decimals} unit={false} signed={signed} />
    },
  })
  return (
    <Table
      caption="Epochs of this contributor, in OPEN"
      rows={rows}
      rowKey={({ modelId, epochId }) => `${modelId}/${epochId}`}
      columns={[
        {
          title: 'Epoch',
          cell: ({ modelId, epochId }) => (
            <a
              class="row"
              href={links.contributorEpoch(account, modelId, epochId)}
            >{`Epoch ${epochId} of model ${modelId}`}</a>
          ),
        },
        { title: 'State', cell: ({ isOpen }) => <Badge state={isOpen ? 'open' : 'closed'} /> },
        money('Opening', ({ openingWei }) => openingWei),
        money('Booked', ({ bookedWei }) => bookedWei),
        money('Paid', ({ isOpen, paidWei }) => (isOpen ? undefined : paidWei), false),
        money('Carried', ({ isOpen, carriedWei }) => (isOpen ? undefined : carriedWei), false),
        {
          title: 'Adds up',
          cell: ({ isOpen, openingWei = 0n, bookedWei, paidWei, carriedWei }) =>
            isOpen ? '–' : <Check ok={openingWei + bookedWei === paidWei - carriedWei} yes="yes" no="no" />,
        },
        { title: 'Closed', cell: ({ closedAt }) => (closedAt === undefined ? '–' : <Moment at={closedAt} />) },
      ]}
      empty="No epoch has anything for this account: it stands in no index of a model that this node knows."
    />
  )
}
