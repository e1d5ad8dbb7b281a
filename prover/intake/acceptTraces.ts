import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { Address, Client, Hex } from 'viem'
import { isAddressEqual } from 'viem'
import { signedPart, type TraceSubmission } from '../../src/api/submission.ts'
import { traceIdOf } from '../../src/api/typedData.ts'
import type { Deployment } from '../../src/chain/Deployment.ts'
import { InvalidInputError, PoaError } from '../../src/errors.ts'
import { computeLogits } from '../../src/statement/attributeTrace.ts'
import { commitInput, commitOutput } from '../../src/statement/commitments.ts'
import type { OnStep } from '../steps.ts'
import { gatherCalls } from '../store/gatherCalls.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import type { TraceFiles } from '../store/openTraceFiles.ts'
import { Backlog } from './Backlog.ts'
import { cancelTrace } from './cancelTrace.ts'
import { OperatorQuotas } from './OperatorQuotas.ts'
import { type KnownHead, openHeads } from './openHeads.ts'
import { openSignatureChecker } from './openSignatureChecker.ts'
import { RefusalError } from './RefusalError.ts'
import { RetryLaterError } from './RetryLaterError.ts'
import { readRequestOnChain } from './readRequestOnChain.ts'
import { type MirroredRequest, readTraceFacts, type TraceFacts, type TraceKey } from './readTraceFacts.ts'
import { type AcceptedTrace, type StoredAs, storeTraces } from './storeTraces.ts'

export type IntakeOptions = {
  readonly db: Pick<NodeDatabase, 'kysely'>
  readonly chain: { readonly client: Client; readonly chainId: number; readonly deployment: Deployment }
  readonly files: Pick<TraceFiles, 'write' | 'close'>
  readonly limits: IntakeLimits
  readonly onStep: OnStep
}

export type IntakeLimits = {
  /** Traces accepted and not settled, above which no other is accepted. */
  readonly maxPendingTraces: number
  readonly tracesPerMinutePerOperator: number
  /** What a request must have paid at least: sealing and settling it costs this node gas. */
  readonly minFeeWei: bigint
}

/** What became of one submission. `traceId` is absent when it was refused before it had one. */
export type TraceOutcome =
  | { readonly traceId: Hex; readonly isNew: boolean }
  | { readonly traceId: Hex | undefined; readonly refusal: RefusalError | InvalidInputError }

export type Intake = {
  /** Answers each submission in its order. Whatever is accepted is on disk and in the database by then. */
  acceptTraces(submissions: readonly TraceSubmission[]): Promise<TraceOutcome[]>
}

/** Requests that one round trip to the database serves. */
const LARGEST_GATHERING = 128
/** Seconds that a client waits when too many traces are pending. */
const BACKLOG_RETRY_SECONDS = 5
/** Accepted traces whose repetition is recognised while the backlog is full. */
const REMEMBERED_TRACES = 10_000

/**
 * The way in for traces. What costs little is checked first, and what strangers could use to work the node (the chain, the disk) is asked only for
 * what an operator has signed. Immutable facts are kept; the database is asked twice for a trace, once to read and once to write.
 *
 * A refusal is one of: TRACE_FOR_OTHER_CHAIN, TRACE_FOR_OTHER_ESCROW, REQUEST_TWICE_IN_SUBMISSION, BACKLOG_FULL, TRACE_CANCELLED, TRACE_DEADLINE_PASSED,
 * MODEL_UNKNOWN, QUOTA_EXCEEDED, SIGNATURE_MALFORMED, SIGNER_NOT_OPERATOR, RPC_UNREACHABLE, MIRROR_BEHIND, REQUEST_NOT_PAID, FEE_TOO_LOW, REQUEST_OF_OTHER_MODEL,
 * REQUEST_REFUNDED, REQUEST_SETTLED, REQUEST_SEALED_OTHERWISE, SETTLE_DEADLINE_PASSED, SEAL_DEADLINE_PASSED, CIRCUIT_RETIRED, MODEL_NOT_STORED,
 * INVALID_INPUT, INPUT_COMMITMENT_WRONG, OUTPUT_COMMITMENT_WRONG, LABEL_NOT_ARGMAX, TRACE_SUPERSEDED or TRACE_BEING_SEALED.
 *
 * What keeps the node itself from working (no database, no disk) is thrown, for all submissions of a call.
 */
export function openIntake({ db, chain, files, limits, onStep }: IntakeOptions): Intake {
  const { kysely } = db
  const { client, deployment } = chain
  const domain = { chainId: BigInt(chain.chainId), escrow: deployment.inferenceEscrow }
  const requireSignature = openSignatureChecker(client)
  const findHead = openHeads(kysely)
  const backlog = new Backlog(kysely)
  const acceptedLately = new Set<Hex>()
  const quotas = new OperatorQuotas(limits.tracesPerMinutePerOperator)
  const readFacts = gatherCalls<TraceKey, TraceFacts>((keys) => readTraceFacts(kysely, keys), LARGEST_GATHERING)
  const store = gatherCalls<AcceptedTrace, StoredAs>((traces) => storeTraces(kysely, traces), LARGEST_GATHERING)

  function remember(traceId: Hex): void {
    acceptedLately.add(traceId)
    const [oldest] = acceptedLately // a set keeps the order in which it was filled
    if (acceptedLately.size > REMEMBERED_TRACES) acceptedLately.delete(oldest!)
  }

  /** Everything that can be told without the database. */
  function identify(submission: TraceSubmission): Hex {
    if (submission.chainId !== domain.chainId)
      throw new RefusalError(
        'TRACE_FOR_OTHER_CHAIN',
        `the trace is for chain ${submission.chainId}, this node serves ${domain.chainId}`,
      )
    if (!isAddressEqual(submission.escrow, domain.escrow))
      throw new RefusalError(
        'TRACE_FOR_OTHER_ESCROW',
        `the trace is for the escrow ${submission.escrow}, this node serves ${domain.escrow}`,
      )
    return traceIdOf(domain, signedPart(submission))
  }

  async function acceptTrace(
    traceId: Hex,
    submission: TraceSubmission,
    takeTurn: () => Promise<unknown>,
  ): Promise<TraceOutcome> {
    const { modelId, requestId } = submission
    // Told from memory: under a flood, refusing must cost nearly nothing. Only what was accepted lately is still looked up, since it may be asked for again.
    const isFull = (await backlog.read()) >= limits.maxPendingTraces
    const full = () => new RetryLaterError('BACKLOG_FULL', 'too many traces wait to be settled', BACKLOG_RETRY_SECONDS)
    if (isFull && !acceptedLately.has(traceId)) throw full()
    const facts = await readFacts({ traceId, requestId, modelId })
    if (facts.known) {
      if (facts.known.isCancelled)
        throw new RefusalError('TRACE_CANCELLED', 'the trace was cancelled, or replaced by one with a higher nonce', {
          hint: 'Sign again with a higher nonce.',
        })
      return { traceId, isNew: false }
    }
    if (submission.deadline < BigInt(Math.floor(Date.now() / 1000)))
      throw new RefusalError('TRACE_DEADLINE_PASSED', `the signature was good until ${submission.deadline}`)
    if (isFull) throw full()
    const { operator } = facts
    if (operator === undefined)
      throw new RefusalError('MODEL_UNKNOWN', `there is no model ${modelId}, as far as this node has read the chain`)
    requireQuota(operator)

    await takeTurn()
    await requireSignature({ digest: traceId, signature: submission.signature, operator })
    // Once more: of traces that come at once, none was charged when the first of them were looked at.
    requireQuota(operator)
    quotas.charge(operator)

    const request = facts.request ?? (await readRequestOnChain(client, deployment, requestId))
    if (request === undefined) throw new RefusalError('REQUEST_NOT_PAID', `the escrow knows no request ${requestId}`)
    if (request.feeWei < limits.minFeeWei)
      throw new RefusalError(
        'FEE_TOO_LOW',
        `request ${requestId} paid ${request.feeWei} wei, this node asks for ${limits.minFeeWei}`,
      )
    const versions = requireOpenRequest(request, submission, facts.chainTime)
    const known = await findHead(modelId, versions)
    if (known === undefined)
      throw new RefusalError(
        'MODEL_NOT_STORED',
        `this node does not hold index ${versions.indexVersion} of model ${modelId}`,
        {
          hint: 'Hand in head and index first: POST /v1/models.',
        },
      )
    requireOpenedCommitments(submission, known)
    const { live } = facts
    if (live !== undefined && submission.nonce <= live.nonce) throw superseded(live)

    // As with the quota: traces that come at once have all read the same backlog.
    if (!(await backlog.take(limits.maxPendingTraces))) throw full()
    let storedAs: StoredAs | undefined
    try {
      storedAs = await fileAndStore({ traceId, operator, submission }, live)
    } finally {
      backlog.release(storedAs === 'new')
    }
    remember(traceId)
    return { traceId, isNew: storedAs === 'new' }
  }

  /** Writes the file, then the row; of several traces of one request the one with the highest nonce stands. */
  async function fileAndStore(
    trace: Omit<AcceptedTrace, 'fileHash'>,
    live: TraceFacts['live'],
  ): Promise<Exclude<StoredAs, 'conflict'>> {
    const { traceId, submission } = trace
    const { modelId, requestId } = submission
    const fileHash = await files.write(submission)
    await onStep('trace.filed')
    const accepted = { ...trace, fileHash }
    let storedAs = live === undefined ? await store(accepted) : await replace(live.traceId, accepted)
    while (storedAs === 'conflict') {
      // Another trace of the request came between. Whichever came first: the higher nonce stands.
      const { live: other } = await readFacts({ traceId, requestId, modelId })
      if (other !== undefined && submission.nonce <= other.nonce) {
        await files.close(fileHash)
        throw superseded(other)
      }
      storedAs = other === undefined ? await store(accepted) : await replace(other.traceId, accepted)
    }
    await onStep('trace.stored')
    return storedAs
  }

  function requireQuota(operator: Address): void {
    const secondsUntilFree = quotas.secondsUntilFree(operator)
    if (secondsUntilFree > 0)
      throw new RetryLaterError(
        'QUOTA_EXCEEDED',
        `more than ${limits.tracesPerMinutePerOperator} traces a minute`,
        secondsUntilFree,
      )
  }

  /** Stores a trace in the place of the one that stands. */
  async function replace(live: Hex, accepted: AcceptedTrace): Promise<StoredAs> {
    const { cancelledAs, storedAs } = await kysely.transaction().execute(async (trx) => {
      const cancelledAs = await cancelTrace(trx, live, { replacedBy: accepted.traceId })
      if (cancelledAs.kind === 'being-sealed') return { cancelledAs, storedAs: undefined }
      const [storedAs] = await storeTraces(trx, [accepted])
      return { cancelledAs, storedAs }
    })
    // The file of a trace that does not stand must not come back after a restart.
    if (cancelledAs.kind === 'cancelled') await files.close(cancelledAs.fileHash)
    if (storedAs === undefined) {
      await files.close(accepted.fileHash)
      throw new RefusalError(
        'TRACE_BEING_SEALED',
        `the trace ${live} of the same request is sealed, or on its way to be`,
      )
    }
    return storedAs
  }

  return {
    async acceptTraces(submissions) {
      // Hashes and curves take milliseconds a trace: the traces of one call take turns, and other requests come in between.
      let lastTurn: Promise<unknown> = Promise.resolve()
      const takeTurn = () => (lastTurn = lastTurn.then(() => yieldToOthers()))
      const requestIds = new Set<bigint>()
      return Promise.all(
        submissions.map(async (submission, i): Promise<TraceOutcome> => {
          let traceId: Hex | undefined
          try {
            if (i > 0) await takeTurn()
            traceId = identify(submission)
            if (requestIds.has(submission.requestId))
              throw new RefusalError(
                'REQUEST_TWICE_IN_SUBMISSION',
                `request ${submission.requestId} stands here twice; the first counts`,
              )
            requestIds.add(submission.requestId)
            return await acceptTrace(traceId, submission, takeTurn)
          } catch (error) {
            if (error instanceof RefusalError || error instanceof InvalidInputError) return { traceId, refusal: error }
            throw error
          }
        }),
      )
    },
  }
}

function superseded({ traceId, nonce }: { readonly traceId: Hex; readonly nonce: bigint }): RefusalError {
  return new RefusalError('TRACE_SUPERSEDED', `the trace ${traceId} with nonce ${nonce} stands for the same request`, {
    hint: 'To replace it, sign with a higher nonce.',
  })
}

/** The request is paid and can still be proved and settled with this trace. */
function requireOpenRequest(request: MirroredRequest, submission: TraceSubmission, chainTime: bigint) {
  const { requestId, modelId } = submission
  const refuse = (code: string, message: string): never => {
    throw new RefusalError(code, `request ${requestId} ${message}`)
  }
  if (request.modelId !== modelId) refuse('REQUEST_OF_OTHER_MODEL', `was paid to model ${request.modelId}`)
  if (request.isRefunded) refuse('REQUEST_REFUNDED', 'was refunded')
  if (request.isSettled) refuse('REQUEST_SETTLED', 'is settled')
  const { sealed, versions } = request
  if (sealed === undefined) {
    if (request.sealDeadline < chainTime) refuse('SEAL_DEADLINE_PASSED', `had to be sealed by ${request.sealDeadline}`)
    // Nothing is sealed under a retired circuit.
    if (versions?.isCircuitRetired) refuse('CIRCUIT_RETIRED', 'was paid under a circuit that has been retired')
  } else {
    const { inputCommitment, outputCommitment, settleDeadline } = sealed
    if (inputCommitment !== submission.inputCommitment || outputCommitment !== submission.outputCommitment)
      refuse('REQUEST_SEALED_OTHERWISE', 'was sealed with other commitments')
    if (settleDeadline < chainTime) refuse('SETTLE_DEADLINE_PASSED', `had to be settled by ${settleDeadline}`)
  }
  // The mirror writes a payment and what it pins together.
  if (versions === undefined) throw new PoaError('INTERNAL', `no versions are known of request ${requestId}`)
  return versions
}

/** The private part is what the operator committed to, and the label is what the registered head says. */
function requireOpenedCommitments(submission: TraceSubmission, { shape, head }: KnownHead): void {
  const { features, label, inputSalt, outputSalt, inputCommitment, outputCommitment } = submission
  if (commitInput(features, inputSalt, shape) !== inputCommitment)
    throw new RefusalError('INPUT_COMMITMENT_WRONG', 'features and inputSalt do not open inputCommitment')
  if (commitOutput(label, outputSalt, shape) !== outputCommitment)
    throw new RefusalError('OUTPUT_COMMITMENT_WRONG', 'label and outputSalt do not open outputCommitment')
  const logits = computeLogits(head, features)
  if (logits[label]! < Math.max(...logits))
    throw new RefusalError('LABEL_NOT_ARGMAX', "the label is not the registered head's answer to the features")
}
