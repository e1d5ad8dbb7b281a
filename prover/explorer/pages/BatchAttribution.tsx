import { useEffect, useRef } from 'preact/hooks'
import { type AttributionView, attributionView } from '../../../src/api/views.ts'
import { earningWeiRoundedDown } from '../../../src/statement/bookBatch.ts'
import { useNode } from '../node/useNode.ts'
import { Contributor } from '../parts/Account.tsx'
import { Amount } from '../parts/Amount.tsx'
import { Loaded, Section } from '../parts/Page.tsx'
import { Table } from '../parts/Table.tsx'
import { route } from '../routing/route.ts'
import { type Inference, massesOf } from '../words/explainInference.ts'
import { formatCount, formatShare, shortHex, shortNumber } from '../words/formatFigures.ts'
import { decimalsFor } from '../words/formatOpen.ts'

/** What a disclosed batch shows: each inference, and what it earned whom. */
export function BatchAttribution({ batchId }: { batchId: string }) {
  const answer = useNode(attributionView, `/v1/batches/${batchId}/attribution`, {}, { isFinal: true })
  return (
    <Section
      title="Inference by inference"
      note="Disclosed by the operator, and opened against the commitments that were sealed and proved. A score is how far a contributor's data pushed towards the answer; earning = score × rate, and rate = pool ÷ T."
    >
      <Loaded answer={answer}>{(attribution) => <Inferences attribution={attribution} />}</Loaded>
    </Section>
  )
}

function Inferences({ attribution: { inferences } }: { attribution: AttributionView }) {
  const wanted = route.value.query.get('inference')
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (wanted === null) return
    // After the page has been begun at its top, as every page is.
    const frame = requestAnimationFrame(() => {
      const found = list.current?.querySelector<HTMLElement>('details[open] > summary')
      found?.scrollIntoView()
      found?.focus({ preventScroll: true })
    })
    return () => cancelAnimationFrame(frame)
  }, [wanted])
  return (
    <div class="inferences" ref={list}>
      {inferences.map((inference, i) => (
        <details key={inference.requestId} open={wanted === null ? i === 0 : inference.requestId === wanted}>
          <summary>
            <strong>Inference {inference.requestId}</strong>
            <span>class {inference.label}</span>
            <span>
              pool <Amount wei={inference.poolWei} />
            </span>
            <Leader inference={inference} />
          </summary>
          <Scores inference={inference} />
        </details>
      ))}
    </div>
  )
}

/** Who earned most of it. */
function Leader({ inference: { contributors, total } }: { inference: Inference }) {
  const best = contributors.reduce((most, one) => (BigInt(one.score) > BigInt(most.score) ? one : most))
  if (best.contributor === null || BigInt(best.score) <= 0n) return <span class="leader">earned nobody anything</span>
  return (
    <span class="leader">
      most, {formatShare(BigInt(best.score), BigInt(total))}, for {shortHex(best.contributor)}
    </span>
  )
}

const HALF = 100

function Scores({ inference }: { inference: Inference }) {
  const { contributors, total, rate, poolWei } = inference
  const { positive, negative } = massesOf(inference)
  const decimals = decimalsFor([BigInt(poolWei)])
  const largest = contributors.reduce((most, { score }) => larger(most, BigInt(score)), 0n)
  const sorted = contributors
    .filter(({ contributor, score }) => contributor !== null || score !== '0')
    .toSorted((a, b) => Number(BigInt(b.score) - BigInt(a.score)))
  return (
    <>
      <p class="note">
        Positive mass {formatCount(positive)}, negative mass {formatCount(negative)}: T = {formatCount(total)}, the
        larger. Rate <span title={`${rate} · 2^-64 wei for each unit of score`}>{shortNumber(rate)} · 2⁻⁶⁴ wei</span>.
      </p>
      <Table
        caption={`Scores of inference ${inference.requestId}`}
        rows={sorted}
        rowKey={({ slot }) => `${slot}`}
        columns={[
          {
            title: 'Contributor',
            cell: ({ contributor, slot }) =>
              contributor === null ? `slot ${slot}: nobody, to the treasury` : <Contributor account={contributor} />,
          },
          {
            title: 'Against or towards',
            cell: ({ score }) => <ScoreBar score={BigInt(score)} largest={largest} />,
          },
          { title: 'Score', isFigure: true, cell: ({ score }) => formatCount(score) },
          { title: 'Share of T', isFigure: true, cell: ({ score }) => formatShare(BigInt(score), BigInt(total)) },
          {
            title: 'Earned, OPEN',
            isFigure: true,
            cell: ({ earning }) => (
              <Amount wei={earningWeiRoundedDown(BigInt(earning))} decimals={decimals} unit={false} signed />
            ),
          },
        ]}
      />
    </>
  )
}

/** To the right what speaks for the answer, to the left what speaks against it; the largest score fills its side. */
function ScoreBar({ score, largest }: { score: bigint; largest: bigint }) {
  const width = largest === 0n ? 0 : Math.abs(Number((score * BigInt(HALF)) / largest))
  return (
    <svg
      class="score-bar"
      viewBox={`0 0 ${2 * HALF} 8`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <rect class="track" width={2 * HALF} height="8" />
      <rect class={score < 0n ? 'loss' : 'gain'} x={score < 0n ? HALF - width : HALF} width={width} height="8" />
      <rect class="axis" x={HALF - 0.5} width="1" height="8" />
    </svg>
  )
}

function larger(magnitude: bigint, score: bigint): bigint {
  const other = score < 0n ? -score : score
  return other > magnitude ? other : magnitude
}
