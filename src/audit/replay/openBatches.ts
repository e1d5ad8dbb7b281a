import type { RequestFacts } from '../AuditRow.ts'
import { askState } from '../stateQuestions.ts'
import { type Books, currentOperatorOf, epochKey, isRetiredAt, type OpenBatch } from './Books.ts'

/** Expects what the escrow answers of a batch. */
export function expectBatch(books: Books, batch: OpenBatch, isSettled: boolean): void {
  const { batchId, modelId, epochId, batchHash, settleDeadline, leaves, feesWei } = batch
  // A payment that is hidden has been reported; the sum of the fees cannot be told then.
  if (feesWei === null) return
  const answer = {
    batchHash,
    feesWei,
    settleDeadline,
    isSettled,
    count: leaves.requestIds.length,
    modelId: Number(modelId),
    epochId: Number(epochId),
  }
  const question = askState('inferenceEscrow', 'batchOf', batchId)
  books.answers.expect(question, 'BATCH_STATE_DIFFERS', { batchId, modelId, epochId }, [answer])
}

/** Hands on a batch that is not settled, and expects the escrow to say so: at the pinned block, or when its last request is refunded. */
export function finishOpenBatch(books: Books, batch: OpenBatch, requests: readonly RequestFacts[]): void {
  const { batchId, modelId, epochId, leaves, sealedAt, settleDeadline, place, feesWei, operator } = batch
  expectBatch(books, batch, false)
  const model = books.models.get(modelId)
  const epoch = books.epochs.get(epochKey(modelId, epochId))
  // The events that say more of it are hidden.
  if (model === undefined || epoch === undefined) return
  books.output.row({
    kind: 'batch',
    batchId,
    modelId,
    epochId,
    requests,
    sealedAt,
    settleDeadline,
    sealed: place,
    settlement: null,
    modelVersion: epoch.modelVersion,
    indexVersion: epoch.indexVersion,
    policyId: epoch.policyId,
    circuitId: epoch.circuitId,
    isCircuitRetired: isRetiredAt(books, epoch, settleDeadline),
    owner: model.owner,
    operator: operator ?? currentOperatorOf(model),
    feesWei: feesWei ?? 0n,
    poolsWei: leaves.pools.reduce((sum, pool) => sum + pool, 0n),
  })
}
