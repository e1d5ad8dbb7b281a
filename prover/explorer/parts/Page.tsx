import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Answer } from '../node/useNode.ts'
import { route } from '../routing/route.ts'

const SITE = 'Proof of Attribution'

/** A page: its title, the way to it, and what it says in one sentence. */
export function Page(props: {
  title: string
  heading?: ComponentChildren
  /** Pages above this one. */
  trail?: readonly (readonly [title: string, href: string])[]
  lead?: ComponentChildren
  children: ComponentChildren
}) {
  const { title, heading = title, trail, lead, children } = props
  const isContinued = route.value.query.has('after')
  useEffect(() => {
    document.title = `${title}${isContinued ? ', continued' : ''} · ${SITE}`
  }, [title, isContinued])
  return (
    <>
      {trail !== undefined && (
        <nav class="trail" aria-label="Breadcrumb">
          <ol>
            {trail.map(([name, href]) => (
              <li key={href}>
                <a href={href}>{name}</a>
              </li>
            ))}
          </ol>
        </nav>
      )}
      <h1 tabIndex={-1}>{heading}</h1>
      {lead !== undefined && <p class="lead">{lead}</p>}
      {children}
    </>
  )
}

export function Section(props: { title: string; note?: ComponentChildren; children: ComponentChildren }) {
  const { title, note, children } = props
  return (
    <section class="card">
      <h2>{title}</h2>
      {note !== undefined && <p class="note">{note}</p>}
      {children}
    </section>
  )
}

/** What the node answered once it has; until then its outline, and what to do when it refuses. */
export function Loaded<Data>({
  answer,
  children,
}: {
  answer: Answer<Data>
  children: (data: Data) => ComponentChildren
}) {
  const { data, error } = answer
  return (
    <>
      {error !== undefined && (
        <div class="notice bad" role="alert">
          <strong>{data === undefined ? 'This cannot be shown.' : 'This may be out of date.'}</strong> {error.message}{' '}
          <code>{error.code}</code>
          <p>The page asks again by itself.</p>
        </div>
      )}
      {data !== undefined ? children(data) : error === undefined && <Skeleton />}
    </>
  )
}

function Skeleton() {
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">Loading</span>
      <div />
      <div />
      <div />
    </div>
  )
}
