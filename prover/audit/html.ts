/** Text that is HTML already. Only `html` and `trustedHtml` make it, so whatever else comes into a page is escaped. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | bigint | null | readonly Part[]

/** A piece of a page: every value is escaped unless it is a piece itself; null is nothing, lists are joined. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, i) => text + render(parts[i - 1] ?? null) + string))
}

/** What a library of ours made, such as a drawn chart. */
export function trustedHtml(text: string): Html {
  return new Html(text)
}

function render(part: Part): string {
  if (part === null) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(render).join('')
  return escapeHtml(String(part))
}

function escapeHtml(text: string): string {
  return showControls(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;')
}

/** Control characters and those that turn the direction of text around become visible: evidence may come from a hostile chain. */
export function showControls(text: string): string {
  return text.replace(
    /[^\P{Cc}\n\t]|\p{Cf}/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  )
}
