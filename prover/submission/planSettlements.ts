import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { type Address, encodeFunctionData, getAddress, type Hex } from 'viem'
import { inferenceEscrowAbi } from '../../src/chain/abi.ts'
import { settleArguments } from '../../src/chain/settleBatch.ts'
import { PoaError } from '../../src/errors.ts'
import { parseProof } from '../../src/proof/verifyProof.ts'
import { parseSettlementClaim } from '../../src/statement/settlementClaim.ts'
import type { NodeChain } from '../indexing/connectChain.ts'
import type { OnStep } from '../steps.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import type { Tables } from '../store/tables.ts'
import { intendTransaction, LIVE_STATES } from './intendTransaction.ts'
import { readFittingProofs, selectOpenBatches } from './openBatches.ts'

/**
 * Stores an intent to settle for every open batch that has a proof, one a batch however many proofs there are.
 * @returns how many were stored
 */
export async function planSettlements({
  db,
  chain,
  account,
  onStep,
  logger,
}: {
  db: NodeDatabase
  chain: NodeChain
  /** Who is to send it; the prover's share goes to whom the proof names. */
  account: Address
  onStep: OnStep
  logger: Logger
}): Promise<number> {
  const batches = await selectUnattendedBatches(db.kysely).execute()
  const fitting = await readFittingProofs(db.kysely, chain, batches)
  let planned = 0
  for (const { batch_hash, batch_id } of batches) {
    const context = fitting.get(batch_hash)?.[0]
    if (context === undefined) continue
    const data = await encodeSettle(db.kysely, context).catch((error) => {
      if (!(error instanceof PoaError)) throw error
      logger.error({ batchId: `${batch_id}`, code: error.code }, 'a stored proof cannot be read')
    })
    if (data === undefined) continue
    const transactionId = await intendTransaction(db.kysely, {
      kind: 'settle',
      subject: `${context}`,
      sender: getAddress(account),
      recipient: chain.deployment.inferenceEscrow,
      data,
    })
    if (transactionId === undefined) continue
    planned += 1
    logger.info({ transactionId: `${transactionId}`, batchId: `${batch_id}` }, 'will settle')
    await onStep('settle.intended')
  }
  return planned
}

/** Open batches with a proof, and no live transaction that settles with any of their proofs. */
function selectUnattendedBatches(kysely: Kysely<Tables>) {
  return selectOpenBatches(kysely)
    .where(({ exists, selectFrom }) => exists(selectFrom('proofs as p').whereRef('p.batch_hash', '=', 'b.batch_hash')))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('proofs as p')
            .innerJoin('transactions as x', (on) =>
              on.on(({ eb, cast }) => eb('x.subject', '=', cast<string>('p.context', 'text'))),
            )
            .whereRef('p.batch_hash', '=', 'b.batch_hash')
            .where('x.kind', '=', 'settle')
            .where('x.state', 'in', LIVE_STATES),
        ),
      ),
    )
}

async function encodeSettle(kysely: Kysely<Tables>, context: bigint): Promise<Hex> {
  const { claim, proof } = await kysely
    .selectFrom('proofs')
    .select(['claim', 'proof'])
    .where('context', '=', context)
    .executeTakeFirstOrThrow()
  return encodeFunctionData({
    abi: inferenceEscrowAbi,
    functionName: 'settle',
    args: settleArguments({ claim: parseSettlementClaim(claim), proof: parseProof(proof) }),
  })
}
