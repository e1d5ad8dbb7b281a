import type { z } from 'zod'
import type { Page } from '../../src/api/views.ts'
import { requestNode } from '../../src/client/requestNode.ts'

/** The most that the node gives at once. */
const LARGEST_PAGE = 200

/**
 * All entries of one of the node's lists, page after page.
 * @param limit at most so many
 */
export async function requestAll<Item>(
  nodeUrl: string,
  path: string,
  page: z.ZodType<Page<Item>>,
  { query = {}, limit = Number.POSITIVE_INFINITY }: { query?: Record<string, string>; limit?: number } = {},
): Promise<Item[]> {
  const items: Item[] = []
  let after: string | null = null
  do {
    const { items: more, next }: Page<Item> = await requestNode(nodeUrl, {
      path,
      query: {
        ...query,
        limit: String(Math.min(limit - items.length, LARGEST_PAGE)),
        ...(after === null ? {} : { after }),
      },
      answer: page,
    })
    items.push(...more)
    after = next
  } while (after !== null && items.length < limit)
  return items.slice(0, limit)
}
