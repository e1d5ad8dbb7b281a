import { signal } from '@preact/signals'
import { type EventView, eventView } from '../../../src/api/views.ts'
import { nodeUrl } from './nodeUrl.ts'

/** Whether the node's event stream is open. */
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting')
/** Grows when what is shown may be out of date: every page then asks again. */
export const revision = signal(0)
/** Grows when the chain may have taken back what had happened for good. */
export const rollbacks = signal(0)
/** What happened since the page was opened, the newest first. */
export const recentEvents = signal<readonly EventView[]>([])

const SHORTEST_REFRESH_MS = 1500
const REOPEN_MS = 5000
const KEPT_EVENTS = 12
/** They tell how far work has come, which some page shows, and not that anything has happened. */
const QUIET_KINDS = new Set(['proof.progress'])

let source: EventSource | undefined
let refreshTimer: ReturnType<typeof setTimeout> | undefined
let reopenTimer: ReturnType<typeof setTimeout> | undefined
let refreshedAt = 0
let hasBeenOpen = false

/** Follows the node's events from now on. A hidden page lets go of its stream, since a browser has few connections to one host. */
export function followNode(): void {
  open()
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : source === undefined && open()))
}

function open(): void {
  clearTimeout(reopenTimer)
  const opened = new EventSource(new URL('v1/events', nodeUrl.replace(/\/?$/, '/')))
  source = opened
  opened.onopen = () => {
    connection.value = 'live'
    // What happened before it opened is not in the stream.
    refresh()
    if (hasBeenOpen) rollbacks.value++
    hasBeenOpen = true
  }
  opened.onmessage = ({ data }: MessageEvent<string>) => noteEvent(data)
  opened.onerror = () => {
    connection.value = 'lost'
    // A broken connection is tried again by the browser itself, a refusal is not.
    if (opened.readyState === EventSource.CLOSED) reopenTimer = setTimeout(open, REOPEN_MS)
  }
}

function close(): void {
  clearTimeout(reopenTimer)
  source?.close()
  source = undefined
  // Nobody looks, and it is opened again as soon as somebody does.
  connection.value = 'connecting'
}

function noteEvent(data: string): void {
  const event = eventView.safeParse(JSON.parse(data)).data
  if (event === undefined) return
  if (!QUIET_KINDS.has(event.kind)) recentEvents.value = [event, ...recentEvents.value].slice(0, KEPT_EVENTS)
  if (event.kind === 'chain.rolled-back') rollbacks.value++
  refresh()
}

/** Soon, and not more often than a busy node would like. */
function refresh(): void {
  if (refreshTimer !== undefined) return
  const waitMs = Math.max(200, refreshedAt + SHORTEST_REFRESH_MS - Date.now())
  refreshTimer = setTimeout(() => {
    refreshTimer = undefined
    refreshedAt = Date.now()
    revision.value++
  }, waitMs)
}
