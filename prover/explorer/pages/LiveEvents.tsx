import { useEffect, useRef, useState } from 'preact/hooks'
import type { EventView } from '../../../src/api/views.ts'
import { recentEvents } from '../node/live.ts'
import { Moment } from '../parts/Moment.tsx'
import { Section } from '../parts/Page.tsx'
import { links } from '../routing/links.ts'

const WORDS: Readonly<Record<string, string>> = {
  'trace.accepted': 'A trace was accepted',
  'trace.cancelled': 'A trace was cancelled',
  'request.paid': 'An inference was paid for',
  'request.refunded': 'An inference was refunded',
  'batch.sealed': 'A batch was sealed',
  'batch.settled': 'A batch was settled',
  'proof.queued': 'A proof was ordered',
  'proof.started': 'Proving began',
  'proof.done': 'A proof is made',
  'proof.dead': 'A proof was given up',
  'epoch.closed': 'An epoch was closed',
  'chain.rolled-back': 'The chain took blocks back',
}

const ANNOUNCED_EVERY_MS = 10_000

/** What has happened since the page was opened. */
export function LiveEvents() {
  const events = recentEvents.value
  return (
    <Section title="Just now" note="Since this page was opened">
      {events.length === 0 ? (
        <p class="empty">Nothing has happened yet. What happens at the node appears here by itself.</p>
      ) : (
        <ol class="events">
          {events.map((event) => (
            <li key={event.eventId}>
              <EventText event={event} /> <Moment at={event.at} relative />
            </li>
          ))}
        </ol>
      )}
      <Announcement words={events[0] === undefined ? '' : wordsOf(events[0])} />
    </Section>
  )
}

/** The newest event, for those who listen: not oftener than one can listen, and without the ages in the list, which change by themselves. */
function Announcement({ words }: { words: string }) {
  const [said, setSaid] = useState(words)
  const saidAt = useRef(0)
  useEffect(() => {
    const say = () => {
      saidAt.current = Date.now()
      setSaid(words)
    }
    const timer = setTimeout(say, Math.max(0, saidAt.current + ANNOUNCED_EVERY_MS - Date.now()))
    return () => clearTimeout(timer)
  }, [words])
  return (
    <p class="visually-hidden" role="status">
      {said}
    </p>
  )
}

function wordsOf({ kind, batchId }: EventView): string {
  const words = WORDS[kind] ?? kind
  return batchId === null ? words : `${words}: batch ${batchId}`
}

function EventText({ event }: { event: EventView }) {
  const { traceId, batchId } = event
  if (batchId !== null) return <a href={links.batch(batchId)}>{wordsOf(event)}</a>
  if (traceId !== null) return <a href={links.trace(traceId)}>{wordsOf(event)}</a>
  return <span>{wordsOf(event)}</span>
}
