import type { ContributorView } from '../../../src/api/views.ts'
import { formatCount } from '../words/formatFigures.ts'
import { decimalsFor } from '../words/formatOpen.ts'
import { Contributor } from './Account.tsx'
import { Amount } from './Amount.tsx'
import { type Column, Table } from './Table.tsx'

const BAR_WIDTH = 100

export function ContributorTable({
  contributors,
  isShort = false,
}: {
  contributors: readonly ContributorView[]
  isShort?: boolean
}) {
  const decimals = decimalsFor(
    contributors.flatMap(({ paidWei, bookedOpenWei, debtWei }) => [paidWei, bookedOpenWei, debtWei].map(BigInt)),
  )
  const largest = contributors.reduce((most, { paidWei }) => (BigInt(paidWei) > most ? BigInt(paidWei) : most), 0n)
  const columns: Column<ContributorView>[] = [
    {
      title: 'Contributor',
      cell: ({ rank, account }) => (
        <span class="ranked">
          <span class="rank">{rank}</span> <Contributor account={account} />
        </span>
      ),
    },
    {
      title: 'Paid, OPEN',
      isFigure: true,
      cell: ({ paidWei }) => (
        <>
          <Amount wei={paidWei} decimals={decimals} unit={false} />
          <Bar part={BigInt(paidWei)} whole={largest} />
        </>
      ),
    },
    {
      title: 'Booked, open epochs',
      isFigure: true,
      cell: ({ bookedOpenWei }) => <Amount wei={bookedOpenWei} decimals={decimals} unit={false} signed />,
    },
  ]
  if (!isShort)
    columns.push(
      {
        title: 'Debt',
        isFigure: true,
        cell: ({ debtWei }) => <Amount wei={-BigInt(debtWei)} decimals={decimals} unit={false} signed />,
      },
      {
        title: 'Withdrawn',
        isFigure: true,
        cell: ({ withdrawnWei }) => <Amount wei={withdrawnWei} decimals={decimals} unit={false} />,
      },
      { title: 'Closed epochs', isFigure: true, cell: ({ epochs }) => formatCount(epochs) },
    )
  return (
    <Table
      caption="Contributors by what they were paid"
      rows={contributors}
      rowKey={({ account }) => account}
      columns={columns}
      empty="No model with contributors is registered yet."
    />
  )
}

/** How much of the largest one this is. */
function Bar({ part, whole }: { part: bigint; whole: bigint }) {
  const width = whole === 0n ? 0 : Number((part * BigInt(BAR_WIDTH)) / whole)
  return (
    <svg class="bar" viewBox={`0 0 ${BAR_WIDTH} 4`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="track" width={BAR_WIDTH} height="4" rx="2" />
      <rect class="fill" width={width} height="4" rx="2" />
    </svg>
  )
}
