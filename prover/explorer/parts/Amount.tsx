import { formatCount } from '../words/formatFigures.ts'
import { formatOpen } from '../words/formatOpen.ts'
import { CopyButton } from './CopyButton.tsx'

type AmountProps = {
  /** A decimal string as the node sends it, or what was computed from such. */
  wei: string | bigint
  /** Of the column; by default those that show four digits. */
  decimals?: number | undefined
  /** A plus before what is positive, and colours. */
  signed?: boolean
  /** In tables the heading says it. */
  unit?: boolean
  copy?: boolean
}

/** Money, in OPEN; exact to the wei in its title. */
export function Amount({ wei, decimals, signed = false, unit = true, copy = false }: AmountProps) {
  const amount = BigInt(wei)
  const tone = amount === 0n ? ' nothing' : !signed ? '' : amount > 0n ? ' gain' : ' loss'
  return (
    <span class={`amount${tone}`}>
      <data value={`${amount}`} title={`${formatCount(amount)} wei`}>
        {amount === 0n ? '0' : formatOpen(amount, decimals, { sign: signed })}
      </data>
      {unit && <span class="unit">OPEN</span>}
      {copy && <CopyButton text={`${amount}`} what="the exact amount in wei" />}
    </span>
  )
}
