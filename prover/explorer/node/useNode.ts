import { useEffect, useState } from 'preact/hooks'
import type { z } from 'zod'
import { requestNode } from '../../../src/client/requestNode.ts'
import type { PoaError } from '../../../src/errors.ts'
import { keepAsking } from './keepAsking.ts'
import { revision, rollbacks } from './live.ts'
import { nodeUrl } from './nodeUrl.ts'

/** What the node answers. While it is asked again the last answer stays; an error that comes then stands beside it. */
export type Answer<Data> = { readonly data: Data | undefined; readonly error: PoaError | undefined }

/** Answers by path and query, so that a page which is gone back to is there at once. */
const lastAnswers = new Map<string, unknown>()
const KEPT_ANSWERS = 100

/**
 * Asks the node, and again whenever something has happened, or when it did not answer.
 * @param answer the schema that reads the answer: nothing is shown that does not fit it
 * @param path from `/v1/…` on; undefined asks nothing
 * @param isFinal whether only a reorganisation of the chain can change the answer
 */
export function useNode<Schema extends z.ZodType>(
  answer: Schema,
  path: string | undefined,
  query: Readonly<Record<string, string | undefined>> = {},
  { isFinal = false } = {},
): Answer<z.output<Schema>> {
  const known = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const key = path === undefined ? '' : `${path}?${new URLSearchParams(known)}`
  const [state, setState] = useState<Answer<z.output<Schema>> & { key: string }>({
    key: '',
    data: undefined,
    error: undefined,
  })
  // The key stands for path and query.
  useEffect(() => {
    if (path === undefined) return
    const asking = keepAsking(
      (signal) => requestNode(nodeUrl, { path, query: Object.fromEntries(known), answer }, { signal }),
      {
        answer: (data) => {
          keep(key, data)
          setState({ key, data, error: undefined })
        },
        failure: (error: PoaError) => setState({ key, data: lastAnswers.get(key) as z.output<Schema>, error }),
      },
    )
    const changes = isFinal ? rollbacks : revision
    const seen = changes.peek()
    const unsubscribe = changes.subscribe((count) => count > seen && asking.again())
    return () => {
      unsubscribe()
      asking.stop()
    }
  }, [key])
  return state.key === key ? state : { data: lastAnswers.get(key) as z.output<Schema> | undefined, error: undefined }
}

function keep(key: string, data: unknown): void {
  lastAnswers.delete(key)
  lastAnswers.set(key, data)
  if (lastAnswers.size > KEPT_ANSWERS) lastAnswers.delete(lastAnswers.keys().next().value!)
}
