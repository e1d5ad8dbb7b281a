import { type Address, isAddressEqual } from 'viem'
import { InvalidInputError } from '../../errors.ts'
import { SHAPE_NAMES, type Shape, shapeNamed } from '../../shape.ts'
import { bookBatch, earningWeiRoundedDown, requireEarningsWithinPools } from '../../statement/bookBatch.ts'
import { listPublicSignals } from '../../statement/buildStatement.ts'
import { type BatchContext, computeContext, hashBatch, type SealedTraces } from '../../statement/context.ts'
import { derivePublicSignals } from '../../statement/settlementClaim.ts'
import type { BatchRow } from '../AuditRow.ts'
import type { DisclosedBatch } from '../DisclosedBatch.ts'
import { recomputeTraces } from '../explain/recomputeTraces.ts'
import type { Place } from '../Finding.ts'
import { askState } from '../stateQuestions.ts'
import type { ProofItem } from '../VerifyProofs.ts'
import {
  type ArgsOf,
  type Booked,
  type Books,
  type CreditCause,
  currentOperatorOf,
  type Epoch,
  epochKey,
  type Occasion,
  type OpenBatch,
  type PendingBooking,
} from './Books.ts'
import { expectBatch } from './openBatches.ts'
import type { Settlement } from './readCalldata.ts'
import { reportUnknown, requireUsableCircuit } from './registries.ts'
import { settleRequests } from './requests.ts'

export function settleBatch(books: Books, event: ArgsOf<'BatchSettled'>, { place, block }: Occasion): void {
  const { batchId, modelId, prover, digest } = event
  if (!books.batches.has(batchId) && batchId <= books.batchCount && !books.skipped.batches.has(batchId)) {
    books.output.find('BATCH_SETTLED_TWICE', { batchId, modelId }, place, {
      expected: 'a batch that waits to be settled',
      found: 'one that was settled before, or of which all was refunded',
      message: `batch ${batchId} had been settled before, or all of its requests had been refunded`,
    })
    books.transaction!.repeated.add(batchId)
    return
  }
  const settlement = findSettlement(books, event, place)
  const sealed = books.batches.get(batchId) ?? batchOfCalldata(books, event, settlement, place)
  if (sealed === undefined) return
  const batch = withTrueLeaves(sealed, settlement)
  const subject = { batchId, modelId: batch.modelId, epochId: batch.epochId }
  requireSameModel(books, batch, event, place)
  if (block.timestamp > batch.settleDeadline) {
    books.output.find('DEADLINE_PASSED', subject, place, {
      expected: `at most ${batch.settleDeadline}`,
      found: block.timestamp,
      message: `batch ${batchId} was settled after its settle deadline`,
    })
  }
  const earnings = settlement?.earnings ?? null
  const epoch = books.epochs.get(epochKey(batch.modelId, batch.epochId))
  if (epoch === undefined) reportUnknown(books, subject, place, `an open epoch ${batch.epochId} of model ${modelId}`)
  if (earnings !== null) requireBounds(books, earnings, batch, place)
  const proof = epoch === undefined ? null : readProof(books, { batch, epoch, prover, digest, settlement, place })
  // Requests leave the books first: their deadlines are those of an epoch that may close next.
  const requests = settleRequests(books, batch, place)
  books.batches.delete(batchId)
  books.totals.settledBatches += 1
  expectBatch(books, batch, true)
  books.transaction!.bookings.set(batchId, {
    batch,
    prover,
    place,
    settledAt: block.timestamp,
    earnings,
    proof,
    requests,
  })
}

/** Whether an event says of a batch the model, and the epoch if it names one, that it was sealed in. */
function requireSameModel(
  { output }: Books,
  { batchId, modelId, epochId }: OpenBatch,
  said: { readonly modelId: bigint; readonly epochId?: bigint },
  place: Place,
): void {
  if (said.modelId === modelId && (said.epochId ?? epochId) === epochId) return
  output.find('BATCH_OF_OTHER_EPOCH', { batchId, modelId, epochId }, place, {
    expected: `model ${modelId}, epoch ${epochId}`,
    found: `model ${said.modelId}${said.epochId === undefined ? '' : `, epoch ${said.epochId}`}`,
    message: `batch ${batchId} was sealed in epoch ${epochId} of model ${modelId}, and this event says otherwise`,
  })
}

/** When the sealed leaves do not have the sealed hash, which has been reported, and those of the calldata do, these are the ones. */
function withTrueLeaves(sealed: OpenBatch, settlement: Settlement | null): OpenBatch {
  const isTrue = settlement !== null && hashBatch(settlement.leaves) === sealed.batchHash
  const leaves = isTrue ? settlement.leaves : sealed.leaves
  return { ...sealed, leaves, batchHash: hashBatch(leaves) }
}

/** The calldata that settled a batch, if it is at hand and of this batch. */
function findSettlement(books: Books, event: ArgsOf<'BatchSettled'>, place: Place): Settlement | null {
  const { batchId, prover, digest } = event
  const { output, transaction } = books
  const subject = { batchId }
  const calls = transaction!.settles
  const ofBatch = calls.flatMap(({ read }) => (read?.batchId === batchId ? [read] : []))
  // Where the calldata was searched for in an input, another attempt at the same batch may lie beside it.
  const found = ofBatch.find((settlement) => settlement.digest === digest && settlement.prover === prover) ?? ofBatch[0]
  if (found === undefined) {
    const other = calls.find(({ read }) => read !== null)?.read
    if (other === undefined || other === null) {
      const reason = calls.find((call) => call.reason !== null)?.reason ?? 'there is no calldata of `settle`'
      output.find('CALLDATA_MISSING', subject, place, {
        message: `earnings and proof of batch ${batchId} are not known: ${reason}`,
      })
    } else {
      output.find('CALLDATA_DIFFERS', subject, place, {
        expected: `batch ${batchId}`,
        found: `batch ${other.batchId}`,
        message: 'the calldata settles another batch than the event says',
      })
    }
    return null
  }
  if (!isAddressEqual(found.prover, prover)) {
    output.find('CALLDATA_DIFFERS', subject, place, {
      expected: `prover ${prover}`,
      found: `prover ${found.prover}`,
      message: `the calldata pays another prover of batch ${batchId} than the event says`,
    })
  }
  if (found.digest !== digest) {
    output.find('CALLDATA_DIFFERS', subject, place, {
      expected: `digest ${digest}`,
      found: `digest ${found.digest}`,
      message: `the calldata has another digest for batch ${batchId} than the event`,
    })
  }
  return found
}

/** A batch whose seal is not known, as the calldata of its settlement tells of it; so one hidden event does not take the rest along. */
function batchOfCalldata(
  books: Books,
  { batchId, modelId }: ArgsOf<'BatchSettled'>,
  settlement: Settlement | null,
  place: Place,
): OpenBatch | undefined {
  const { skipped } = books
  // A batch in between was reported where its id was missing.
  if (!skipped.batches.has(batchId)) reportUnknown(books, { batchId, modelId }, place, `batch ${batchId}`)
  if (settlement === null) return undefined
  if (batchId > books.batchCount) books.batchCount = batchId
  skipped.batches.delete(batchId)
  const requests = settlement.leaves.requestIds.map((requestId) => books.requests.get(requestId))
  const first = requests.find((request) => request !== undefined)
  if (first === undefined) return undefined
  for (const request of requests) if (request !== undefined) request.batchId = batchId
  const epoch = books.epochs.get(epochKey(modelId, first.epochId))
  const settleWindow = (epoch && books.policies.get(epoch.policyId)?.settleWindow) ?? 0
  const deadlines = requests.flatMap((request) => (request === undefined ? [] : [request.sealDeadline + settleWindow]))
  books.totals.batches += 1
  return {
    batchId,
    modelId,
    epochId: first.epochId,
    place,
    leaves: settlement.leaves,
    batchHash: hashBatch(settlement.leaves),
    settleDeadline: Math.min(...deadlines),
    sealedAt: first.paidAt,
    feesWei: requests.reduce<bigint | null>(
      (sum, request) => (sum === null || request === undefined ? null : sum + request.feeWei),
      0n,
    ),
    operator: null,
    open: requests.filter((request) => request !== undefined).length,
  }
}

function requireBounds(books: Books, earnings: readonly bigint[], batch: OpenBatch, place: Place): void {
  try {
    requireEarningsWithinPools(earnings, poolsOf(batch))
  } catch (fault) {
    if (!(fault instanceof InvalidInputError)) throw fault
    books.output.find('EARNINGS_OUT_OF_BOUNDS', { batchId: batch.batchId }, place, {
      expected: fault.bound,
      found: fault.value,
      message: `the earnings claimed for batch ${batch.batchId} exceed its pools`,
    })
  }
}

const poolsOf = ({ leaves }: OpenBatch) => leaves.pools.reduce((sum, pool) => sum + pool, 0n)

/** What is to be verified of a settlement, and what the escrow says of its context. */
function readProof(
  books: Books,
  claimed: {
    readonly batch: OpenBatch
    readonly epoch: Epoch
    readonly prover: Address
    readonly digest: bigint
    readonly settlement: Settlement | null
    readonly place: Place
  },
): { readonly key: NonNullable<PendingBooking['proof']>['key']; readonly item: ProofItem } | null {
  const { batch, epoch, prover, digest, settlement, place } = claimed
  const { output, answers, header } = books
  const { batchId, modelId, epochId } = batch
  const subject = { batchId, modelId, epochId }
  const circuit = requireUsableCircuit(books, epoch.circuitId, subject, place)
  if (circuit === undefined) return null
  const context: BatchContext = {
    chainId: BigInt(header.chainId),
    settlement: header.deployment.inferenceEscrow,
    batchId,
    prover,
    circuitKeyHash: circuit.keyHash,
    modelId,
    modelVersion: epoch.modelVersion,
    epochId,
    indexVersion: epoch.indexVersion,
    policyId: epoch.policyId,
  }
  const question = askState('inferenceEscrow', 'contextOf', batchId, prover)
  answers.expect(question, 'CONTEXT_DIFFERS', subject, [computeContext(context, batch.batchHash)])
  if (settlement !== null) requireSealedLeaves(books, settlement.leaves, batch, place)
  const model = books.models.get(modelId)
  const index = model?.indexes.get(epoch.indexVersion)
  const version = index && model?.versions.get(index.modelVersion)
  const { key } = circuit
  const shape = shapeOf(circuit)
  const opening = index &&
    version && {
      shape,
      context,
      // As sealed and as logged: where the calldata has something else, that has been said.
      sealed: batch.leaves,
      earnings: settlement?.earnings ?? [],
      weightsCommitment: version.weightsCommitment,
      indexCommitment: index.indexCommitment,
      // After an index that the registry refuses there may be more of them than slots, which has been reported.
      contributors: index.contributors.slice(0, shape.contributors),
    }
  if (opening !== undefined) disclose(books, { ...opening, batchId, at: place })
  // That the calldata is missing has been said.
  if (settlement === null) return null
  if (key === null || opening === undefined) {
    output.find('PROOF_NOT_CHECKED', subject, place, {
      message: `the proof of batch ${batchId} was not checked: ${key === null ? 'the key of its circuit' : 'its index or head'} is not known`,
    })
    return null
  }
  const claim = { ...opening, digest }
  try {
    return {
      key,
      item: { publicSignals: listPublicSignals(derivePublicSignals(claim)), proof: settlement.proof },
    }
  } catch (fault) {
    if (!(fault instanceof InvalidInputError)) throw fault
    output.find('PROOF_INVALID', subject, place, {
      expected: 'a claim that fits the circuit',
      found: fault.message,
      message: `no proof can show what was claimed for batch ${batchId}`,
    })
    return null
  }
}

/** The circuit's shape; a circuit that is not in the registry has no name, and its classes and features are not known. */
function shapeOf({ traces, contributors }: { traces: number; contributors: number }): Shape {
  const known = SHAPE_NAMES.map(shapeNamed).find(
    (shape) => shape.traces === traces && shape.contributors === contributors,
  )
  return known ?? { name: 'unknown', traces, contributors, classes: 0, features: 0 }
}

function requireSealedLeaves(books: Books, leaves: SealedTraces, batch: OpenBatch, place: Place): void {
  if (hashBatch(leaves) === batch.batchHash) return
  for (const list of ['requestIds', 'pools', 'inputCommitments', 'outputCommitments'] as const) {
    const length = Math.max(leaves[list].length, batch.leaves[list].length)
    for (let position = 0; position < length; position++) {
      const expected = batch.leaves[list][position]
      const found = leaves[list][position]
      if (expected === found) continue
      books.output.find('LEAVES_DIFFER', { batchId: batch.batchId, position }, place, {
        expected: `${list} ${expected}`,
        found: `${list} ${found}`,
        message: `the calldata has another entry in ${list} of batch ${batch.batchId} than was sealed`,
      })
    }
  }
}

function disclose(books: Books, batch: Omit<DisclosedBatch, 'traceBatch'>): void {
  const { traces } = books.transaction!
  const traceBatch = traces.get(batch.batchId)
  if (traceBatch === undefined) return
  traces.delete(batch.batchId)
  const { rows, findings } = recomputeTraces({ ...batch, traceBatch })
  for (const row of rows) books.output.row(row)
  for (const finding of findings) books.output.add(finding)
  books.totals.disclosedBatches += 1
}

export function bookSettlement(books: Books, event: ArgsOf<'BatchBooked'>, { place, block }: Occasion): void {
  const { batchId, modelId, epochId } = event
  const pending = books.transaction!.bookings.get(batchId)
  if (books.transaction!.repeated.has(batchId)) {
    books.transaction!.unexplained.push(...sharesOf(event))
    return
  }
  if (pending === undefined) {
    bookWithoutSettlement(books, event, place, block.timestamp)
    return
  }
  books.transaction!.bookings.delete(batchId)
  requireSameModel(books, pending.batch, event, place)
  const own = bookOwn(books, pending, event)
  const subject = { batchId, modelId, epochId }
  if (own !== undefined) compareBooking(books, own, event, subject, place)
  finishSettlement(books, pending, own ?? event, event, place)
}

type Shares = Pick<
  ArgsOf<'BatchBooked'>,
  'feesWei' | 'poolsWei' | 'modelOwnerWei' | 'stakersWei' | 'proverWei' | 'treasuryWei' | 'earningsWei'
>

/** What the ledger must make of a settlement; what cannot be known for want of an event or calldata is as the ledger logged it. */
function bookOwn(books: Books, { batch, earnings }: PendingBooking, logged: Shares | null): Shares | undefined {
  const epoch = books.epochs.get(epochKey(batch.modelId, batch.epochId))
  const policy = epoch && books.policies.get(epoch.policyId)
  const feesWei = batch.feesWei ?? logged?.feesWei
  if (policy === undefined || feesWei === undefined) return undefined
  const earningsWei = earnings?.map(earningWeiRoundedDown) ?? logged?.earningsWei ?? []
  try {
    // The bounds of the earnings were judged where they were claimed.
    return { feesWei, ...bookBatch(feesWei, poolsOf(batch), [], policy), earningsWei }
  } catch (fault) {
    if (!(fault instanceof InvalidInputError)) throw fault
    return undefined // pools beyond the fees: reported where they were sealed
  }
}

function compareBooking(books: Books, own: Shares, event: Shares, subject: object, place: Place): void {
  const { output } = books
  if (own.feesWei !== event.feesWei || own.poolsWei !== event.poolsWei) {
    output.find('FEES_DIFFER', subject, place, {
      expected: `fees ${own.feesWei}, pools ${own.poolsWei}`,
      found: `fees ${event.feesWei}, pools ${event.poolsWei}`,
      message: 'the batch was booked with other sums than its requests paid',
    })
  }
  for (const share of ['modelOwnerWei', 'stakersWei', 'proverWei', 'treasuryWei'] as const) {
    if (own[share] === event[share]) continue
    output.find('SHARE_DIFFERS', subject, place, {
      expected: `${share} ${own[share]}`,
      found: `${share} ${event[share]}`,
      message: `${share} is not what the pinned policy makes of the fees`,
    })
  }
  const slots = Math.max(own.earningsWei.length, event.earningsWei.length)
  for (let slot = 0; slot < slots; slot++) {
    const expected = own.earningsWei[slot]
    const found = event.earningsWei[slot]
    if (expected === found) continue
    output.find('EARNING_DIFFERS', { ...subject, slot }, place, {
      expected: `${expected} wei`,
      found: `${found} wei`,
      message: `slot ${slot} was booked ${found} wei where the settlement claims ${expected}`,
    })
  }
}

/** Enters a booking into its epoch, says whom it credits, and hands the batch on. */
function finishSettlement(
  books: Books,
  { batch, prover, place: settledPlace, settledAt, earnings, proof, requests }: PendingBooking,
  own: Shares,
  logged: Shares,
  place: Place,
): void {
  const { batchId, modelId, epochId } = batch
  const subject = { batchId, modelId, epochId }
  const epoch = books.epochs.get(epochKey(modelId, epochId))
  const model = books.models.get(modelId)
  const policy = epoch && books.policies.get(epoch.policyId)
  if (epoch !== undefined) {
    epoch.batches += 1
    addBooked(epoch.own, own)
    addBooked(epoch.logged, logged)
  }
  if (epoch === undefined || model === undefined || policy === undefined) {
    // What is not known has been said; the ledger credits the shares all the same.
    books.transaction!.unexplained.push(...sharesOf(logged))
    return
  }
  const { totals } = books
  totals.settledFeesWei += own.feesWei
  totals.poolsWei += own.poolsWei
  totals.modelOwnersWei += own.modelOwnerWei
  totals.stakersWei += own.stakersWei
  totals.proversWei += own.proverWei
  totals.treasuryWei += own.treasuryWei
  const due = (account: Address, cause: CreditCause, amountWei: bigint, loggedWei: bigint) =>
    books.transaction!.due.push({ account, cause, amountWei, loggedWei, subject, place })
  due(model.owner, 'modelOwner', own.modelOwnerWei, logged.modelOwnerWei)
  due(policy.stakers, 'stakers', own.stakersWei, logged.stakersWei)
  due(prover, 'prover', own.proverWei, logged.proverWei)
  due(policy.treasury, 'treasury', own.treasuryWei, logged.treasuryWei)

  const row = {
    kind: 'batch',
    batchId,
    modelId,
    epochId,
    requests,
    sealed: batch.place,
    modelVersion: epoch.modelVersion,
    indexVersion: epoch.indexVersion,
    policyId: epoch.policyId,
    circuitId: epoch.circuitId,
    feesWei: own.feesWei,
    poolsWei: own.poolsWei,
    sealedAt: batch.sealedAt,
    settleDeadline: batch.settleDeadline,
    owner: model.owner,
    operator: batch.operator ?? currentOperatorOf(model),
    isCircuitRetired: false,
    settlement: {
      settledAt,
      place: settledPlace,
      prover,
      isProofValid: false,
      earnings: earnings ?? [],
      earningsWei: own.earningsWei,
      contributors: model.indexes.get(epoch.indexVersion)?.contributors ?? [],
      modelOwnerWei: own.modelOwnerWei,
      stakersWei: own.stakersWei,
      proverWei: own.proverWei,
      treasuryWei: own.treasuryWei,
    },
  } as const satisfies BatchRow
  if (proof === null) books.output.row(row)
  else books.output.batch({ row, verificationKey: proof.key, item: proof.item })
}

const sharesOf = ({ modelOwnerWei, stakersWei, proverWei, treasuryWei }: Shares) => [
  modelOwnerWei,
  stakersWei,
  proverWei,
  treasuryWei,
]

function addBooked(booked: Booked, { poolsWei, earningsWei }: Shares): void {
  booked.poolsWei += poolsWei
  for (const [slot, earningWei] of earningsWei.entries())
    booked.earningsWei[slot] = (booked.earningsWei[slot] ?? 0n) + earningWei
}

/** Settlements that the transaction did not book. */
export function finishBookings(books: Books): void {
  for (const pending of books.transaction!.bookings.values()) {
    const { batch, place } = pending
    const subject = { batchId: batch.batchId, modelId: batch.modelId, epochId: batch.epochId }
    books.output.find('BOOKING_MISSING', subject, place, {
      expected: 'a BatchBooked event',
      found: 'none',
      message: `batch ${batch.batchId} was settled, but no event says what was booked`,
    })
    const own = bookOwn(books, pending, null)
    if (own !== undefined) finishSettlement(books, pending, own, own, place)
  }
}

/** The ledger did book it, so the replay goes on from there. */
function bookWithoutSettlement(books: Books, event: ArgsOf<'BatchBooked'>, place: Place, timestamp: number): void {
  const { batchId, modelId, epochId } = event
  const subject = { batchId, modelId, epochId }
  books.output.find('BOOKING_WITHOUT_SETTLEMENT', subject, place, {
    expected: 'a BatchSettled event of this batch before it',
    found: 'none',
    message: `batch ${batchId} was booked, but no event says that it was settled`,
  })
  const batch = books.batches.get(batchId)
  const claimed = books.transaction!.settles.find(({ read }) => read?.batchId === batchId)?.read
  const prover = claimed?.prover
  if (batch === undefined || prover === undefined) {
    // Whoever is credited for it is owed that by the ledger's own word.
    books.transaction!.unexplained.push(...sharesOf(event))
    return
  }
  const earnings = claimed?.earnings ?? null
  const requests = settleRequests(books, batch, place)
  books.batches.delete(batchId)
  books.totals.settledBatches += 1
  expectBatch(books, batch, true)
  const pending = { batch, prover, place, settledAt: timestamp, earnings, proof: null, requests }
  finishSettlement(books, pending, bookOwn(books, pending, event) ?? event, event, place)
}
