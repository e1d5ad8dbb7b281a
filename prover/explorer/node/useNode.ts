import { useEffect, useState } from 'preact/hooks'
import type { z } from 'zod'
import { requestNode } from '../../../src/client/requestNode.ts'
import type { PoaError } from '../../../src/errors.ts'
import { revision } from './live.ts'
import { nodeUrl } from './nodeUrl.ts'

/** What the node answers. While it is asked again the last answer stays; an error that comes then stands beside it. */
export type Answer<Data> = { readonly data: Data | undefined; readonly error: PoaError | undefined }

/** Answers by path and query, so that a page which is gone back to is there at once. */
const lastAnswers = new Map<string, unknown>()
const KEPT_ANSWERS = 100

/**
 * Asks the node, and again whenever something has happened.
 * @param answer the schema that reads the answer: nothing is shown that does not fit it
 * @param path from `/v1/…` on; undefined asks nothing
 */
export function useNode<Schema extends z.ZodType>(
  answer: Schema,
  path: string | undefined,
  query: Readonly<Record<string, string | undefined>> = {},
): Answer<z.output<Schema>> {
  const known = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const key = path === undefined ? '' : `${path}?${new URLSearchParams(known)}`
  const [state, setState] = useState<Answer<z.output<Schema>> & { key: string }>({
    key: '',
    data: undefined,
    error: undefined,
  })
  const asked = revision.value
  // The key stands for path and query, and `asked` is why it is asked again.
  useEffect(() => {
    if (path === undefined) return
    const controller = new AbortController()
    requestNode(nodeUrl, { path, query: Object.fromEntries(known), answer }, { signal: controller.signal }).then(
      (data) => {
        keep(key, data)
        setState({ key, data, error: undefined })
      },
      (error: PoaError) => {
        if (!controller.signal.aborted) setState({ key, data: lastAnswers.get(key) as z.output<Schema>, error })
      },
    )
    return () => controller.abort()
  }, [key, asked])
  return state.key === key ? state : { data: lastAnswers.get(key) as z.output<Schema> | undefined, error: undefined }
}

function keep(key: string, data: unknown): void {
  lastAnswers.delete(key)
  lastAnswers.set(key, data)
  if (lastAnswers.size > KEPT_ANSWERS) lastAnswers.delete(lastAnswers.keys().next().value!)
}
