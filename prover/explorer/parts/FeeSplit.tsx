import { formatShare } from '../words/formatFigures.ts'
import { decimalsFor } from '../words/formatOpen.ts'
import { Amount } from './Amount.tsx'
import { Check } from './Badge.tsx'

/** What became of fees; they are the sum of the rest. */
export type Fees = {
  readonly feesWei: string
  readonly poolsWei: string
  readonly modelOwnerWei: string
  readonly stakersWei: string
  readonly proverWei: string
  readonly treasuryWei: string
}

const WIDTH = 1000

/** One bar that says where the fees went, with its figures and whether they add up. */
export function FeeSplit({ fees }: { fees: Fees }) {
  const parts = [
    { name: 'Contributors’ pools', wei: BigInt(fees.poolsWei), colour: 'series-1' },
    { name: 'Model owner', wei: BigInt(fees.modelOwnerWei), colour: 'series-3' },
    { name: 'Stakers', wei: BigInt(fees.stakersWei), colour: 'series-4' },
    { name: 'Prover', wei: BigInt(fees.proverWei), colour: 'series-6' },
    { name: 'Treasury', wei: BigInt(fees.treasuryWei), colour: 'series-5' },
  ]
  const whole = BigInt(fees.feesWei)
  const sum = parts.reduce((total, { wei }) => total + wei, 0n)
  const decimals = decimalsFor([whole])
  let left = 0
  return (
    <div class="split">
      <svg viewBox={`0 0 ${WIDTH} 14`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {parts.map(({ name, wei, colour }) => {
          const width = whole === 0n ? 0 : Number((wei * BigInt(WIDTH)) / whole)
          const x = left
          left += width
          return <rect key={name} class={colour} x={x} width={Math.max(0, width - 2)} height="14" />
        })}
      </svg>
      <dl>
        {parts.map(({ name, wei, colour }) => (
          <div key={name}>
            <dt>
              <span class={`swatch ${colour}`} />
              {name}
            </dt>
            <dd>
              <Amount wei={wei} decimals={decimals} unit={false} /> <small>{formatShare(wei, whole)}</small>
            </dd>
          </div>
        ))}
        <div class="sum">
          <dt>Fees</dt>
          <dd>
            <Amount wei={whole} decimals={decimals} unit={false} />{' '}
            <Check ok={sum === whole} yes="adds up" no="does not add up" />
          </dd>
        </div>
      </dl>
    </div>
  )
}
