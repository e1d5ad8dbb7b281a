import { FIELD_ORDER } from '../../field.ts'
import { poolOfFee } from '../../statement/bookBatch.ts'
import { hashBatch, type SealedTraces } from '../../statement/context.ts'
import type { RequestFacts, RequestRow } from '../AuditRow.ts'
import type { Place } from '../Finding.ts'
import { askState } from '../stateQuestions.ts'
import {
  type ArgsOf,
  type Books,
  currentOperatorOf,
  type Epoch,
  epochKey,
  isRetiredAt,
  type Model,
  type Occasion,
  type OpenBatch,
  type OpenRequest,
  operatorAt,
} from './Books.ts'
import { finishOpenBatch } from './openBatches.ts'
import { findModel, reportUnknown, requireNextId, requireUsableCircuit } from './registries.ts'

/** The escrow's `MAXIMUM_FEE_WEI`. */
const MAXIMUM_FEE_WEI = 2n ** 76n - 1n
/** The escrow's `RequestState`. */
export const REQUEST_STATE = { paid: 1, sealed: 2, settled: 3, refunded: 4 } as const

export function openEpoch(books: Books, event: ArgsOf<'EpochOpened'>, { place, block }: Occasion): void {
  const { modelId, epochId, modelVersion, indexVersion, circuitId, policyId, endsAt } = event
  const { output } = books
  const model = findModel(books, modelId, place)
  if (model === undefined) return
  const subject = { modelId, epochId }
  if (policyId > books.policyCount) {
    // Its terms are not known, so nothing is judged by them.
    reportUnknown(books, { ...subject, policyId }, place, `policy ${policyId}`)
    books.policyCount = policyId
  }
  const running = books.epochs.get(epochKey(modelId, model.currentEpochId))
  if (running !== undefined && continues(books, running, block.timestamp)) {
    output.find('EPOCH_RULE_BROKEN', subject, place, {
      expected: `epoch ${running.epochId}`,
      found: `epoch ${epochId}`,
      message: `epoch ${epochId} was opened while epoch ${running.epochId} still accepted payments`,
    })
  }
  model.currentEpochId = requireNextId(books, 'epochId', epochId, model.currentEpochId, place, { modelId })
  if (policyId !== books.policyCount) {
    output.find('EPOCH_POLICY_DIFFERS', subject, place, {
      expected: books.policyCount,
      found: policyId,
      message: `epoch ${epochId} of model ${modelId} pinned policy ${policyId} when policy ${books.policyCount} was current`,
    })
  }
  const expected = versionsOf(model)
  const versions = `head ${modelVersion}, index ${indexVersion}, circuit ${circuitId}`
  if (expected !== versions) {
    output.find('EPOCH_VERSIONS_DIFFER', subject, place, {
      expected,
      found: versions,
      message: `epoch ${epochId} of model ${modelId} pinned other versions than were registered last`,
    })
  } else {
    const index = model.indexes.get(model.indexVersion)
    if (index?.modelVersion !== model.modelVersion) {
      output.find('EPOCH_VERSIONS_DIFFER', subject, place, {
        expected: `an index of head ${model.modelVersion}`,
        found: index === undefined ? 'no index' : `index ${model.indexVersion}, of head ${index.modelVersion}`,
        message: `epoch ${epochId} of model ${modelId} was opened when the newest head had no index, which the registry refuses`,
      })
    }
  }
  // The replay goes on by the rule: where the ledger did pin something else, what follows differs and says so.
  const pinned = pinnedNow(books, model) ?? event
  requireUsableCircuit(books, pinned.circuitId, subject, place)
  const policy = books.policies.get(pinned.policyId)
  if (policy !== undefined && BigInt(block.timestamp + policy.epochLength) !== endsAt) {
    output.find('EPOCH_END_DIFFERS', subject, place, {
      expected: block.timestamp + policy.epochLength,
      found: endsAt,
      message: `epoch ${epochId} of model ${modelId} ends ${policy.epochLength} seconds after it opened`,
    })
  }
  const endsBy = policy === undefined ? Number(endsAt) : block.timestamp + policy.epochLength
  addEpoch(books, { modelId, epochId, ...pinned, openedAt: block.timestamp, endsAt: endsBy })
  books.transaction!.opened.set(epochKey(modelId, epochId), { subject, place })
}

/** Epochs that the transaction opened without a payment that enters them. */
export function finishOpenings({ output, transaction }: Books): void {
  for (const { subject, place } of transaction!.opened.values()) {
    output.find('EPOCH_RULE_BROKEN', subject, place, {
      expected: 'a payment that enters it in the same transaction',
      found: 'none',
      message: 'an epoch was opened without a payment, which alone can open one',
    })
  }
}

type Pinned = Pick<Epoch, 'modelVersion' | 'indexVersion' | 'circuitId' | 'policyId'>

/** What an epoch that opens now pins; undefined when an event that says so is hidden. */
function pinnedNow({ policyCount }: Books, { modelVersion, indexVersion, versions }: Model): Pinned | undefined {
  const circuitId = versions.get(modelVersion)?.circuitId
  return circuitId === undefined ? undefined : { modelVersion, indexVersion, circuitId, policyId: policyCount }
}

function addEpoch(books: Books, pinned: Pinned & Pick<Epoch, 'modelId' | 'epochId' | 'openedAt' | 'endsAt'>): Epoch {
  const { modelId, epochId, modelVersion, indexVersion, circuitId, policyId, openedAt, endsAt } = pinned
  const slots = books.circuits.get(circuitId)?.contributors ?? 0
  const booked = () => ({ poolsWei: 0n, earningsWei: Array<bigint>(slots).fill(0n) })
  const epoch: Epoch = {
    modelId,
    epochId,
    modelVersion,
    indexVersion,
    circuitId,
    policyId,
    openedAt,
    endsAt,
    requests: 0,
    settledRequests: 0,
    refundedRequests: 0,
    batches: 0,
    own: booked(),
    logged: booked(),
  }
  books.epochs.set(epochKey(modelId, epochId), epoch)
  books.totals.epochs += 1
  return epoch
}

const versionsOf = ({ modelVersion, indexVersion, versions }: Model) =>
  `head ${modelVersion}, index ${indexVersion}, circuit ${versions.get(modelVersion)?.circuitId}`

/** EpochLedger.admitRequest: whether a payment at this second still enters the epoch. */
function continues({ circuits, policyCount }: Books, epoch: Epoch, timestamp: number): boolean {
  return (
    timestamp < epoch.endsAt &&
    epoch.policyId === policyCount &&
    (circuits.get(epoch.circuitId)?.retiredAt ?? null) === null
  )
}

export function payRequest(books: Books, event: ArgsOf<'RequestPaid'>, { place, block }: Occasion): void {
  const { requestId, modelId, payer, epochId, feeWei, poolWei, sealDeadline } = event
  const { output } = books
  noteSkipped(books.skipped.requests, books.requestCount, requestId)
  books.requestCount = requireNextId(books, 'requestId', requestId, books.requestCount, place)
  const subject = { requestId, modelId, epochId }
  if (feeWei < 1n || feeWei > MAXIMUM_FEE_WEI) {
    output.find('FEE_OUT_OF_RANGE', subject, place, {
      expected: `1 .. ${MAXIMUM_FEE_WEI}`,
      found: feeWei,
      message: `request ${requestId} was paid with a fee that the escrow refuses`,
    })
  }
  books.transaction!.opened.delete(epochKey(modelId, epochId))
  const epoch = enterEpoch(books, event, place, block.timestamp)
  const policy = epoch && books.policies.get(epoch.policyId)
  const expectedPool = policy === undefined ? poolWei : poolOfFee(feeWei, policy)
  const expectedDeadline = policy === undefined ? Number(sealDeadline) : block.timestamp + policy.sealWindow
  if (policy !== undefined) {
    if (expectedPool !== poolWei) {
      output.find('POOL_DIFFERS', subject, place, {
        expected: expectedPool,
        found: poolWei,
        message: `the pool of request ${requestId} is not ${policy.contributorsBps} basis points of its fee`,
      })
    }
    if (BigInt(expectedDeadline) !== sealDeadline) {
      output.find('DEADLINE_DIFFERS', subject, place, {
        expected: expectedDeadline,
        found: sealDeadline,
        message: `request ${requestId} is to be sealed within ${policy.sealWindow} seconds`,
      })
    }
  }
  if (epoch !== undefined) epoch.requests += 1
  books.totals.requests += 1
  books.totals.feesWei += feeWei
  books.requests.set(requestId, {
    requestId,
    modelId,
    epochId,
    payer,
    feeWei,
    poolWei: expectedPool,
    paidAt: block.timestamp,
    sealDeadline: expectedDeadline,
    batchId: null,
    place,
  })
}

/** Ids that are remembered as left out, so that what follows from it is not reported as well; ids of strangers may leave out any number. */
const MOST_SKIPPED = 10_000

function noteSkipped(skipped: Set<bigint>, count: bigint, nextId: bigint): void {
  for (let id = count + 1n; id < nextId && skipped.size < MOST_SKIPPED; id++) skipped.add(id)
}

/** The epoch of a payment; when the event that opened it is hidden, what the rule makes of it. */
function enterEpoch(books: Books, event: ArgsOf<'RequestPaid'>, place: Place, timestamp: number): Epoch | undefined {
  const { requestId, modelId, epochId } = event
  const model = findModel(books, modelId, place)
  if (model === undefined) return undefined
  const known = books.epochs.get(epochKey(modelId, epochId))
  if (known === undefined && epochId > model.currentEpochId) {
    reportUnknown(books, { modelId, epochId }, place, `epoch ${epochId} of model ${modelId}`)
    model.currentEpochId = epochId
    const pinned = pinnedNow(books, model)
    if (pinned === undefined) return undefined
    const endsAt = timestamp + (books.policies.get(pinned.policyId)?.epochLength ?? 0)
    return addEpoch(books, { modelId, epochId, ...pinned, openedAt: timestamp, endsAt })
  }
  const isRight = known !== undefined && epochId === model.currentEpochId && continues(books, known, timestamp)
  if (!isRight) {
    books.output.find('EPOCH_RULE_BROKEN', { requestId, modelId, epochId }, place, {
      expected:
        known === undefined || epochId !== model.currentEpochId ? `epoch ${model.currentEpochId}` : 'a new epoch',
      found: `epoch ${epochId}`,
      message: `request ${requestId} entered an epoch that no longer accepted payments`,
    })
  }
  return known
}

export function sealBatch(books: Books, event: ArgsOf<'BatchSealed'>, { place, block }: Occasion): void {
  const { batchId, modelId, epochId, batchHash, settleDeadline, leaves } = event
  const { output } = books
  noteSkipped(books.skipped.batches, books.batchCount, batchId)
  books.batchCount = requireNextId(books, 'batchId', batchId, books.batchCount, place)
  const subject = { batchId, modelId, epochId }
  const ownHash = hashBatch(leaves)
  if (ownHash !== batchHash) {
    output.find('BATCH_HASH_DIFFERS', subject, place, {
      expected: ownHash,
      found: batchHash,
      message: `the hash of batch ${batchId} is not that of its leaves`,
    })
  }
  const epoch = books.epochs.get(epochKey(modelId, epochId))
  if (epoch === undefined) reportUnknown(books, subject, place, `an open epoch ${epochId} of model ${modelId}`)
  const circuit = epoch && requireUsableCircuit(books, epoch.circuitId, subject, place)
  requireLeaves(books, leaves, subject, place, circuit?.traces ?? leaves.requestIds.length)
  const requests = leaves.requestIds.map((requestId) => sealRequest(books, requestId, event, place, block.timestamp))
  for (const [position, request] of requests.entries()) {
    const poolWei = leaves.pools[position]
    if (request === undefined || request.poolWei === poolWei) continue
    output.find('POOL_DIFFERS', { ...subject, requestId: request.requestId, position }, place, {
      expected: request.poolWei,
      found: poolWei,
      message: `batch ${batchId} was sealed with another pool of request ${request.requestId} than was paid`,
    })
  }
  const policy = epoch && books.policies.get(epoch.policyId)
  let settleBy = Number(settleDeadline)
  if (policy !== undefined && requests.length > 0 && requests.every((request) => request !== undefined)) {
    settleBy = Math.min(...requests.map((request) => request.sealDeadline)) + policy.settleWindow
    if (BigInt(settleBy) !== settleDeadline) {
      output.find('DEADLINE_DIFFERS', subject, place, {
        expected: settleBy,
        found: settleDeadline,
        message: `batch ${batchId} is to be settled within ${policy.settleWindow} seconds after its first seal deadline`,
      })
    }
  }
  books.totals.batches += 1
  const model = books.models.get(modelId)
  const feesWei = requests.reduce<bigint | null>(
    (sum, request) => (sum === null || request === undefined ? null : sum + request.feeWei),
    0n,
  )
  books.batches.set(batchId, {
    batchId,
    modelId,
    epochId,
    batchHash,
    leaves,
    place,
    feesWei,
    settleDeadline: settleBy,
    sealedAt: block.timestamp,
    operator: model === undefined ? null : currentOperatorOf(model),
    open: requests.filter((request) => request !== undefined).length,
  })
}

function requireLeaves(books: Books, leaves: SealedTraces, subject: object, place: Place, maximum: number): void {
  const { requestIds, inputCommitments, outputCommitments } = leaves
  if (requestIds.length < 1 || requestIds.length > maximum) {
    books.output.find('BATCH_SIZE_OUT_OF_RANGE', subject, place, {
      expected: `1 .. ${maximum}`,
      found: requestIds.length,
      message: 'a batch holds at least one inference, and at most as many as its circuit has slots',
    })
  }
  for (const [position, commitment] of [...inputCommitments.entries(), ...outputCommitments.entries()]) {
    if (commitment > 0n && commitment < FIELD_ORDER) continue
    books.output.find('COMMITMENT_OUT_OF_RANGE', { ...subject, position }, place, {
      expected: '1 .. r-1',
      found: commitment,
      message: 'a commitment is a field element other than zero',
    })
  }
}

function sealRequest(
  books: Books,
  requestId: bigint,
  { batchId, modelId, epochId }: Pick<ArgsOf<'BatchSealed'>, 'batchId' | 'modelId' | 'epochId'>,
  place: Place,
  timestamp: number,
): OpenRequest | undefined {
  const request = books.requests.get(requestId)
  const subject = { batchId, requestId }
  if (request === undefined) {
    // Reported where its id was found missing.
    if (books.skipped.requests.has(requestId)) return undefined
    if (requestId > books.requestCount) reportUnknown(books, subject, place, `request ${requestId}`)
    else reportState(books, subject, place, 'Paid', 'settled or refunded')
    return undefined
  }
  if (request.batchId !== null) reportState(books, subject, place, 'Paid', `sealed in batch ${request.batchId}`)
  if (request.modelId !== modelId || request.epochId !== epochId) {
    books.output.find('REQUEST_OF_OTHER_EPOCH', subject, place, {
      expected: `model ${modelId}, epoch ${epochId}`,
      found: `model ${request.modelId}, epoch ${request.epochId}`,
      message: `request ${requestId} was paid in another epoch than batch ${batchId} is of`,
    })
  }
  if (timestamp > request.sealDeadline) {
    books.output.find('DEADLINE_PASSED', subject, place, {
      expected: `at most ${request.sealDeadline}`,
      found: timestamp,
      message: `request ${requestId} was sealed after its seal deadline`,
    })
  }
  request.batchId = batchId
  return request
}

export function reportState(books: Books, subject: object, place: Place, expected: string, found: string): void {
  books.output.find('REQUEST_NOT_PAID', subject, place, {
    expected,
    found,
    message: `a request must be ${expected.toLowerCase()} for this, and was ${found}`,
  })
}

/** Takes the requests of a batch off the books, in the sealed order, and expects the escrow to call them settled. */
export function settleRequests(
  books: Books,
  { batchId, leaves, modelId, epochId }: OpenBatch,
  place: Place,
): RequestFacts[] {
  const epoch = books.epochs.get(epochKey(modelId, epochId))
  const facts: RequestFacts[] = []
  for (const requestId of leaves.requestIds) {
    const request = books.requests.get(requestId)
    if (epoch !== undefined) epoch.settledRequests += 1
    books.totals.settledRequests += 1
    if (request === undefined) continue
    if (request.batchId !== batchId) {
      reportState(
        books,
        { batchId, requestId },
        place,
        'Sealed in this batch',
        request.batchId === null ? 'paid' : `sealed in batch ${request.batchId}`,
      )
    }
    expectRequest(books, request, REQUEST_STATE.settled)
    books.requests.delete(requestId)
    facts.push(factsOf(request))
  }
  return facts
}

export const factsOf = ({ requestId, payer, feeWei, poolWei, paidAt }: OpenRequest): RequestFacts => ({
  requestId,
  payer,
  feeWei,
  poolWei,
  paidAt,
})

/** Expects what the escrow answers of a request. */
export function expectRequest(books: Books, request: OpenRequest, state: number): void {
  const { requestId, modelId, epochId, payer, feeWei, poolWei } = request
  // Of an epoch whose terms are hidden, which has been reported, nobody knows the deadlines.
  const epoch = books.epochs.get(epochKey(modelId, epochId))
  if (epoch === undefined || !books.policies.has(epoch.policyId)) return
  const answer = {
    payer,
    feeWei,
    poolWei,
    state,
    modelId: Number(modelId),
    epochId: Number(epochId),
    deadline: deadlineOf(books, request, state),
  }
  const question = askState('inferenceEscrow', 'requestOf', requestId)
  books.answers.expect(question, 'REQUEST_STATE_DIFFERS', { requestId, modelId, epochId }, [answer])
}

/** The escrow gives the seal deadline while a request is Paid, and else the settle deadline. */
export function deadlineOf(books: Books, request: OpenRequest, state: number): number {
  if (state === REQUEST_STATE.paid) return request.sealDeadline
  const epoch = books.epochs.get(epochKey(request.modelId, request.epochId))
  return request.sealDeadline + ((epoch && books.policies.get(epoch.policyId)?.settleWindow) ?? 0)
}

export function refundRequest(books: Books, event: ArgsOf<'RequestRefunded'>, { place, block }: Occasion): void {
  const { requestId, modelId, payer, feeWei } = event
  const request = books.requests.get(requestId)
  const subject = { requestId, modelId }
  if (request === undefined) {
    if (requestId > books.requestCount || books.skipped.requests.has(requestId))
      reportUnknown(books, subject, place, `request ${requestId}`)
    else reportState(books, subject, place, 'Paid or Sealed', 'settled or refunded before')
    // The ledger credits it all the same; why it may not is said.
    books.transaction!.due.push({
      account: payer,
      cause: 'refunded',
      amountWei: feeWei,
      loggedWei: feeWei,
      subject,
      place,
    })
    return
  }
  const deadline = deadlineOf(books, request, request.batchId === null ? REQUEST_STATE.paid : REQUEST_STATE.sealed)
  if (block.timestamp <= deadline) {
    books.output.find('REFUND_TOO_EARLY', subject, place, {
      expected: `after ${deadline}`,
      found: block.timestamp,
      message: `request ${requestId} was refunded while it could still be ${request.batchId === null ? 'sealed' : 'settled'}`,
    })
  }
  const given = `${feeWei} wei to ${payer} for model ${modelId}`
  const expected = `${request.feeWei} wei to ${request.payer} for model ${request.modelId}`
  if (given !== expected) {
    books.output.find('REFUND_DIFFERS', subject, place, {
      expected,
      found: given,
      message: `the refund of request ${requestId} is not its fee to its payer, or for another model`,
    })
  }
  const epoch = books.epochs.get(epochKey(request.modelId, request.epochId))
  if (epoch !== undefined) epoch.refundedRequests += 1
  books.totals.refundedRequests += 1
  books.totals.refundedWei += request.feeWei
  books.transaction!.due.push({
    account: request.payer,
    cause: 'refunded',
    amountWei: request.feeWei,
    loggedWei: feeWei,
    subject,
    place,
  })
  // The escrow says the seal deadline of Paid requests only.
  expectRequest(books, request, REQUEST_STATE.refunded)
  books.requests.delete(requestId)
  books.output.row(requestRow(books, request, deadline, { refundedAt: block.timestamp, place }))
  const batch = request.batchId === null ? undefined : books.batches.get(request.batchId)
  if (batch === undefined) return
  batch.open -= 1
  if (batch.open > 0) return
  finishOpenBatch(books, batch, [])
  books.batches.delete(batch.batchId)
}

/** A request that was refunded, or that is in no batch at the pinned block. */
export function requestRow(
  books: Books,
  request: OpenRequest,
  deadline: number,
  { refundedAt, place }: Pick<RequestRow, 'refundedAt' | 'place'>,
): RequestRow {
  const { modelId, epochId, batchId, payer, sealDeadline } = request
  const model = books.models.get(modelId)
  const epoch = books.epochs.get(epochKey(modelId, epochId))
  const batch = batchId === null ? undefined : books.batches.get(batchId)
  const operator = batch?.operator ?? (model && operatorAt(model, sealDeadline))
  return {
    kind: 'request',
    ...factsOf(request),
    modelId,
    epochId,
    batchId,
    deadline,
    operator: operator ?? payer,
    isCircuitRetired: epoch !== undefined && isRetiredAt(books, epoch, deadline),
    refundedAt,
    place,
  }
}
