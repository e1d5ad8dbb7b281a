import { attributionView, type ContributorEpochView, contributorEpochView } from '../../../src/api/views.ts'
import { earningWeiRoundedDown } from '../../../src/statement/bookBatch.ts'
import { Chart } from '../charts/Chart.tsx'
import { drawWaterfall } from '../charts/drawWaterfall.ts'
import { useNode } from '../node/useNode.ts'
import { Contributor } from '../parts/Account.tsx'
import { Amount } from '../parts/Amount.tsx'
import { Badge, Check } from '../parts/Badge.tsx'
import { Facts } from '../parts/Facts.tsx'
import { Hash } from '../parts/Hash.tsx'
import { Moment } from '../parts/Moment.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Pager } from '../parts/Pager.tsx'
import { Table } from '../parts/Table.tsx'
import { links } from '../routing/links.ts'
import { route } from '../routing/route.ts'
import { explainInference, type Inference } from '../words/explainInference.ts'
import { explainNetting, nettingSteps } from '../words/explainNetting.ts'
import { countOf, formatCount, formatShare, shortHex } from '../words/formatFigures.ts'
import { decimalsFor } from '../words/formatOpen.ts'

/** Inferences of a batch that are told in full sentences; the rest is in the table of the batch. */
const TOLD = 3

/** Why a contributor got what it got of one epoch, down to the inferences. */
export function ContributorEpochPage({
  account,
  modelId,
  epochId,
}: {
  account: string
  modelId: string
  epochId: string
}) {
  const after = route.value.query.get('after') ?? undefined
  const answer = useNode(contributorEpochView, `/v1/contributors/${account}/epochs/${modelId}/${epochId}`, { after })
  return (
    <Page
      title={`Epoch ${epochId} of ${shortHex(account)}`}
      heading={`Why epoch ${epochId} paid what it paid`}
      trail={[
        ['Contributors', links.contributors],
        [shortHex(account), links.contributor(account)],
      ]}
    >
      <Loaded answer={answer}>
        {(view) => <Reason view={view} isWhole={after === undefined && view.batches.next === null} />}
      </Loaded>
    </Page>
  )
}

/** @param isWhole whether the page lists all batches of the epoch */
function Reason({ view, isWhole }: { view: ContributorEpochView; isWhole: boolean }) {
  const { account, modelId, epochId, slot, batches } = view
  const steps = nettingSteps(view, { isWhole })
  const result = BigInt(view.openingWei) + BigInt(view.bookedWei)
  const decimals = decimalsFor([...steps.map(({ wei }) => wei), result])
  return (
    <>
      <div class="reason" id="reason">
        {explainNetting(view, { isWhole }).map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      <div class="columns">
        <Section title="Step by step" note="OPEN: what the batches booked, one after the other">
          {steps.length === 0 ? (
            <p class="empty">No batch of this epoch is settled yet.</p>
          ) : (
            <Chart
              label={`From ${countOf(steps.length, 'step')} to the epoch's result`}
              draw={(palette) =>
                drawWaterfall(palette, steps, view.state === 'open' ? 'So far' : result > 0n ? 'Paid' : 'Carried')
              }
              table={
                <Table
                  caption="Steps"
                  rows={steps}
                  rowKey={({ name }) => name}
                  columns={[
                    { title: 'Step', cell: ({ name }) => name },
                    {
                      title: 'OPEN',
                      isFigure: true,
                      cell: ({ wei }) => <Amount wei={wei} decimals={decimals} unit={false} signed />,
                    },
                  ]}
                />
              }
            />
          )}
        </Section>
        <Section title="The account of the epoch">
          <Facts
            facts={[
              ['Contributor', <Contributor account={account} />],
              ['Model', <a href={links.model(modelId)}>{`Model ${modelId}`}</a>],
              [
                'Epoch',
                <>
                  <a href={links.epoch(modelId, epochId)}>{`Epoch ${epochId}`}</a> <Badge state={view.state} />
                </>,
              ],
              ['Slot in the index', `${slot}, index version ${view.indexVersion}`],
              ['Opening balance', <Amount wei={view.openingWei} signed copy />],
              ['Booked', <Amount wei={view.bookedWei} signed copy />],
              ...(view.paidWei === null || view.carriedWei === null
                ? [['Closes', <Moment at={view.endsAt} />] as const]
                : [
                    ['Paid', <Amount wei={view.paidWei} copy />] as const,
                    ['Carried on as a debt', <Amount wei={view.carriedWei} copy />] as const,
                    [
                      'Adds up',
                      <Check
                        ok={
                          BigInt(view.openingWei) + BigInt(view.bookedWei) ===
                          BigInt(view.paidWei) - BigInt(view.carriedWei)
                        }
                        yes="opening + booked = paid − carried"
                        no="opening + booked is not paid − carried"
                      />,
                    ] as const,
                  ]),
              ...(view.closing === null
                ? []
                : [
                    [
                      'Closed',
                      <>
                        <Moment at={view.closing.timestamp} />{' '}
                        <Hash value={view.closing.transactionHash} what="the transaction" />
                      </>,
                    ] as const,
                  ]),
            ]}
          />
        </Section>
      </div>
      <Section
        title="Batches"
        note="What each settled batch booked for this contributor, and what share of the batch's pools that is"
      >
        <Table
          caption="Batches of the epoch, in OPEN"
          rows={batches.items}
          rowKey={({ batchId }) => batchId}
          columns={[
            {
              title: 'Batch',
              cell: ({ batchId }) => <a class="row" href={links.batch(batchId)}>{`Batch ${batchId}`}</a>,
            },
            { title: 'Inferences', isFigure: true, cell: ({ requests }) => formatCount(requests) },
            {
              title: 'Pools',
              isFigure: true,
              cell: ({ poolsWei }) => <Amount wei={poolsWei} decimals={decimals} unit={false} />,
            },
            {
              title: 'Earned',
              isFigure: true,
              cell: ({ earningWei }) => <Amount wei={earningWei} decimals={decimals} unit={false} signed />,
            },
            {
              title: 'Share of the pools',
              isFigure: true,
              cell: ({ earningWei, poolsWei }) => formatShare(BigInt(earningWei), BigInt(poolsWei)),
            },
            { title: 'Settled', cell: ({ settlement }) => <Moment at={settlement.timestamp} /> },
            {
              title: 'Inference by inference',
              cell: ({ isDisclosed }) => (isDisclosed ? <Badge state="disclosed" /> : 'private'),
            },
          ]}
          empty="No batch of this epoch is settled yet."
        />
        <Pager next={batches.next} />
      </Section>
      {batches.items
        .filter(({ isDisclosed }) => isDisclosed)
        .map(({ batchId }) => (
          <Inferences key={batchId} batchId={batchId} slot={slot} />
        ))}
      {batches.items.length > 0 && batches.items.every(({ isDisclosed }) => !isDisclosed) && (
        <div class="notice">
          The scores of single inferences are private in these batches: their sums are proved, and the operator has not
          disclosed the traces. An operator discloses a batch by <code>poa batch disclose</code>.
        </div>
      )}
    </>
  )
}

/** The inferences of a disclosed batch that earned the contributor something, those that counted most first. */
function Inferences({ batchId, slot }: { batchId: string; slot: number }) {
  const answer = useNode(attributionView, `/v1/batches/${batchId}/attribution`, {}, { isFinal: true })
  return (
    <Section
      title={`Inferences of batch ${batchId}`}
      note="Disclosed by the operator; opened against the commitments that were sealed and proved"
    >
      <Loaded answer={answer}>
        {({ inferences }) => {
          const sorted = inferences.toSorted((a, b) => compareMagnitudes(earningOf(a, slot), earningOf(b, slot)))
          const decimals = decimalsFor(sorted.map((one) => earningWeiRoundedDown(earningOf(one, slot))))
          return (
            <>
              <ol class="told">
                {sorted.slice(0, TOLD).map((inference) => (
                  <li key={inference.position}>
                    <strong>Inference {inference.requestId}.</strong> {explainInference(inference, slot)}
                  </li>
                ))}
              </ol>
              <details open={inferences.length <= TOLD}>
                <summary>{`All ${countOf(inferences.length, 'inference')}`}</summary>
                <Table
                  caption={`What ${countOf(inferences.length, 'inference')} earned this contributor, in OPEN`}
                  rows={sorted}
                  rowKey={({ requestId }) => requestId}
                  columns={[
                    {
                      title: 'Inference',
                      cell: ({ requestId }) => (
                        <a href={`${links.batch(batchId)}?inference=${requestId}`}>{requestId}</a>
                      ),
                    },
                    { title: 'Answer', cell: ({ label }) => `class ${label}` },
                    {
                      title: 'Score',
                      isFigure: true,
                      cell: (one) => <span class={toneOf(scoreOf(one, slot))}>{formatCount(scoreOf(one, slot))}</span>,
                    },
                    { title: 'T', isFigure: true, cell: ({ total }) => formatCount(total) },
                    {
                      title: 'Share',
                      isFigure: true,
                      cell: (one) => formatShare(scoreOf(one, slot), BigInt(one.total)),
                    },
                    {
                      title: 'Pool',
                      isFigure: true,
                      cell: ({ poolWei }) => <Amount wei={poolWei} decimals={decimals} unit={false} />,
                    },
                    {
                      title: 'Earned',
                      isFigure: true,
                      cell: (one) => (
                        <Amount
                          wei={earningWeiRoundedDown(earningOf(one, slot))}
                          decimals={decimals}
                          unit={false}
                          signed
                        />
                      ),
                    },
                  ]}
                />
              </details>
            </>
          )
        }}
      </Loaded>
    </Section>
  )
}

const entryOf = ({ contributors }: Inference, slot: number) => contributors.find((one) => one.slot === slot)
const scoreOf = (inference: Inference, slot: number) => BigInt(entryOf(inference, slot)?.score ?? 0)
const earningOf = (inference: Inference, slot: number) => BigInt(entryOf(inference, slot)?.earning ?? 0)
const toneOf = (score: bigint) => (score > 0n ? 'gain' : score < 0n ? 'loss' : '')

function compareMagnitudes(a: bigint, b: bigint): number {
  const difference = (b < 0n ? -b : b) - (a < 0n ? -a : a)
  return difference > 0n ? 1 : difference < 0n ? -1 : 0
}
