import { formatEther } from 'viem'
import type { BatchRow, EpochRow } from '../../src/audit/AuditRow.ts'
import type { AuditSummary } from '../../src/audit/auditRecords.ts'
import { sayCount, sayMoment, sayOpen } from '../../src/audit/explain/say.ts'
import type { Finding, FindingSubject, Place, Severity } from '../../src/audit/Finding.ts'
import { FINDING_CODES } from '../../src/audit/findingCodes.ts'
import { type AuditFigures, type ContributorFigures, type EpochSpan, TABLE_ROWS } from './collectFigures.ts'
import { drawBars } from './drawBars.ts'
import { type Html, html, trustedHtml } from './html.ts'
import { REPORT_STYLE } from './reportStyle.ts'

/** Findings that the page shows of each severity; the CSV file has all. */
const SHOWN_FINDINGS = 200
/** Contributors in the plot; the table has more. */
const PLOTTED_CONTRIBUTORS = 16
/** From the gravest. */
const SEVERITIES: readonly Severity[] = ['fault', 'gap', 'anomaly', 'info']
const SEVERITY_MEANINGS: Readonly<Record<Severity, string>> = {
  fault: 'The books are not what payments, proofs and rules make of them.',
  gap: 'This could not be checked, so nothing is known of it.',
  anomaly: 'By the rules, but worth a look.',
  info: 'Worth knowing.',
}
const SEVERITY_NAMES: Readonly<Record<Severity, string>> = {
  fault: 'Faults',
  gap: 'Gaps',
  anomaly: 'Anomalies',
  info: 'Notes',
}

/**
 * The report of an audit as one page that needs nothing else: no script, no request, readable in light, dark, on a phone and on paper. The same
 * audit gives the same page.
 */
export function renderReport(summary: AuditSummary, figures: AuditFigures): string {
  const title = `Audit of chain ${summary.header.chainId} at block ${summary.header.block.number}`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trustedHtml(REPORT_STYLE)}</style>
</head>
<body>
<header class="${summary.ok ? 'clean' : 'wrong'}">
<p class="kind">Proof of Attribution: audit report</p>
<h1>${renderVerdict(summary)}</h1>
<p class="lead">${sayLead(summary)}</p>
${renderHeader(summary)}
</header>
<main>
${renderFindings(summary)}
${renderTotals(summary)}
${renderPlots(figures)}
${renderContributors(figures)}
${renderEpochs(figures)}
${renderBatches(figures)}
${renderAccounts(figures)}
${renderLimits()}
</main>
</body>
</html>
`.text
}

function renderVerdict({ ok, counts }: AuditSummary): string {
  if (ok) return 'Everything that was checked holds'
  const parts = [
    ...(counts.fault > 0 ? [sayCount(counts.fault, 'fault')] : []),
    ...(counts.gap > 0 ? [sayCount(counts.gap, 'gap')] : []),
  ]
  return parts.join(' and ')
}

function sayLead({ checked, counts, totals }: AuditSummary): string {
  const { proofs, events, states, disclosedBatches } = checked
  const others = counts.anomaly > 0 ? ` ${sayCount(counts.anomaly, 'anomaly', 'anomalies')} to look at.` : ''
  const disclosed =
    disclosedBatches > 0 ? `, ${sayCount(disclosedBatches, 'disclosed batch', 'disclosed batches')} recomputed` : ''
  return `${sayCount(events, 'event')} replayed, ${sayCount(proofs, 'proof')} of ${sayCount(totals.settledBatches, 'settled batch', 'settled batches')} verified again, ${sayCount(states, 'answer')} of the contracts compared${disclosed}.${others}`
}

function renderHeader({ header }: AuditSummary): Html {
  const { chainId, block, deployment } = header
  return html`<dl class="facts">
<div><dt>Chain</dt><dd>${chainId}</dd></div>
<div><dt>Block</dt><dd>${block.number}, ${sayMoment(block.timestamp)}</dd></div>
<div class="wide"><dt>Block hash</dt><dd class="hash">${block.hash}</dd></div>
${Object.entries(deployment).map(([name, address]) => html`<div><dt>${spellOut(name)}</dt><dd class="hash">${address}</dd></div>`)}
</dl>`
}

function renderFindings({ findings, counts }: AuditSummary): Html {
  const none = html`<p class="none">Nothing to report: no fault, no gap, no anomaly.</p>`
  const groups = SEVERITIES.filter((severity) => counts[severity] > 0).map((severity) => {
    const all = findings.filter(({ code }) => FINDING_CODES[code].severity === severity)
    const shown = all.slice(0, SHOWN_FINDINGS)
    const rest = counts[severity] - shown.length
    return html`<h3>${SEVERITY_NAMES[severity]} (${counts[severity]})</h3>
<p class="note">${SEVERITY_MEANINGS[severity]}</p>
${shown.map((finding) => renderFinding(finding, severity))}
${rest > 0 ? html`<p class="note">And ${rest} more: see findings.csv.</p>` : null}`
  })
  return html`<section aria-labelledby="findings"><h2 id="findings">Findings</h2>${groups.length > 0 ? groups : none}</section>`
}

function renderFinding({ code, subject, at, expected, found, message }: Finding, severity: Severity): Html {
  return html`<article class="finding ${severity}">
<h4>${FINDING_CODES[code].title}</h4>
<p>${asSentence(message)}</p>
<dl>
<div><dt>Code</dt><dd><code>${code}</code></dd></div>
<div><dt>About</dt><dd>${sayFindingSubject(subject)}</dd></div>
${at === null ? null : html`<div><dt>Where</dt><dd>${renderPlace(at)}</dd></div>`}
${expected === null ? null : html`<div><dt>Expected</dt><dd class="value">${expected}</dd></div>`}
${found === null ? null : html`<div><dt>Found</dt><dd class="value">${found}</dd></div>`}
</dl>
</article>`
}

const asSentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`

function sayFindingSubject(subject: FindingSubject): string {
  const parts = Object.entries(subject).map(
    ([name, value]) => `${spellOut(name.replace(/Id$/, '')).toLowerCase()} ${value}`,
  )
  return parts.length === 0 ? 'the whole' : parts.join(', ')
}

function renderPlace({ transaction, block, logIndex }: Place): Html {
  return html`block ${block}, log ${logIndex}, transaction <span class="hash">${transaction}</span>`
}

function renderTotals({ totals }: AuditSummary): Html {
  const counts = [
    ['Requests paid', totals.requests],
    ['settled', totals.settledRequests],
    ['refunded', totals.refundedRequests],
    ['Batches sealed', totals.batches],
    ['settled', totals.settledBatches],
    ['Epochs opened', totals.epochs],
    ['closed', totals.closedEpochs],
  ] as const
  const amounts = [
    ['Fees paid', totals.feesWei],
    ['of it in settled batches', totals.settledFeesWei],
    ['Pools of settled batches', totals.poolsWei],
    ['Paid to contributors', totals.paidWei],
    ['Credited to model owners', totals.modelOwnersWei],
    ['to stakers', totals.stakersWei],
    ['to provers', totals.proversWei],
    ['to the treasury', totals.treasuryWei],
    ['Refunded', totals.refundedWei],
    ['Withdrawn', totals.withdrawnWei],
    ['Still to withdraw', totals.claimableWei],
  ] as const
  return html`<section aria-labelledby="totals"><h2 id="totals">Totals</h2>
<dl class="counts">${counts.map(([name, count]) => html`<div><dt>${name}</dt><dd>${count}</dd></div>`)}</dl>
${renderTable(
  'Amounts',
  ['Amount', 'OPEN', 'wei'],
  amounts.map(([name, wei]) => [name, amount(wei), String(wei)]),
  [1, 2],
)}
</section>`
}

function renderPlots({ spans, contributors, settleTimes }: AuditFigures): Html {
  if (spans.length === 0 && settleTimes.every(({ batches }) => batches === 0)) return html``
  const plotted = contributors.slice(0, PLOTTED_CONTRIBUTORS)
  const names = spans.map(nameSpan)
  const overEpochs = [
    { name: 'Paid to contributors', values: spans.map(({ paidWei }) => open(paidWei)), colour: 1 as const },
    { name: 'To the treasury', values: spans.map(({ treasuryWei }) => open(treasuryWei)), colour: 2 as const },
  ]
  return html`<section aria-labelledby="plots"><h2 id="plots">Plots</h2>
${
  spans.length === 0
    ? null
    : renderPlot(
        'Where the pools of each closed epoch went',
        drawBars({ categories: names, series: overEpochs, unit: 'OPEN', isStacked: true }),
        ['Epochs', 'Pools (OPEN)', 'Paid (OPEN)', 'Treasury (OPEN)'],
        spans.map((span) => [nameSpan(span), amount(span.poolsWei), amount(span.paidWei), amount(span.treasuryWei)]),
      )
}
${
  plotted.every(({ paidWei }) => paidWei === 0n)
    ? null
    : renderPlot(
        'What contributors were paid',
        drawBars({
          categories: plotted.map(({ contributor }) => `${contributor.slice(0, 8)}…${contributor.slice(-4)}`),
          series: [{ name: 'Paid', values: plotted.map(({ paidWei }) => open(paidWei)), colour: 1 }],
          unit: 'OPEN',
          isHorizontal: true,
        }),
        null,
        [],
      )
}
${renderPlot(
  'Time from seal to settlement',
  drawBars({
    categories: settleTimes.map(({ name }) => name),
    series: [{ name: 'Batches', values: settleTimes.map(({ batches }) => batches), colour: 3 }],
    unit: 'batches',
    isCount: true,
  }),
  ['Time', 'Batches'],
  settleTimes.map(({ name, batches }) => [name, String(batches)]),
)}
</section>`
}

/** A plot with the same figures as a table, for whoever does not see it. */
function renderPlot(
  title: string,
  plot: Html,
  header: readonly string[] | null,
  rows: readonly (readonly string[])[],
): Html {
  const numbers = header === null ? [] : header.slice(1).map((_, i) => i + 1)
  const table =
    header === null
      ? html`<p class="note">The figures are in the table of contributors.</p>`
      : html`<details><summary>Show as table</summary>${renderTable(title, header, rows, numbers)}</details>`
  return html`<figure><figcaption>${title}</figcaption>${plot}${table}</figure>`
}

const nameSpan = ({ first, last }: EpochSpan) => {
  const name = ({ modelId, epochId }: EpochSpan['first']) => `${modelId}/${epochId}`
  return name(first) === name(last) ? name(first) : `${name(first)} to ${name(last)}`
}

function renderContributors({ contributors }: AuditFigures): Html {
  const rows = contributors
    .slice(0, TABLE_ROWS)
    .map(({ contributor, paidWei, bookedWei, epochs }: ContributorFigures, i) => [
      ...[String(i + 1), contributor, amount(paidWei), amount(bookedWei), String(epochs)],
    ])
  const header = ['', 'Contributor', 'Paid (OPEN)', 'Booked (OPEN)', 'Epochs']
  return renderSection(
    'contributors',
    'Contributors',
    contributors.length,
    'contributors.csv',
    header,
    rows,
    [0, 2, 3, 4],
  )
}

function renderEpochs({ epochs, counts }: AuditFigures): Html {
  const rows = epochs.map((row: EpochRow) => [
    ...[`${row.modelId}/${row.epochId}`, String(row.indexVersion), String(row.requests), String(row.batches)],
    ...[amount(row.poolsWei), row.closing === null ? '' : amount(row.closing.paidWei)],
    ...[row.closing === null ? '' : amount(row.closing.treasuryWei), sayClosing(row)],
  ])
  const header = [
    'Model/epoch',
    'Index',
    'Requests',
    'Batches',
    'Pools (OPEN)',
    'Paid (OPEN)',
    'Treasury (OPEN)',
    'Closed',
  ]
  return renderSection('epochs', 'Epochs', counts.epochs, 'epochs.csv', header, rows, [1, 2, 3, 4, 5, 6])
}

const sayClosing = ({ closing }: EpochRow) => (closing === null ? 'open' : sayMoment(closing.closedAt))

function renderBatches({ batches, counts }: AuditFigures): Html {
  const rows = batches.map((row: BatchRow) => [
    ...[String(row.batchId), `${row.modelId}/${row.epochId}`, String(row.requests.length), amount(row.feesWei)],
    ...[amount(row.poolsWei), row.settlement === null ? '' : String(row.settlement.settledAt - row.sealedAt)],
    row.settlement === null ? 'not settled' : row.settlement.isProofValid ? 'valid' : 'not shown',
  ])
  const header = ['Batch', 'Model/epoch', 'Inferences', 'Fees (OPEN)', 'Pools (OPEN)', 'Seal to settle (s)', 'Proof']
  return renderSection('batches', 'Batches', counts.batches, 'batches.csv', header, rows, [0, 2, 3, 4, 5])
}

function renderAccounts({ accounts, counts }: AuditFigures): Html {
  const rows = accounts.map((row) => [
    ...[
      row.account,
      amount(row.earnedWei),
      amount(row.modelOwnerWei + row.stakersWei + row.proverWei + row.treasuryWei),
    ],
    ...[amount(row.refundedWei), amount(row.withdrawnWei), amount(row.claimableWei)],
  ])
  const header = [
    'Account',
    'Earned (OPEN)',
    'Shares (OPEN)',
    'Refunds (OPEN)',
    'Withdrawn (OPEN)',
    'To withdraw (OPEN)',
  ]
  return renderSection('accounts', 'Accounts', counts.accounts, 'accounts.csv', header, rows, [1, 2, 3, 4, 5])
}

function renderSection(
  id: string,
  title: string,
  count: number,
  file: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly number[],
): Html {
  if (rows.length === 0) return html``
  const rest = count - rows.length
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title} (${count})</h2>
${renderTable(title, header, rows, numbers)}
${rest > 0 ? html`<p class="note">And ${rest} more: see ${file}.</p>` : null}</section>`
}

/**
 * @param label what a reader who does not see the table is told when it gets the focus, which scrolling by keyboard needs
 * @param numbers columns that are aligned to the right
 */
function renderTable(
  label: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly number[],
): Html {
  const kind = (i: number, cell: string) => (numbers.includes(i) ? 'number' : cell.startsWith('0x') ? 'hash' : 'text')
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table><thead><tr>${header.map((name, i) => html`<th scope="col" class="${kind(i, '')}">${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, i) => html`<td class="${kind(i, cell)}">${cell}</td>`)}</tr>`)}</tbody></table></div>`
}

function renderLimits(): Html {
  return html`<section aria-labelledby="limits"><h2 id="limits">What this report does not show</h2>
<ul>
<li>That events and answers are those of the chain: whoever gave them could make them up. The block hash says which block is meant; ask a node of your own.</li>
<li>That the features of an inference are what the frozen extractor gives for the payer's request.</li>
<li>That the influence index was computed from the data that it claims, and that contributors own that data.</li>
<li>Scores of batches that nobody disclosed: their proofs show that the earnings follow from them, not what they are.</li>
</ul></section>`
}

/** Wei in a column of OPEN. */
const amount = (wei: bigint) => sayOpen(wei, 6)

/** Good enough for a bar. */
const open = (wei: bigint) => Number(formatEther(wei))

/** `inferenceEscrow` as "Inference escrow". */
const spellOut = (name: string) => {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}
