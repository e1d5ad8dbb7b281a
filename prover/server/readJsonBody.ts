import { RefusalError } from '../intake/RefusalError.ts'

/** What we read is nested five deep at most. */
const LARGEST_DEPTH = 16
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a body. Says nothing of what is wrong with it but that it is: a body can hold private values.
 * @throws RefusalError MALFORMED_JSON or JSON_TOO_DEEP
 */
export function readJsonBody(body: Buffer): unknown {
  let text: string
  try {
    text = utf8.decode(body)
  } catch {
    throw new RefusalError('MALFORMED_JSON', 'the body is not UTF-8')
  }
  if (depthOf(text) > LARGEST_DEPTH)
    throw new RefusalError('JSON_TOO_DEEP', `the body is nested more than ${LARGEST_DEPTH} deep`)
  try {
    return JSON.parse(text)
  } catch {
    throw new RefusalError('MALFORMED_JSON', 'the body is not JSON')
  }
}

/** How many brackets are open at once, at most; those inside strings do not count. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++
    } else if (character === '[' || character === '{') {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (character === ']' || character === '}') depth -= 1
  }
  return deepest
}
