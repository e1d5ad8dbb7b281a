import { type EpochView, epochView } from '../../../src/api/views.ts'
import { useNode } from '../node/useNode.ts'
import { Account } from '../parts/Account.tsx'
import { Amount } from '../parts/Amount.tsx'
import { Badge, Check } from '../parts/Badge.tsx'
import { Facts, Tiles } from '../parts/Facts.tsx'
import { FeeSplit } from '../parts/FeeSplit.tsx'
import { Hash } from '../parts/Hash.tsx'
import { Moment } from '../parts/Moment.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Table } from '../parts/Table.tsx'
import { links } from '../routing/links.ts'
import { countOf, formatCount } from '../words/formatFigures.ts'
import { decimalsFor } from '../words/formatOpen.ts'
import { isNettingReconciled, isReconciled, reconcileEpoch } from '../words/reconcileEpoch.ts'

export function EpochPage({ modelId, epochId }: { modelId: string; epochId: string }) {
  const answer = useNode(epochView, `/v1/epochs/${modelId}/${epochId}`)
  return (
    <Page title={`Epoch ${epochId} of model ${modelId}`} trail={[['Epochs', links.epochs]]}>
      <Loaded answer={answer}>{(epoch) => <Epoch epoch={epoch} />}</Loaded>
    </Page>
  )
}

function Epoch({ epoch }: { epoch: EpochView }) {
  const { closure, modelId, epochId, requests } = epoch
  return (
    <>
      <Tiles
        tiles={[
          [
            'State',
            <Badge state={closure === null ? 'open' : 'closed'} />,
            closure === null ? (
              <>
                ends <Moment at={epoch.endsAt} relative />
              </>
            ) : (
              <>
                closed <Moment at={closure.timestamp} relative />
              </>
            ),
          ],
          [
            'Pools',
            <Amount wei={epoch.poolsWei} copy />,
            `of ${countOf(epoch.batches, 'settled batch', 'settled batches')}`,
          ],
          ['Paid', closure === null ? '–' : <Amount wei={closure.paidWei} copy />, 'to contributors'],
          [
            'Reconciled',
            <Check ok={isReconciled(epoch)} yes="adds up" no="does not add up" />,
            'every equation below, to the wei',
          ],
        ]}
      />
      <div class="columns">
        <Section title="What it is">
          <Facts
            facts={[
              [
                'Model',
                <>
                  <a href={links.model(modelId)}>{`Model ${modelId}`}</a>, version {epoch.modelVersion}
                </>,
              ],
              ['Index', `version ${epoch.indexVersion}`],
              ['Policy', <a href={links.contracts}>{`Policy ${epoch.policyId}`}</a>],
              [
                'Circuit',
                <a href={links.contracts}>
                  <code>{epoch.circuitId}</code>
                </a>,
              ],
              ['Opened', <Moment at={epoch.opening.timestamp} />],
              ['Ends', <Moment at={epoch.endsAt} />],
              ...(closure === null
                ? []
                : [['Closed in', <Hash value={closure.transactionHash} what="the closing transaction" />] as const]),
              [
                'Requests',
                `${formatCount(requests.settled)} settled, ${formatCount(requests.sealed)} sealed, ${formatCount(requests.paid)} paid, ${formatCount(requests.refunded)} refunded`,
              ],
            ]}
          />
        </Section>
        <Section title="Where the fees went" note="Of settled batches, in OPEN">
          <FeeSplit fees={epoch} />
        </Section>
      </div>
      <Section title="Reconciliation" note="In OPEN; compared to the wei">
        <Table
          caption="Equations"
          rows={reconcileEpoch(epoch)}
          rowKey={({ equation }) => equation}
          columns={[
            { title: 'Equation', cell: ({ equation }) => equation },
            { title: 'Left', isFigure: true, cell: ({ leftWei }) => <Amount wei={leftWei} unit={false} /> },
            { title: 'Right', isFigure: true, cell: ({ rightWei }) => <Amount wei={rightWei} unit={false} /> },
            {
              title: 'Holds',
              cell: ({ leftWei, rightWei }) => <Check ok={leftWei === rightWei} yes="adds up" no="differs" />,
            },
          ]}
        />
      </Section>
      <Section
        title="Contributors"
        note={
          closure === null
            ? 'Booked so far, in OPEN; netted when the epoch closes'
            : 'Opening + booked = paid − carried, in OPEN'
        }
      >
        {closure === null ? <Booked epoch={epoch} /> : <Netted modelId={modelId} epochId={epochId} closure={closure} />}
      </Section>
    </>
  )
}

function Booked({ epoch: { contributors, modelId, epochId } }: { epoch: EpochView }) {
  const decimals = decimalsFor(contributors.map(({ bookedWei }) => BigInt(bookedWei)))
  return (
    <Table
      caption="Booked so far"
      rows={contributors}
      rowKey={({ slot }) => `${slot}`}
      columns={[
        {
          title: 'Contributor',
          cell: ({ contributor }) => (
            <Account account={contributor} href={links.contributorEpoch(contributor, modelId, epochId)} />
          ),
        },
        { title: 'Slot', isFigure: true, cell: ({ slot }) => slot },
        {
          title: 'Booked',
          isFigure: true,
          cell: ({ bookedWei }) => <Amount wei={bookedWei} decimals={decimals} unit={false} signed />,
        },
      ]}
      empty="The index of this epoch has no contributors."
    />
  )
}

function Netted({
  modelId,
  epochId,
  closure,
}: {
  modelId: string
  epochId: string
  closure: NonNullable<EpochView['closure']>
}) {
  const decimals = decimalsFor(
    closure.contributors.flatMap(({ bookedWei, paidWei }) => [BigInt(bookedWei), BigInt(paidWei)]),
  )
  return (
    <Table
      caption="Netted"
      rows={closure.contributors}
      rowKey={({ slot }) => `${slot}`}
      columns={[
        {
          title: 'Contributor',
          cell: ({ contributor }) => (
            <Account account={contributor} href={links.contributorEpoch(contributor, modelId, epochId)} />
          ),
        },
        {
          title: 'Opening',
          isFigure: true,
          cell: ({ openingWei }) => <Amount wei={openingWei} decimals={decimals} unit={false} signed />,
        },
        {
          title: 'Booked',
          isFigure: true,
          cell: ({ bookedWei }) => <Amount wei={bookedWei} decimals={decimals} unit={false} signed />,
        },
        {
          title: 'Paid',
          isFigure: true,
          cell: ({ paidWei }) => <Amount wei={paidWei} decimals={decimals} unit={false} />,
        },
        {
          title: 'Carried',
          isFigure: true,
          cell: ({ carriedWei }) => <Amount wei={carriedWei} decimals={decimals} unit={false} />,
        },
        { title: 'Adds up', cell: (netting) => <Check ok={isNettingReconciled(netting)} yes="yes" no="no" /> },
      ]}
      empty="The index of this epoch has no contributors."
    />
  )
}
