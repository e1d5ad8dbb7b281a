import { type TraceView, traceView } from '../../../src/api/views.ts'
import { useNode } from '../node/useNode.ts'
import { Account } from '../parts/Account.tsx'
import { Amount } from '../parts/Amount.tsx'
import { Badge } from '../parts/Badge.tsx'
import { Facts } from '../parts/Facts.tsx'
import { Hash } from '../parts/Hash.tsx'
import { Moment } from '../parts/Moment.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Steps } from '../parts/Steps.tsx'
import { links } from '../routing/links.ts'
import { shortHex } from '../words/formatFigures.ts'

export function TracePage({ traceId }: { traceId: string }) {
  const answer = useNode(traceView, `/v1/traces/${traceId}`)
  return (
    <Page
      title={`Trace ${shortHex(traceId)}`}
      heading={
        <>
          <span class="kind">Trace</span> <Hash value={traceId} what="the trace id" />
        </>
      }
      trail={[['Traces', links.traces]]}
    >
      <Loaded answer={answer}>{(trace) => <Trace trace={trace} />}</Loaded>
    </Page>
  )
}

function Trace({ trace }: { trace: TraceView }) {
  const { request, batch, job, transaction, modelId, summary } = trace
  const isSettled = request.state === 'settled'
  return (
    <>
      <Steps
        steps={[
          { name: 'Accepted', isDone: true, detail: <Moment at={trace.acceptedAt} /> },
          {
            name: 'Sealed',
            isDone: batch !== null,
            detail:
              batch === null ? (
                'waits for a batch'
              ) : (
                <a href={links.batch(batch.batchId)}>{`batch ${batch.batchId}, place ${batch.position + 1}`}</a>
              ),
          },
          { name: 'Proved', isDone: isSettled || job?.state === 'done', detail: job === null ? '–' : job.state },
          { name: 'Settled', isDone: isSettled, detail: isSettled ? 'paid by proof' : request.state },
        ]}
      />
      <div class="columns">
        <Section title="The inference">
          <Facts
            facts={[
              ['State', <Badge state={summary} />],
              ['Request', trace.requestId],
              ['Model', <a href={links.model(modelId)}>{`Model ${modelId}`}</a>],
              ['Operator', <Account account={trace.operator} />],
              ['Pool', request.poolWei === null ? 'not known' : <Amount wei={request.poolWei} copy />],
              [
                'Epoch',
                request.epochId === null ? (
                  'not known'
                ) : (
                  <a href={links.epoch(modelId, request.epochId)}>{`Epoch ${request.epochId}`}</a>
                ),
              ],
              ['Input commitment', <Hash value={trace.inputCommitment} what="the input commitment" />],
              ['Output commitment', <Hash value={trace.outputCommitment} what="the output commitment" />],
              ['Nonce', trace.nonce],
            ]}
          />
        </Section>
        <Section title="Its batch">
          {batch === null ? (
            <p class="empty">
              Not sealed yet
              {request.sealDeadline === null ? (
                ''
              ) : (
                <>
                  ; it has to be by <Moment at={request.sealDeadline} />
                </>
              )}
              .
            </p>
          ) : (
            <>
              <Facts
                facts={[
                  ['Batch', <a href={links.batch(batch.batchId)}>{`Batch ${batch.batchId}`}</a>],
                  ['Place in it', batch.position + 1],
                  ['To be settled by', <Moment at={batch.settleDeadline} />],
                  [
                    'Proof job',
                    job === null ? (
                      'none'
                    ) : (
                      <>
                        <Badge state={job.state} /> attempt {job.attempts}
                      </>
                    ),
                  ],
                  ...(job?.reason == null
                    ? []
                    : [
                        [
                          'Why',
                          <>
                            {job.reason} <code>{job.reasonCode}</code>
                          </>,
                        ] as const,
                      ]),
                  ...(transaction?.hash == null
                    ? []
                    : [
                        [
                          'Transaction',
                          <>
                            <Hash value={transaction.hash} what="the transaction" /> {transaction.kind},{' '}
                            {transaction.state}
                          </>,
                        ] as const,
                      ]),
                ]}
              />
              <p>
                <a href={`${links.batch(batch.batchId)}?inference=${trace.requestId}`}>
                  What the batch earned whom, and this inference if it is disclosed
                </a>
              </p>
            </>
          )}
        </Section>
      </div>
    </>
  )
}
