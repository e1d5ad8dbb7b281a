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

/** What has happened since the page was opened. */
export function LiveEvents() {
  const events = recentEvents.value
  return (
    <Section title="Just now" note="Since this page was opened">
      {events.length === 0 ? (
        <p class="empty">Nothing has happened yet. What happens at the node appears here by itself.</p>
      ) : (
        <ol class="events" aria-live="polite">
          {events.map((event) => (
            <li key={event.eventId}>
              <EventText event={event} /> <Moment at={event.at} relative />
            </li>
          ))}
        </ol>
      )}
    </Section>
  )
}

function EventText({ event: { kind, traceId, batchId } }: { event: EventView }) {
  const words = WORDS[kind] ?? kind
  if (batchId !== null) return <a href={links.batch(batchId)}>{`${words}: batch ${batchId}`}</a>
  if (traceId !== null) return <a href={links.trace(traceId)}>{words}</a>
  return <span>{words}</span>
}
