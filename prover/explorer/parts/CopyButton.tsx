import { useState } from 'preact/hooks'
import { Icon } from './Icon.tsx'

const SHOWN_MS = 1500

/** Copies the whole of what is shown in short. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [isCopied, setIsCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setIsCopied(true)
    setTimeout(() => setIsCopied(false), SHOWN_MS)
  }
  return (
    <button
      type="button"
      class="copy"
      title={`Copy ${what}`}
      aria-label={isCopied ? 'Copied' : `Copy ${what}`}
      onClick={copy}
    >
      <Icon name={isCopied ? 'done' : 'copy'} />
    </button>
  )
}
