import type { Kysely } from 'kysely'
import { getAddress } from 'viem'
import type { NodeChain } from '../indexing/connectChain.ts'
import { describeRpcFailure } from '../indexing/openRpcs.ts'
import type { Tables } from '../store/tables.ts'
import { acquireSubmitter, requireSubmitter } from './acquireSubmitter.ts'
import { fillNonceGap } from './fillNonceGap.ts'
import { sendIntents } from './sendIntents.ts'
import type { ChainHead, SentTransaction, TransactionRound } from './TransactionRound.ts'
import { watchTransaction } from './watchTransaction.ts'

/**
 * One round over the account's transactions: looks at those that were sent, then sends those that are intended, then sees to it that no missing nonce holds
 * up the rest. Each is looked at on its own; a failure of one does not keep the others.
 * @throws PoaError SUBMITTER_LOST when the lock is gone; nothing is signed then. The first failure of the round, once all have had their turn:
 * INSUFFICIENT_FUNDS, FEE_CAP_REACHED, NONCE_IMPLAUSIBLE, BROADCAST_REFUSED, RPC_UNREACHABLE, RPC_REFUSED, WRONG_CHAIN. All of them may pass: the next round
 * goes on where this one stopped.
 */
export async function runTransactions(round: TransactionRound): Promise<void> {
  const { db, chain, wallet, submitter } = round
  requireSubmitter(submitter, wallet.address)
  const failures: unknown[] = []
  const attempt = (action: Promise<void>) => action.catch((failure) => void failures.push(failure))

  const address = getAddress(wallet.address)
  for (const sender of await readSenders(db.kysely))
    if (sender !== address) await attempt(watchAbandoned(round, sender))
  if (await hasWork(db.kysely, address)) {
    // An RPC on another chain has no receipts and another nonce: it would tell us that everything is lost.
    await chain.requireChain()
    const head = await readHead(chain, address)
    for (const transaction of await readUnsettled(db.kysely, address))
      await attempt(watchTransaction(round, transaction, head, { canSign: true }))
    await attempt(sendIntents(round, head))
    await attempt(fillNonceGap(round, head))
  }
  if (failures.length > 0) throw describeRpcFailure(failures[0])
}

/**
 * What an account left behind that no process signs for any more, because its key was replaced: intents are given up, so that they can be planned anew, and
 * what it signed is watched and sent again.
 */
async function watchAbandoned(round: TransactionRound, sender: string): Promise<void> {
  const { db, chain, logger } = round
  const lock = await acquireSubmitter(db, getAddress(sender))
  if (lock === undefined) return // it has a process of its own
  try {
    const { numUpdatedRows } = await db.kysely
      .updateTable('transactions')
      .set({ state: 'lost', reason_code: 'SENDER_GONE', updated_at: new Date() })
      .where('sender', '=', sender)
      .where('state', '=', 'intended')
      .executeTakeFirst()
    if (numUpdatedRows > 0n)
      logger.warn({ sender, intents: `${numUpdatedRows}` }, 'gave up the intents of another account')
    const left = await readUnsettled(db.kysely, sender)
    if (left.length === 0) return
    await chain.requireChain()
    const head = await readHead(chain, sender)
    for (const transaction of left) await watchTransaction(round, transaction, head, { canSign: false })
  } finally {
    await lock.release()
  }
}

async function readSenders(kysely: Kysely<Tables>): Promise<string[]> {
  const rows = await kysely
    .selectFrom('transactions')
    .select('sender')
    .distinct()
    .where('state', 'in', ['intended', 'broadcast', 'mined'])
    .execute()
  return rows.map(({ sender }) => sender)
}

/** Keeps an idle node from asking its RPC every second. */
async function hasWork(kysely: Kysely<Tables>, sender: string): Promise<boolean> {
  const intended = await kysely
    .selectFrom('transactions')
    .select('transaction_id')
    .where('sender', '=', sender)
    .where('state', '=', 'intended')
    .limit(1)
    .executeTakeFirst()
  return intended !== undefined || (await selectUnsettled(kysely, sender).limit(1).executeTakeFirst()) !== undefined
}

async function readHead({ client }: NodeChain, sender: string): Promise<ChainHead> {
  const blockNumber = await client.getBlockNumber()
  const minedNonce = await client.getTransactionCount({ address: getAddress(sender), blockTag: 'latest' })
  return { blockNumber, minedNonce: BigInt(minedNonce) }
}

/**
 * What may still change: sent, mined, and the last final one when the mirror has another block where it was mined, or none. A reorganisation that goes deeper
 * than the confirmations takes back the last one first; once that is no longer final, the one before it is looked at.
 */
function selectUnsettled(kysely: Kysely<Tables>, sender: string) {
  return kysely
    .selectFrom('transactions as x')
    .selectAll()
    .where('sender', '=', sender)
    .where(({ eb, or, and, not, exists, selectFrom }) =>
      or([
        eb('state', 'in', ['broadcast', 'mined']),
        and([
          eb('state', '=', 'final'),
          eb(
            'nonce',
            '=',
            selectFrom('transactions')
              .select(({ fn }) => fn.max('nonce').as('last'))
              .where('sender', '=', sender)
              .where('state', '=', 'final'),
          ),
          exists(selectFrom('blocks').whereRef('number', '>=', 'x.mined_block_number')),
          not(
            exists(
              selectFrom('blocks')
                .whereRef('number', '=', 'x.mined_block_number')
                .whereRef('hash', '=', 'x.mined_block_hash'),
            ),
          ),
        ]),
      ]),
    )
    .orderBy('nonce')
}

async function readUnsettled(kysely: Kysely<Tables>, sender: string): Promise<SentTransaction[]> {
  const rows = await selectUnsettled(kysely, sender).execute()
  if (rows.length === 0) return []
  const attempts = await kysely
    .selectFrom('transaction_attempts')
    .selectAll()
    .where(
      'transaction_id',
      'in',
      rows.map(({ transaction_id }) => transaction_id),
    )
    .orderBy('created_at')
    .orderBy('max_fee_per_gas')
    .execute()
  return rows.map((row) => ({
    ...row,
    gas_limit: row.gas_limit!,
    nonce: row.nonce!,
    attempts: attempts.filter(({ transaction_id }) => transaction_id === row.transaction_id),
  }))
}
