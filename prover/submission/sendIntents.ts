import type { Selectable } from 'kysely'
import { getAddress, type Hex } from 'viem'
import { PoaError } from '../../src/errors.ts'
import type { Tables } from '../store/tables.ts'
import { chooseFees, type Fees } from './chooseFees.ts'
import { insufficientFunds, sendRaw } from './sendRaw.ts'
import { signAttempt } from './signAttempt.ts'
import { simulateTransaction } from './simulateTransaction.ts'
import type { ChainHead, TransactionRound } from './TransactionRound.ts'

/** As many as nodes commonly keep for one account. */
const MAX_IN_FLIGHT = 16
/** What else may wait for the key, from elsewhere. An RPC that tells of more is believed in nothing: whatever lay before its nonce had to be filled. */
const MOST_PENDING = 64n
/** Of the estimate, in hundredths: what others do in between may make it dearer. */
const GAS_PERCENT = 120n

/** These concern the account: what comes after would fail alike. */
const OF_THE_ACCOUNT = ['FEE_CAP_REACHED', 'INSUFFICIENT_FUNDS', 'SUBMITTER_LOST', 'NONCE_IMPLAUSIBLE']

type Intended = Selectable<Tables['transactions']>

/**
 * Signs, stores and sends what is intended, oldest first. What the contract would refuse is never signed.
 * @throws the first failure, after every other intent had its turn
 */
export async function sendIntents(round: TransactionRound, { blockNumber, minedNonce }: ChainHead): Promise<void> {
  const intents = await readIntents(round)
  if (intents.length === 0) return
  const failures: unknown[] = []
  const nonces = await freeNonces(round, minedNonce)
  let fees: Fees | undefined
  for (const intent of intents) {
    try {
      const gasLimit = await prepare(round, intent)
      if (gasLimit === undefined) continue
      fees ??= await chooseFees(round.chain, round.maxFeePerGasWei)
      await requireFunds(round, gasLimit * fees.maxFeePerGas)
      await signAndSend(round, intent, { gasLimit, fees, nonce: nonces.next().value, blockNumber })
    } catch (failure) {
      failures.push(failure)
      if (failure instanceof PoaError && OF_THE_ACCOUNT.includes(failure.code)) break
    }
  }
  if (failures.length > 0) throw failures[0]
}

async function readIntents({ db: { kysely }, wallet }: TransactionRound): Promise<Intended[]> {
  const sender = getAddress(wallet.address)
  const { inFlight } = await kysely
    .selectFrom('transactions')
    .select(({ fn }) => fn.countAll<bigint>().as('inFlight'))
    .where('sender', '=', sender)
    .where('state', '=', 'broadcast')
    .executeTakeFirstOrThrow()
  return kysely
    .selectFrom('transactions')
    .selectAll()
    .where('sender', '=', sender)
    .where('state', '=', 'intended')
    .orderBy('transaction_id')
    .limit(Math.max(0, MAX_IN_FLIGHT - Number(inFlight)))
    .execute()
}

/**
 * The limit of gas for an intent, or undefined when the contract would refuse it, which is stored. Both on the newest block and not on the pending one: what
 * is pending may never be, and the first settlement of an epoch, which later ones wait for, costs the most.
 */
async function prepare({ db, chain, logger }: TransactionRound, intent: Intended): Promise<bigint | undefined> {
  const refusal = await simulateTransaction(chain, intent)
  if (refusal !== undefined) {
    await db.kysely
      .updateTable('transactions')
      .set({ state: 'refused', reason_code: refusal.code, reason: refusal.reason, updated_at: new Date() })
      .where('transaction_id', '=', intent.transaction_id)
      .execute()
    logger.info(
      { transactionId: `${intent.transaction_id}`, kind: intent.kind, ...refusal },
      'not sent: it would revert',
    )
    return undefined
  }
  const estimate = await chain.client.estimateGas({
    account: getAddress(intent.sender),
    to: getAddress(intent.recipient),
    data: intent.data as Hex,
    blockTag: 'latest',
  })
  return (estimate * GAS_PERCENT + 99n) / 100n
}

/** @throws PoaError INSUFFICIENT_FUNDS before a nonce is taken: nodes hold the account to all that it has in flight */
async function requireFunds({ db, chain, wallet }: TransactionRound, costWei: bigint): Promise<void> {
  const balanceWei = await chain.client.getBalance({ address: wallet.address })
  const inFlight = await db.kysely
    .selectFrom('transactions as x')
    .innerJoin('transaction_attempts as a', 'a.transaction_id', 'x.transaction_id')
    .select(({ fn }) => ['x.gas_limit', fn.max('a.max_fee_per_gas').as('fee')])
    .where('x.sender', '=', getAddress(wallet.address))
    .where('x.state', '=', 'broadcast')
    .groupBy(['x.transaction_id', 'x.gas_limit'])
    .execute()
  const neededWei = inFlight.reduce((sum, { gas_limit, fee }) => sum + gas_limit! * fee, costWei)
  if (balanceWei < neededWei)
    throw insufficientFunds(`${wallet.address} holds ${balanceWei} wei and needs up to ${neededWei}`)
}

/**
 * From what the chain has pending, the nonces that no live transaction of ours holds: a gap is filled before the end is taken. Mempools forget, so the chain's
 * word alone does not do; and the key may have been used elsewhere, so neither does the database's.
 * @throws PoaError NONCE_IMPLAUSIBLE
 */
async function freeNonces(
  { db, chain, wallet }: TransactionRound,
  minedNonce: bigint,
): Promise<Generator<bigint, never>> {
  const pending = await chain.client.getTransactionCount({ address: wallet.address, blockTag: 'pending' })
  if (BigInt(pending) > minedNonce + MOST_PENDING)
    throw new PoaError('NONCE_IMPLAUSIBLE', `the RPC has ${minedNonce} mined of ${pending} transactions`, {
      hint: 'Ask another RPC, or wait until what else was sent with this key is mined.',
    })
  const held = await db.kysely
    .selectFrom('transactions')
    .select('nonce')
    .where('sender', '=', getAddress(wallet.address))
    .where('nonce', '>=', BigInt(pending))
    .where('state', 'in', ['broadcast', 'mined', 'final'])
    .execute()
  const taken = new Set(held.map(({ nonce }) => nonce))
  return (function* () {
    for (let nonce = BigInt(pending); ; nonce += 1n) if (!taken.has(nonce)) yield nonce
  })()
}

async function signAndSend(
  round: TransactionRound,
  { transaction_id, kind, recipient, data }: Intended,
  { gasLimit, fees, nonce, blockNumber }: { gasLimit: bigint; fees: Fees; nonce: bigint; blockNumber: bigint },
): Promise<void> {
  const { db, chain, onStep, logger } = round
  const attempt = await signAttempt(round, { to: recipient, data, gasLimit, nonce }, fees)
  await db.kysely.transaction().execute(async (trx) => {
    await trx
      .updateTable('transactions')
      .set({ state: 'broadcast', gas_limit: gasLimit, nonce, updated_at: new Date() })
      .where('transaction_id', '=', transaction_id)
      .execute()
    await trx
      .insertInto('transaction_attempts')
      .values({ ...attempt, transaction_id, signed_at_block: blockNumber })
      .execute()
  })
  await onStep(`${kind}.signed`)
  await sendRaw(chain, attempt.raw)
  logger.info({ transactionId: `${transaction_id}`, kind, nonce: `${nonce}`, hash: attempt.hash }, 'sent')
  await onStep(`${kind}.broadcast`)
}
