import type { Kysely } from 'kysely'
import type { Address, Hex } from 'viem'
import type { Tables, TransactionKind, TransactionState } from '../store/tables.ts'

/** States in which a transaction stands for what it is to do, so that no other may be planned for it. */
export const LIVE_STATES: readonly TransactionState[] = ['intended', 'broadcast', 'mined', 'final']

const FIRST_REST_MS = 5_000
const LONGEST_REST_MS = 600_000

export type Intent = {
  readonly kind: TransactionKind
  /** What it does: the batch hash of a seal, the context of a settlement (decimal). */
  readonly subject: string
  readonly sender: Address
  readonly recipient: Address
  readonly data: Hex
}

/**
 * Stores what is to be sent, before anything is signed.
 * @returns undefined when a live transaction does it already, or when it was refused so lately that the mirror may not have caught up with the reason
 */
export async function intendTransaction(kysely: Kysely<Tables>, intent: Intent): Promise<bigint | undefined> {
  if (await isResting(kysely, intent)) return undefined
  const inserted = await kysely
    .insertInto('transactions')
    .values({ ...intent, state: 'intended' })
    .onConflict((conflict) => conflict.doNothing())
    .returning('transaction_id')
    .executeTakeFirst()
  return inserted?.transaction_id
}

/** Every refusal doubles the rest: what is refused for ever leaves a few rows an hour. */
async function isResting(kysely: Kysely<Tables>, { kind, subject }: Intent): Promise<boolean> {
  const refused = await kysely
    .selectFrom('transactions')
    .select(({ fn }) => [fn.countAll<bigint>().as('count'), fn.max('updated_at').as('latest')])
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .where('state', '=', 'refused')
    .executeTakeFirstOrThrow()
  if (refused.latest === null) return false
  const restMs = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (Number(refused.count) - 1))
  return Date.now() < refused.latest.getTime() + restMs
}
