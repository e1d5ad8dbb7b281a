import { type BatchView, batchView } from '../../../src/api/views.ts'
import { Chart } from '../charts/Chart.tsx'
import { drawAmounts } from '../charts/drawAmounts.ts'
import { useNode } from '../node/useNode.ts'
import { Account, Contributor } from '../parts/Account.tsx'
import { Amount } from '../parts/Amount.tsx'
import { Badge } from '../parts/Badge.tsx'
import { Facts } from '../parts/Facts.tsx'
import { FeeSplit } from '../parts/FeeSplit.tsx'
import { Hash } from '../parts/Hash.tsx'
import { Moment } from '../parts/Moment.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Steps } from '../parts/Steps.tsx'
import { Table } from '../parts/Table.tsx'
import { links } from '../routing/links.ts'
import { countOf, formatCount, formatDuration, formatFraction, formatShare, shortHex } from '../words/formatFigures.ts'
import { decimalsFor } from '../words/formatOpen.ts'
import { BatchAttribution } from './BatchAttribution.tsx'
import { BatchVerification } from './BatchVerification.tsx'

/** Bars that fit a chart of middle height. */
const FEW = 6

export function BatchPage({ batchId }: { batchId: string }) {
  const answer = useNode(batchView, `/v1/batches/${batchId}`)
  return (
    <Page title={`Batch ${batchId}`} trail={[['Batches', links.batches]]}>
      <Loaded answer={answer}>{(batch) => <Batch batch={batch} />}</Loaded>
    </Page>
  )
}

function Batch({ batch }: { batch: BatchView }) {
  const { batchId, modelId, epochId, requests, sealing, proof, settlement, booking, state, job } = batch
  return (
    <>
      <Steps
        steps={[
          { name: 'Sealed', isDone: true, detail: <Moment at={sealing.timestamp} /> },
          {
            name: 'Proved',
            isDone: proof !== null || settlement !== null,
            detail:
              proof !== null
                ? `in ${formatDuration(proof.witnessSeconds + proof.proveSeconds)}`
                : settlement !== null
                  ? 'by another node'
                  : tellJob(job),
          },
          {
            name: state === 'expired' ? 'Expired' : 'Settled',
            isDone: settlement !== null,
            detail:
              settlement !== null ? (
                <Moment at={settlement.timestamp} />
              ) : (
                <>
                  until <Moment at={batch.settleDeadline} />
                </>
              ),
          },
        ]}
      />
      <div class="columns">
        <Section title="What it is">
          <Facts
            facts={[
              [
                'State',
                <>
                  <Badge state={state} />
                  {batch.isDisclosed && (
                    <>
                      {' '}
                      <Badge state="disclosed" />
                    </>
                  )}
                </>,
              ],
              ['Model', <a href={links.model(modelId)}>{`Model ${modelId}`}</a>],
              ['Epoch', <a href={links.epoch(modelId, epochId)}>{`Epoch ${epochId}`}</a>],
              ['Inferences', formatCount(requests.length)],
              ['Batch hash', <Hash value={batch.batchHash} what="the hash of the batch" />],
              ['Sealed in', <Hash value={sealing.transactionHash} what="the sealing transaction" />],
              ...(settlement === null
                ? []
                : [
                    [
                      'Settled in',
                      <Hash value={settlement.transactionHash} what="the settling transaction" />,
                    ] as const,
                    ['Block', formatCount(settlement.blockNumber)] as const,
                    [
                      'Gas of settling',
                      settlement.gasUsed === null ? 'not known: another node sent it' : formatCount(settlement.gasUsed),
                    ] as const,
                    ['Prover', <Account account={settlement.prover} />] as const,
                    ['Digest', <Hash value={settlement.digest} what="the digest" />] as const,
                  ]),
              ...(proof === null
                ? []
                : [
                    [
                      'Proved',
                      <>
                        witness {formatDuration(proof.witnessSeconds)}, proof {formatDuration(proof.proveSeconds)}
                      </>,
                    ] as const,
                  ]),
            ]}
          />
        </Section>
        <BatchVerification batch={batch} />
      </div>
      {booking !== null && (
        <div class="columns">
          <Section title="Earnings by slot" note={`OPEN, of pools of ${countOf(requests.length, 'inference')}`}>
            <Earnings booking={booking} />
          </Section>
          <Section title="Where the fees went" note="In OPEN">
            <FeeSplit fees={booking} />
          </Section>
        </div>
      )}
      {batch.isDisclosed ? (
        <BatchAttribution batchId={batchId} />
      ) : (
        <div class="notice">
          The scores of single inferences are private: the operator has not disclosed this batch. What it earned in all
          is proved, above. An operator discloses a batch by <code>poa batch disclose {batchId}</code>.
        </div>
      )}
      <Section title="Inferences" note="As they were sealed, in this order">
        <Table
          caption="Inferences of the batch"
          rows={requests}
          rowKey={({ requestId }) => requestId}
          columns={[
            { title: 'Request', cell: ({ requestId }) => `Request ${requestId}` },
            { title: 'Pool, OPEN', isFigure: true, cell: ({ poolWei }) => <Amount wei={poolWei} unit={false} /> },
            {
              title: 'Input commitment',
              cell: ({ inputCommitment }) => <Hash value={inputCommitment} what="the input commitment" />,
            },
            {
              title: 'Output commitment',
              cell: ({ outputCommitment }) => <Hash value={outputCommitment} what="the output commitment" />,
            },
            {
              title: 'Trace',
              cell: ({ traceId }) =>
                traceId === null ? (
                  'not at this node'
                ) : (
                  <a href={links.trace(traceId)}>
                    <code>{shortHex(traceId)}</code>
                  </a>
                ),
            },
          ]}
        />
      </Section>
    </>
  )
}

function tellJob(job: BatchView['job']): string {
  if (job === null) return 'not ordered yet'
  if (job.state === 'dead') return `given up: ${job.reasonCode}`
  if (job.stage === null) return job.state
  const progress = job.fraction === null ? '' : `, ${formatFraction(job.fraction)} of the expected time`
  return `${job.stage}${progress}${job.attempts > 1 ? `, attempt ${job.attempts}` : ''}`
}

function Earnings({ booking: { earnings, poolsWei } }: { booking: NonNullable<BatchView['booking']> }) {
  const assigned = earnings.filter(({ contributor, earningWei }) => contributor !== null || earningWei !== '0')
  const pools = BigInt(poolsWei)
  const decimals = decimalsFor([pools])
  const sum = assigned.reduce((total, { earningWei }) => total + BigInt(earningWei), 0n)
  return (
    <Chart
      label={`What the batch earned ${countOf(assigned.length, 'contributor')}`}
      height={assigned.length > FEW ? 'tall' : 'middle'}
      draw={(palette) =>
        drawAmounts(palette, {
          names: assigned.map(({ slot, contributor }) =>
            contributor === null ? `slot ${slot}` : shortHex(contributor),
          ),
          series: [
            { name: 'Earned', wei: assigned.map(({ earningWei }) => BigInt(earningWei)), colour: palette.accent },
          ],
          isHorizontal: true,
          colourLosses: true,
        })
      }
      table={
        <Table
          caption="Earnings by slot, in OPEN"
          rows={assigned}
          rowKey={({ slot }) => `${slot}`}
          columns={[
            { title: 'Slot', cell: ({ slot }) => slot },
            {
              title: 'Contributor',
              cell: ({ contributor }) =>
                contributor === null ? 'nobody: to the treasury' : <Contributor account={contributor} />,
            },
            {
              title: 'Earned',
              isFigure: true,
              cell: ({ earningWei }) => <Amount wei={earningWei} decimals={decimals} unit={false} signed />,
            },
            {
              title: 'Share of the pools',
              isFigure: true,
              cell: ({ earningWei }) => formatShare(BigInt(earningWei), pools),
            },
          ]}
          foot={{
            name: 'All together',
            figures: [<Amount key="sum" wei={sum} decimals={decimals} unit={false} signed />, formatShare(sum, pools)],
          }}
        />
      }
    />
  )
}
