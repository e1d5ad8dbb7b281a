import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { connection } from './node/live.ts'
import { nodeUrl } from './node/nodeUrl.ts'
import { AttributionPage } from './pages/AttributionPage.tsx'
import { BatchesPage } from './pages/BatchesPage.tsx'
import { BatchPage } from './pages/BatchPage.tsx'
import { ContractsPage } from './pages/ContractsPage.tsx'
import { ContributorEpochPage } from './pages/ContributorEpochPage.tsx'
import { ContributorPage } from './pages/ContributorPage.tsx'
import { ContributorsPage } from './pages/ContributorsPage.tsx'
import { EpochPage } from './pages/EpochPage.tsx'
import { EpochsPage } from './pages/EpochsPage.tsx'
import { HealthPage } from './pages/HealthPage.tsx'
import { ModelPage } from './pages/ModelPage.tsx'
import { ModelsPage } from './pages/ModelsPage.tsx'
import { OverviewPage } from './pages/OverviewPage.tsx'
import { ProversPage } from './pages/ProversPage.tsx'
import { TracePage } from './pages/TracePage.tsx'
import { TracesPage } from './pages/TracesPage.tsx'
import { UnknownPage } from './pages/UnknownPage.tsx'
import { Icon, type IconName } from './parts/Icon.tsx'
import { Mark } from './parts/Mark.tsx'
import { chooseNextTheme, themeChoice } from './parts/theme.ts'
import { findTarget } from './routing/findTarget.ts'
import { links } from './routing/links.ts'
import { route } from './routing/route.ts'

type Entry = { readonly name: string; readonly icon: IconName; readonly href: string }

const NAVIGATION: readonly { readonly title: string; readonly entries: readonly Entry[] }[] = [
  {
    title: 'Pay',
    entries: [
      { name: 'Overview', icon: 'overview', href: links.overview },
      { name: 'Contributors', icon: 'contributors', href: links.contributors },
      { name: 'Attribution', icon: 'attribution', href: links.attribution },
      { name: 'Epochs', icon: 'epochs', href: links.epochs },
    ],
  },
  {
    title: 'Proof',
    entries: [
      { name: 'Batches', icon: 'batches', href: links.batches },
      { name: 'Traces', icon: 'traces', href: links.traces },
      { name: 'Models', icon: 'models', href: links.models },
      { name: 'Provers', icon: 'provers', href: links.provers },
    ],
  },
  {
    title: 'Trust',
    entries: [
      { name: 'Contracts', icon: 'contracts', href: links.contracts },
      { name: 'Health', icon: 'health', href: links.health },
    ],
  },
]

export function App() {
  const { segments, query } = route.value
  const path = segments.join('/')
  // The next page of a list is another place as well.
  const place = `${path} ${query.get('after') ?? ''}`
  const main = useRef<HTMLElement>(null)
  const menu = useRef<HTMLButtonElement>(null)
  const [isMenuOpen, setIsMenuOpen] = useState(false)
  useEffect(() => {
    if (!isMenuOpen) return
    const closeByKey = ({ key }: KeyboardEvent) => {
      if (key !== 'Escape') return
      setIsMenuOpen(false)
      menu.current?.focus()
    }
    addEventListener('keydown', closeByKey)
    return () => removeEventListener('keydown', closeByKey)
  }, [isMenuOpen])
  const arrivedAt = useRef(place)
  useEffect(() => {
    if (arrivedAt.current === place) return
    arrivedAt.current = place
    // As when a page is loaded: from its top, and read out from its heading.
    setIsMenuOpen(false)
    scrollTo(0, 0)
    main.current?.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }, [place])
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <a class="brand" href={links.overview}>
          <Mark />
          <span>Proof of Attribution</span>
        </a>
        <Find />
        <LiveSign />
        <ThemeButton />
        <button
          type="button"
          class="menu"
          ref={menu}
          aria-expanded={isMenuOpen}
          aria-controls="navigation"
          onClick={() => setIsMenuOpen(!isMenuOpen)}
        >
          <Icon name="menu" />
          <span class="visually-hidden">Menu</span>
        </button>
      </header>
      <div class="body">
        <nav id="navigation" class={isMenuOpen ? 'side open' : 'side'} aria-label="Pages">
          {NAVIGATION.map(({ title, entries }) => (
            <div key={title}>
              <p>{title}</p>
              <ul>
                {entries.map(({ name, icon, href }) => (
                  <li key={href}>
                    <a
                      href={href}
                      aria-current={isWithin(href, segments[0]) ? 'page' : undefined}
                      onClick={() => setIsMenuOpen(false)}
                    >
                      <Icon name={icon} />
                      {name}
                    </a>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
        <main ref={main} tabIndex={-1} key={path}>
          {pageFor(segments)}
        </main>
      </div>
      <footer>
        <p>
          Shown as the node at <code>{new URL(nodeUrl).host}</code> has read the chain.{' '}
          <a href={new URL('docs', nodeUrl.replace(/\/?$/, '/')).href}>Its API</a>
        </p>
      </footer>
    </>
  )
}

const isWithin = (href: string, first: string | undefined) => href === `#/${first ?? ''}`

function pageFor([first, id, ...rest]: readonly string[]): ComponentChildren {
  if (id === undefined) {
    switch (first) {
      case undefined:
        return <OverviewPage />
      case 'traces':
        return <TracesPage />
      case 'batches':
        return <BatchesPage />
      case 'models':
        return <ModelsPage />
      case 'contributors':
        return <ContributorsPage />
      case 'attribution':
        return <AttributionPage />
      case 'epochs':
        return <EpochsPage />
      case 'provers':
        return <ProversPage />
      case 'contracts':
        return <ContractsPage />
      case 'health':
        return <HealthPage />
      default:
        return <UnknownPage />
    }
  }
  if (first === 'epochs' && rest.length === 1) return <EpochPage modelId={id} epochId={rest[0]!} />
  if (first === 'contributors' && rest.length === 3 && rest[0] === 'epochs')
    return <ContributorEpochPage account={id} modelId={rest[1]!} epochId={rest[2]!} />
  if (rest.length > 0) return <UnknownPage />
  switch (first) {
    case 'traces':
      return <TracePage traceId={id} />
    case 'batches':
      return <BatchPage batchId={id} />
    case 'models':
      return <ModelPage modelId={id} />
    case 'contributors':
      return <ContributorPage account={id} />
    default:
      return <UnknownPage />
  }
}

/** Goes to what is named. */
function Find() {
  const [isUnknown, setIsUnknown] = useState(false)
  return (
    <search>
      <form
        class="find"
        onSubmit={(event) => {
          event.preventDefault()
          const field = event.currentTarget.elements.namedItem('text') as HTMLInputElement
          const target = findTarget(field.value)
          setIsUnknown(target === undefined)
          if (target === undefined) return
          location.hash = target
          field.value = ''
        }}
      >
        <Icon name="search" />
        <input
          name="text"
          type="search"
          autocomplete="off"
          spellcheck={false}
          placeholder="Address, trace id or batch number"
          aria-label="Find an address, a trace id or a batch number"
          aria-invalid={isUnknown}
          onInput={() => setIsUnknown(false)}
        />
        {isUnknown && (
          <span class="hint" role="alert">
            That is no address, trace id or batch number.
          </span>
        )}
      </form>
    </search>
  )
}

const CONNECTION_WORDS = { connecting: 'connecting', live: 'live', lost: 'not live' } as const
const CONNECTION_TITLES = {
  connecting: 'The event stream is being opened',
  live: 'Pages follow what happens at the node',
  lost: 'The event stream is not open; it is tried again',
} as const

function LiveSign() {
  const state = connection.value
  return (
    <span class={`live is-${state}`} role="status" title={CONNECTION_TITLES[state]}>
      <span class="dot" />
      <span class="word">{CONNECTION_WORDS[state]}</span>
    </span>
  )
}

function ThemeButton() {
  const choice = themeChoice.value
  return (
    <button
      type="button"
      class="theme"
      onClick={chooseNextTheme}
      title={`Colours: ${choice}`}
      aria-label={`Colours: ${choice}. Change`}
    >
      <Icon name={choice} />
    </button>
  )
}
