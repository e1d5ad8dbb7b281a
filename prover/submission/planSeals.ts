import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { type Address, encodeFunctionData, getAddress } from 'viem'
import { inferenceEscrowAbi } from '../../src/chain/abi.ts'
import { hashBatch, type SealedTraces } from '../../src/statement/context.ts'
import type { NodeChain } from '../indexing/connectChain.ts'
import type { OnStep } from '../steps.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import type { Tables } from '../store/tables.ts'
import { intendTransaction, LIVE_STATES } from './intendTransaction.ts'
import { MIRRORED_TIME, readChainTime } from './readChainTime.ts'

/** A transaction takes a moment to be mined: what is closer to its deadline is left to be refunded. */
const DEADLINE_MARGIN_SECONDS = 5n
/** What is closer to its deadline than this, or than three times the age at which batches seal, waits for no company. */
const HURRY_SECONDS = 60

export type SealPlanning = {
  readonly db: NodeDatabase
  readonly chain: NodeChain
  /** Who is to seal: an operator, or a sealer that operators approved. */
  readonly account: Address
  /** How long a trace waits for its batch to fill up. */
  readonly maxAgeSeconds: number
  readonly onStep: OnStep
  readonly logger: Logger
}

type Candidate = Awaited<ReturnType<typeof readCandidates>>[number]

/**
 * Stores an intent to seal for every batch that is full, and for what waits too long or comes close to its deadline. Only traces that the model's present
 * operator signed: a seal speaks in its name.
 * @returns how many were stored
 */
export async function planSeals({ db, chain, account, maxAgeSeconds, onStep, logger }: SealPlanning): Promise<number> {
  const candidates = await readCandidates(db.kysely, getAddress(account))
  if (candidates.length === 0) return 0
  const now = await readChainTime(chain)
  const hurry = BigInt(Math.ceil(Math.max(HURRY_SECONDS, 3 * maxAgeSeconds)))
  const isDue = (batch: readonly Candidate[]) =>
    batch.length === batch[0]!.traces ||
    Date.now() - batch[0]!.accepted_at.getTime() >= maxAgeSeconds * 1000 ||
    batch.some(({ seal_deadline }) => seal_deadline - now < hurry)

  let planned = 0
  const inTime = candidates.filter(({ seal_deadline }) => seal_deadline - now > DEADLINE_MARGIN_SECONDS)
  for (const batch of groupIntoBatches(inTime).filter(isDue)) {
    const transactionId = await intendSeal(db.kysely, chain, getAddress(account), batch)
    if (transactionId === undefined) continue
    planned += 1
    const { model_id, epoch_id } = batch[0]!
    logger.info(
      { transactionId: `${transactionId}`, modelId: `${model_id}`, epochId: `${epoch_id}`, traces: batch.length },
      'will seal',
    )
    await onStep('seal.intended')
  }
  return planned
}

/** Paid, unsealed, not about to be sealed, and the account may seal them. Oldest first. */
function readCandidates(kysely: Kysely<Tables>, account: Address) {
  return kysely
    .selectFrom('requests as r')
    .innerJoin('traces as t', 't.request_id', 'r.request_id')
    .innerJoin('epochs as e', (on) => on.onRef('e.model_id', '=', 'r.model_id').onRef('e.epoch_id', '=', 'r.epoch_id'))
    .innerJoin('circuits as c', 'c.circuit_id', 'e.circuit_id')
    .innerJoin('current_operators as o', (on) =>
      on.onRef('o.model_id', '=', 'r.model_id').onRef('o.operator', '=', 't.operator'),
    )
    .select([
      't.trace_id',
      't.request_id',
      't.input_commitment',
      't.output_commitment',
      't.accepted_at',
      'r.model_id',
      'r.epoch_id',
      'r.pool_wei',
      'r.seal_deadline',
      'c.traces',
    ])
    .where('t.cancelled_at', 'is', null)
    .where('r.seal_deadline', '>=', MIRRORED_TIME)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('batch_requests as br').whereRef('br.request_id', '=', 'r.request_id'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('circuit_retirements as cr').whereRef('cr.circuit_id', '=', 'c.circuit_id'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('transaction_traces as tt')
            .innerJoin('transactions as x', 'x.transaction_id', 'tt.transaction_id')
            .whereRef('tt.trace_id', '=', 't.trace_id')
            .where('x.state', 'in', LIVE_STATES),
        ),
      ),
    )
    .where(({ eb, or, selectFrom }) =>
      or([
        eb('o.operator', '=', account),
        // The newest word of the operator about this sealer.
        eb(
          selectFrom('sealer_approvals as a')
            .select('a.is_approved')
            .whereRef('a.operator', '=', 'o.operator')
            .where('a.sealer', '=', account)
            .orderBy('a.block_number', 'desc')
            .orderBy('a.log_index', 'desc')
            .limit(1),
          '=',
          true,
        ),
      ]),
    )
    .orderBy('t.accepted_at')
    .orderBy('t.trace_id')
    .execute()
}

/** One batch holds traces of one model and one epoch, as many as its circuit takes. */
function groupIntoBatches(candidates: readonly Candidate[]): Candidate[][] {
  const batches: Candidate[][] = []
  const filling = new Map<string, Candidate[]>()
  for (const candidate of candidates) {
    const key = `${candidate.model_id}/${candidate.epoch_id}`
    let batch = filling.get(key)
    if (batch === undefined || batch.length === candidate.traces) {
      batch = []
      filling.set(key, batch)
      batches.push(batch)
    }
    batch.push(candidate)
  }
  return batches
}

function intendSeal(
  kysely: Kysely<Tables>,
  { deployment }: NodeChain,
  account: Address,
  batch: readonly Candidate[],
): Promise<bigint | undefined> {
  const sealed: SealedTraces = {
    requestIds: batch.map(({ request_id }) => request_id),
    pools: batch.map(({ pool_wei }) => pool_wei),
    inputCommitments: batch.map(({ input_commitment }) => input_commitment),
    outputCommitments: batch.map(({ output_commitment }) => output_commitment),
  }
  const traceIds = batch.map(({ trace_id }) => trace_id)
  return kysely.transaction().execute(async (trx) => {
    // Whoever cancels or replaces a trace locks its row too, then looks at the seals: one of the two sees what the other did.
    const locked = await trx
      .selectFrom('traces')
      .select('trace_id')
      .where('trace_id', 'in', traceIds)
      .where('cancelled_at', 'is', null)
      .orderBy('trace_id')
      .forUpdate()
      .execute()
    if (locked.length < traceIds.length) return undefined
    const taken = await trx
      .selectFrom('transaction_traces as tt')
      .innerJoin('transactions as x', 'x.transaction_id', 'tt.transaction_id')
      .select('tt.trace_id')
      .where('tt.trace_id', 'in', traceIds)
      .where('x.state', 'in', LIVE_STATES)
      .executeTakeFirst()
    if (taken !== undefined) return undefined
    const transactionId = await intendTransaction(trx, {
      kind: 'seal',
      subject: hashBatch(sealed),
      sender: account,
      recipient: deployment.inferenceEscrow,
      data: encodeFunctionData({
        abi: inferenceEscrowAbi,
        functionName: 'seal',
        args: [batch[0]!.model_id, sealed.requestIds, sealed.inputCommitments, sealed.outputCommitments],
      }),
    })
    if (transactionId === undefined) return undefined
    await trx
      .insertInto('transaction_traces')
      .values(traceIds.map((trace_id, position) => ({ transaction_id: transactionId, trace_id, position })))
      .execute()
    return transactionId
  })
}
