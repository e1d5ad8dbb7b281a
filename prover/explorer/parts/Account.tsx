import { links } from '../routing/links.ts'
import { shortHex } from '../words/formatFigures.ts'
import { CopyButton } from './CopyButton.tsx'
import { Identicon } from './Identicon.tsx'

/** An address in short, whole in its title and when copied. */
export function Account({
  account,
  href,
  isWhole = false,
}: {
  account: string
  href?: string | undefined
  isWhole?: boolean
}) {
  const text = isWhole ? account : shortHex(account)
  return (
    <span class="account">
      <Identicon account={account} />
      {href === undefined ? (
        <code title={account} class={isWhole ? 'whole' : ''}>
          {text}
        </code>
      ) : (
        <a href={href} title={account}>
          <code>{text}</code>
        </a>
      )}
      <CopyButton text={account} what="the address" />
    </span>
  )
}

/** An account of which there is a page that says what it earned. */
export function Contributor({ account }: { account: string }) {
  return <Account account={account} href={links.contributor(account)} />
}
