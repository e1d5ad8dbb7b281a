import type { Address } from 'viem'
import type { AccountRow, AuditRow, AuditSink, BatchRow, EpochRow } from '../../src/audit/AuditRow.ts'

/** Bars that a plot over epochs has at most; neighbours are put together when there are more epochs. */
const MOST_BARS = 40 // even
/** Rows that a table of the page has at most; the CSV files have all. */
export const TABLE_ROWS = 200
/** Upper ends of the classes of times from seal to settlement, in seconds; the last class is open. */
const SETTLE_TIMES = [10, 60, 300, 900, 3600, 6 * 3600, 24 * 3600] as const
const SETTLE_TIME_NAMES = [
  '< 10 s',
  '< 1 min',
  '< 5 min',
  '< 15 min',
  '< 1 h',
  '< 6 h',
  '< 1 d',
  '1 d or more',
] as const

/** Closed epochs that follow each other, put together. */
export type EpochSpan = {
  readonly first: Pick<EpochRow, 'modelId' | 'epochId'>
  last: Pick<EpochRow, 'modelId' | 'epochId'>
  poolsWei: bigint
  paidWei: bigint
  treasuryWei: bigint
}

/** A contributor over all models and epochs, open ones included. */
export type ContributorFigures = {
  readonly contributor: Address
  paidWei: bigint
  bookedWei: bigint
  epochs: number
}

/** What the page shows of the rows: sums and the newest, never all. */
export type AuditFigures = {
  /** In the order in which they were closed. */
  readonly spans: readonly EpochSpan[]
  /** By what they were paid, the most first. */
  readonly contributors: readonly ContributorFigures[]
  readonly settleTimes: readonly { readonly name: string; readonly batches: number }[]
  /** Newest first. */
  readonly epochs: readonly EpochRow[]
  readonly batches: readonly BatchRow[]
  /** By what they may withdraw, the most first. */
  readonly accounts: readonly AccountRow[]
  readonly counts: { readonly epochs: number; readonly batches: number; readonly accounts: number }
}

export type FigureCollector = { readonly sink: AuditSink; readonly figures: () => AuditFigures }

/** Collects what the page shows while the rows go by; what it keeps grows with the number of contributors alone. */
export function collectFigures(): FigureCollector {
  const spans = openSpans()
  const contributors = new Map<Address, ContributorFigures>()
  const settleTimes = SETTLE_TIME_NAMES.map((name) => ({ name, batches: 0 }))
  const epochs: EpochRow[] = []
  const batches: BatchRow[] = []
  let accounts: AccountRow[] = []
  const counts = { epochs: 0, batches: 0, accounts: 0 }

  function takeEpoch(row: EpochRow): void {
    counts.epochs += 1
    keepNewest(epochs, row)
    if (row.closing !== null) spans.add(row, row.closing)
    for (const { contributor, paidWei, bookedWei } of row.accounts) {
      const figures = contributors.get(contributor) ?? { contributor, paidWei: 0n, bookedWei: 0n, epochs: 0 }
      figures.paidWei += paidWei
      figures.bookedWei += bookedWei
      figures.epochs += 1
      contributors.set(contributor, figures)
    }
  }

  function takeBatch(row: BatchRow): void {
    counts.batches += 1
    keepNewest(batches, row)
    if (row.settlement === null) return
    const seconds = row.settlement.settledAt - row.sealedAt
    const place = SETTLE_TIMES.findIndex((end) => seconds < end)
    settleTimes[place < 0 ? SETTLE_TIMES.length : place]!.batches += 1
  }

  function takeAccount(row: AccountRow): void {
    counts.accounts += 1
    accounts.push(row)
    if (accounts.length >= 2 * TABLE_ROWS) accounts = mostFirst(accounts, claimable).slice(0, TABLE_ROWS)
  }

  return {
    sink: {
      row: (row: AuditRow) => {
        if (row.kind === 'epoch') takeEpoch(row)
        if (row.kind === 'batch') takeBatch(row)
        if (row.kind === 'account') takeAccount(row)
      },
    },
    figures: () => ({
      spans: spans.list(),
      settleTimes,
      counts,
      contributors: mostFirst([...contributors.values()], ({ paidWei }) => paidWei),
      epochs: epochs.slice(-TABLE_ROWS).reverse(),
      batches: batches.slice(-TABLE_ROWS).reverse(),
      accounts: mostFirst(accounts, claimable).slice(0, TABLE_ROWS),
    }),
  }
}

/** Doubles the epochs of each span when there are too many of them. */
function openSpans() {
  let spans: EpochSpan[] = []
  let epochsPerSpan = 1
  let epochsInLast = 0
  return {
    list: (): readonly EpochSpan[] => spans,
    add: (row: EpochRow, closing: NonNullable<EpochRow['closing']>): void => {
      const { modelId, epochId, poolsWei } = row
      const { paidWei, treasuryWei } = closing
      const epoch = { modelId, epochId }
      const span: EpochSpan = { first: epoch, last: epoch, poolsWei, paidWei, treasuryWei }
      const last = spans.at(-1)
      if (last !== undefined && epochsInLast < epochsPerSpan) {
        join(last, span)
        epochsInLast += 1
        return
      }
      if (spans.length === MOST_BARS) {
        for (let i = 0; i < spans.length; i += 2) join(spans[i]!, spans[i + 1]!)
        spans = spans.filter((_, i) => i % 2 === 0)
        epochsPerSpan *= 2
      }
      spans.push(span)
      epochsInLast = 1
    },
  }
}

function join(span: EpochSpan, next: EpochSpan): void {
  span.last = next.last
  span.poolsWei += next.poolsWei
  span.paidWei += next.paidWei
  span.treasuryWei += next.treasuryWei
}

/** Drops the older half when there are twice as many as a table shows. */
function keepNewest<Row>(rows: Row[], row: Row): void {
  rows.push(row)
  if (rows.length >= 2 * TABLE_ROWS) rows.splice(0, rows.length - TABLE_ROWS)
}

const claimable = ({ claimableWei }: AccountRow) => claimableWei

function mostFirst<Item>(items: readonly Item[], measure: (item: Item) => bigint): Item[] {
  return items.toSorted((a, b) => (measure(a) < measure(b) ? 1 : measure(a) > measure(b) ? -1 : 0))
}
