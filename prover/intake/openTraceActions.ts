import { type Client, type Hex, hashTypedData } from 'viem'
import type { TraceActionRequest } from '../../src/api/submission.ts'
import { actionTypedData, type TraceAction } from '../../src/api/typedData.ts'
import type { Deployment } from '../../src/chain/Deployment.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import type { TraceFiles } from '../store/openTraceFiles.ts'
import type { ProofQueue } from '../worker/ProofQueue.ts'
import { retryJob } from '../worker/retryJob.ts'
import { cancelTrace } from './cancelTrace.ts'
import { openSignatureChecker } from './openSignatureChecker.ts'
import { RefusalError } from './RefusalError.ts'

export type TraceActionOptions = {
  readonly db: Pick<NodeDatabase, 'kysely'>
  readonly chain: { readonly client: Client; readonly chainId: number; readonly deployment: Deployment }
  readonly files: Pick<TraceFiles, 'cancel'>
  readonly queue: Pick<ProofQueue, 'enqueue'>
}

/**
 * What an operator may do with a trace of its model: cancel it while it is not sealed, or have its batch's dead proof job tried again. Both may be
 * repeated. The model's present operator signs, as it is the present operator who seals.
 * @throws (each action) RefusalError TRACE_UNKNOWN, ACTION_DEADLINE_PASSED, SIGNATURE_MALFORMED, SIGNER_NOT_OPERATOR, RPC_UNREACHABLE; to cancel
 * TRACE_BEING_SEALED; to retry TRACE_NOT_SEALED and what retryJob throws
 */
export type TraceActions = (traceId: Hex, action: TraceAction, request: TraceActionRequest) => Promise<void>

export function openTraceActions({ db, chain, files, queue }: TraceActionOptions): TraceActions {
  const { kysely } = db
  const domain = { chainId: BigInt(chain.chainId), escrow: chain.deployment.inferenceEscrow }
  const requireSignature = openSignatureChecker(chain.client)

  async function cancel(traceId: Hex): Promise<void> {
    const cancelledAs = await kysely.transaction().execute((trx) => cancelTrace(trx, traceId, {}))
    if (cancelledAs.kind === 'being-sealed')
      throw new RefusalError('TRACE_BEING_SEALED', 'the trace is sealed, or on its way to be')
    // Nothing must bring the trace back: not its file after a restart, not a database that a power cut took back to before this.
    if (cancelledAs.kind === 'cancelled') await files.cancel(cancelledAs.fileHash)
  }

  async function retry(traceId: Hex): Promise<void> {
    const trace = await kysely
      .selectFrom('trace_statuses')
      .select('batch_hash')
      .where('trace_id', '=', traceId)
      .executeTakeFirst()
    if (!trace?.batch_hash)
      throw new RefusalError('TRACE_NOT_SEALED', 'the trace is in no sealed batch, so nothing proves it')
    await retryJob(db, queue, trace.batch_hash as Hex)
  }

  return async (traceId, action, { deadline, signature }) => {
    const trace = await kysely
      .selectFrom('traces as t')
      .innerJoin('current_operators as o', 'o.model_id', 't.model_id')
      .select('o.operator')
      .where('t.trace_id', '=', traceId)
      .executeTakeFirst()
    if (trace === undefined) throw new RefusalError('TRACE_UNKNOWN', `this node has no trace ${traceId}`)
    if (deadline < BigInt(Math.floor(Date.now() / 1000)))
      throw new RefusalError('ACTION_DEADLINE_PASSED', `the signature was good until ${deadline}`)
    const digest = hashTypedData(actionTypedData(domain, { traceId, action, deadline }))
    await requireSignature({ digest, signature, operator: trace.operator as Hex })
    await { cancel, retry }[action](traceId)
  }
}
