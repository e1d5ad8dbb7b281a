import { links } from './links.ts'

/** The page that a search text names: an account, a trace id, or the number of a batch. */
export function findTarget(text: string): string | undefined {
  const word = text.trim().replace(/^#|^batch\s+/i, '')
  if (/^0x[0-9a-fA-F]{40}$/.test(word)) return links.contributor(word)
  if (/^0x[0-9a-fA-F]{64}$/.test(word)) return links.trace(word.toLowerCase())
  if (/^\d{1,18}$/.test(word)) return links.batch(String(BigInt(word)))
  return undefined
}
