import { shortHex, shortNumber } from '../words/formatFigures.ts'
import { CopyButton } from './CopyButton.tsx'

/** A hash, transaction or field element in short; whole in its title and when copied. */
export function Hash({ value, what }: { value: string; what: string }) {
  const text = value.startsWith('0x') ? shortHex(value) : shortNumber(value)
  return (
    <span class="account">
      <code title={value}>{text}</code>
      <CopyButton text={value} what={what} />
    </span>
  )
}
