import { getAddress } from 'viem'
import { chooseFees } from './chooseFees.ts'
import { sendRaw } from './sendRaw.ts'
import { signAttempt } from './signAttempt.ts'
import type { ChainHead, TransactionRound } from './TransactionRound.ts'

/**
 * A nonce that nothing of ours holds keeps every later one waiting: its transaction was given up, or was mined, reverted, and taken back. After as long
 * a wait as for a raise of fees, a transfer of nothing to ourselves takes its place. It is not stored: at most one of a nonce is ever mined, and each round
 * makes it anew with the fees of the day.
 */
export async function fillNonceGap(round: TransactionRound, { minedNonce }: ChainHead): Promise<void> {
  const { db, chain, wallet, bumpAfterMs, logger } = round
  const waiting = await db.kysely
    .selectFrom('transactions as x')
    .innerJoin('transaction_attempts as a', 'a.transaction_id', 'x.transaction_id')
    .select(({ fn }) => ['x.nonce', fn.min('a.created_at').as('since')])
    .where('x.sender', '=', getAddress(wallet.address))
    .where('x.nonce', '>=', minedNonce)
    .where('x.state', 'in', ['broadcast', 'mined', 'final'])
    .groupBy('x.nonce')
    .execute()
  if (waiting.some(({ nonce }) => nonce === minedNonce)) return
  if (!waiting.some(({ since }) => Date.now() - since.getTime() >= bumpAfterMs)) return
  const to = wallet.address
  const gasLimit = await chain.client.estimateGas({ account: to, to })
  const fees = await chooseFees(chain, round.maxFeePerGasWei)
  const { raw, hash } = await signAttempt(round, { to, data: '0x', gasLimit, nonce: minedNonce }, fees)
  await sendRaw(chain, raw)
  logger.warn({ nonce: `${minedNonce}`, hash }, 'filled a nonce that kept later transactions waiting')
}
