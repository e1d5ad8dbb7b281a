import { useState } from 'preact/hooks'
import { Icon } from './Icon.tsx'

const SHOWN_MS = 1500

/** Copies the whole of what is shown in short. Browsers let only pages that come by https, or from this machine, write to the clipboard: others show the whole. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setState('copied')
      setTimeout(() => setState('idle'), SHOWN_MS)
    } catch {
      setState('refused')
    }
  }
  return (
    <>
      <button
        type="button"
        class="copy"
        title={`Copy ${what}`}
        aria-label={state === 'copied' ? 'Copied' : `Copy ${what}`}
        onClick={copy}
      >
        <Icon name={state === 'copied' ? 'done' : 'copy'} />
      </button>
      {state === 'refused' && (
        <span class="by-hand" role="status">
          select and copy: <code>{text}</code>
        </span>
      )}
    </>
  )
}
