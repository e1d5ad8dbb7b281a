import type { Updateable } from 'kysely'
import {
  getAddress,
  type Hex,
  TransactionNotFoundError,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from 'viem'
import type { Tables } from '../store/tables.ts'
import { chooseFees, type Fees, raiseFees } from './chooseFees.ts'
import { sendRaw } from './sendRaw.ts'
import { signAttempt } from './signAttempt.ts'
import { simulateTransaction } from './simulateTransaction.ts'
import type { ChainHead, SentTransaction, TransactionRound } from './TransactionRound.ts'

/**
 * Looks for the receipt of a transaction that was signed, and does what its absence asks for.
 * @param canSign false for another account's: its fees stay as they are
 */
export async function watchTransaction(
  round: TransactionRound,
  transaction: SentTransaction,
  head: ChainHead,
  { canSign }: { canSign: boolean },
): Promise<void> {
  const receipt = await findReceipt(round, transaction)
  if (receipt !== undefined) return recordReceipt(round, transaction, receipt, head)
  if (transaction.state !== 'broadcast') {
    const unmined = { mined_hash: null, mined_block_number: null, mined_block_hash: null, gas_used: null }
    await update(round, transaction, { state: 'broadcast', ...unmined })
    tell(round, transaction, 'no longer mined: a reorganisation took it back')
  }
  if (head.minedNonce > transaction.nonce) {
    if (await isSpentForGood(round, transaction, head)) {
      await update(round, transaction, { state: 'lost', reason_code: 'NONCE_SPENT' })
      tell(round, transaction, 'lost: another transaction has its nonce')
    }
    return
  }
  const isKnown = await hasTransaction(round, transaction.attempts.at(-1)!.hash)
  if (!isKnown && (await giveUpIfRefused(round, transaction))) return
  let capFailure: unknown
  if (canSign && isStuck(round, transaction, head)) {
    const raised = await raise(round, transaction).catch((failure) => {
      capFailure = failure
    })
    if (raised !== undefined) return resign(round, transaction, raised, head)
  }
  if (!isKnown) await send(round, transaction, transaction.attempts.at(-1)!.raw)
  if (capFailure !== undefined) throw capFailure
}

async function findReceipt(
  { chain: { client } }: TransactionRound,
  { attempts }: SentTransaction,
): Promise<TransactionReceipt | undefined> {
  for (const { hash } of attempts.toReversed()) {
    try {
      return await client.getTransactionReceipt({ hash: hash as Hex })
    } catch (error) {
      if (!(error instanceof TransactionReceiptNotFoundError)) throw error
    }
  }
  return undefined
}

async function recordReceipt(
  round: TransactionRound,
  transaction: SentTransaction,
  receipt: TransactionReceipt,
  head: ChainHead,
): Promise<void> {
  const mined = {
    mined_hash: receipt.transactionHash,
    mined_block_number: receipt.blockNumber,
    mined_block_hash: receipt.blockHash,
    gas_used: receipt.gasUsed,
  }
  if (receipt.status === 'reverted') {
    // Asked after the block, when what made it revert holds; an RPC without old states leaves us without the name.
    const refusal = await simulateTransaction(round.chain, transaction, receipt.blockNumber).catch(() => undefined)
    const reason = { reason_code: refusal?.code ?? 'REVERTED', reason: refusal?.reason ?? null }
    await update(round, transaction, { state: 'refused', ...mined, ...reason })
    return tell(round, transaction, 'mined, and reverted')
  }
  const isNew = transaction.mined_block_hash !== receipt.blockHash
  const state = head.blockNumber - receipt.blockNumber + 1n >= BigInt(round.confirmations) ? 'final' : 'mined'
  if (!isNew && state === transaction.state) return
  if (isNew && transaction.kind === 'settle') await round.onStep('settle.mined')
  await update(round, transaction, { state, ...mined })
  tell(round, transaction, state)
}

/**
 * Whether its nonce was spent by another transaction, `confirmations` blocks ago: receipts come later than nonces on some nodes, and a reorganisation may
 * give the nonce back.
 */
async function isSpentForGood(
  { chain: { client }, confirmations }: TransactionRound,
  { sender, nonce }: SentTransaction,
  { blockNumber }: ChainHead,
): Promise<boolean> {
  const before = blockNumber - BigInt(confirmations)
  if (before < 0n) return false
  return BigInt(await client.getTransactionCount({ address: getAddress(sender), blockNumber: before })) > nonce
}

async function hasTransaction({ chain: { client } }: TransactionRound, hash: string): Promise<boolean> {
  try {
    await client.getTransaction({ hash: hash as Hex })
    return true
  } catch (error) {
    if (error instanceof TransactionNotFoundError) return false
    throw error
  }
}

/**
 * Signed, in no mempool, and to no purpose any more: sending it would burn gas, and some nodes take nothing that reverts. Its nonce goes to the next intent,
 * or is filled.
 */
async function giveUpIfRefused(round: TransactionRound, transaction: SentTransaction): Promise<boolean> {
  const refusal = await simulateTransaction(round.chain, transaction)
  if (refusal === undefined) return false
  // Mined since we looked, it is itself the reason.
  const address = getAddress(transaction.sender)
  const minedNonce = await round.chain.client.getTransactionCount({ address, blockTag: 'latest' })
  if (BigInt(minedNonce) > transaction.nonce) return true
  await update(round, transaction, { state: 'refused', reason_code: refusal.code, reason: refusal.reason })
  tell(round, transaction, 'given up: it would revert')
  return true
}

/** First in line, old enough, and a block has come since that could have taken it: while no blocks come, no fee helps. */
function isStuck({ bumpAfterMs }: TransactionRound, { nonce, attempts }: SentTransaction, head: ChainHead): boolean {
  const { created_at, signed_at_block } = attempts.at(-1)!
  return (
    nonce === head.minedNonce && head.blockNumber > signed_at_block && Date.now() - created_at.getTime() >= bumpAfterMs
  )
}

async function raise({ chain, maxFeePerGasWei }: TransactionRound, { attempts }: SentTransaction): Promise<Fees> {
  const { max_fee_per_gas, max_priority_fee_per_gas } = attempts.at(-1)!
  const previous = { maxFeePerGas: max_fee_per_gas, maxPriorityFeePerGas: max_priority_fee_per_gas }
  return raiseFees(previous, await chooseFees(chain, maxFeePerGasWei), maxFeePerGasWei)
}

async function resign(
  round: TransactionRound,
  transaction: SentTransaction,
  fees: Fees,
  { blockNumber }: ChainHead,
): Promise<void> {
  const { transaction_id, recipient: to, data, gas_limit: gasLimit, nonce } = transaction
  const attempt = await signAttempt(round, { to, data, gasLimit, nonce }, fees)
  await round.db.kysely
    .insertInto('transaction_attempts')
    .values({ ...attempt, transaction_id, signed_at_block: blockNumber })
    .execute()
  tell(round, transaction, 'not mined: signed again with higher fees')
  await send(round, transaction, attempt.raw)
}

async function send(round: TransactionRound, transaction: SentTransaction, raw: string): Promise<void> {
  await sendRaw(round.chain, raw)
  tell(round, transaction, 'sent again')
  await round.onStep(`${transaction.kind}.broadcast`)
}

async function update(
  { db }: TransactionRound,
  { transaction_id }: SentTransaction,
  change: Updateable<Tables['transactions']>,
): Promise<void> {
  await db.kysely
    .updateTable('transactions')
    .set({ ...change, updated_at: new Date() })
    .where('transaction_id', '=', transaction_id)
    .execute()
}

function tell({ logger }: TransactionRound, { transaction_id, kind, nonce }: SentTransaction, what: string): void {
  logger.info({ transactionId: `${transaction_id}`, kind, nonce: `${nonce}` }, what)
}
