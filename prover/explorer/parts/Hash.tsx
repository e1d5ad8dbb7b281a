import { shortHex, shortNumber } from '../words/formatFigures.ts'
import { CopyButton } from './CopyButton.tsx'

/** A hash, transaction or field element in short; whole in its title and when copied. */
export function Hash({ value, what, href }: { value: string; what: string; href?: string }) {
  const text = value.startsWith('0x') ? shortHex(value) : shortNumber(value)
  const code = <code title={value}>{text}</code>
  return (
    <span class="account">
      {href === undefined ? code : <a href={href}>{code}</a>}
      <CopyButton text={value} what={what} />
    </span>
  )
}
