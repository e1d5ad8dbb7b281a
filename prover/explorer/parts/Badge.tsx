/** What a word about a state says of it, for its colour; the word itself says it without. */
const TONES: Readonly<Record<string, 'good' | 'busy' | 'bad' | 'quiet'>> = {
  settled: 'good',
  closed: 'good',
  production: 'good',
  done: 'good',
  accepted: 'busy',
  paid: 'busy',
  sealing: 'busy',
  sealed: 'busy',
  proving: 'busy',
  settling: 'busy',
  queued: 'busy',
  active: 'busy',
  open: 'busy',
  dev: 'bad',
  expired: 'bad',
  failed: 'bad',
  mismatched: 'bad',
  dead: 'bad',
}

export function Badge({ state, label = state }: { state: string; label?: string }) {
  return <span class={`badge ${TONES[state] ?? 'quiet'}`}>{label}</span>
}

/** Whether figures add up, said in a word and a sign. */
export function Check({ ok, yes, no }: { ok: boolean; yes: string; no: string }) {
  return <span class={`check ${ok ? 'good' : 'bad'}`}>{ok ? yes : no}</span>
}
