import { route } from '../routing/route.ts'

/** To the next page of a list and back to its beginning. */
export function Pager({ next }: { next: string | null }) {
  const { segments, query } = route.value
  const after = query.get('after')
  if (next === null && after === null) return null
  const hrefWith = (value: string | null) => {
    const changed = new URLSearchParams(query)
    if (value === null) changed.delete('after')
    else changed.set('after', value)
    return `#/${segments.join('/')}${changed.size > 0 ? `?${changed}` : ''}`
  }
  return (
    <nav class="pager" aria-label="Pages of this list">
      {after !== null && <a href={hrefWith(null)}>First page</a>}
      {next !== null && <a href={hrefWith(next)}>Next page</a>}
    </nav>
  )
}
