import { type Hex, isHex } from 'viem'
import { MAX_TRACES_PER_REQUEST, signedPart, type TraceSubmission } from '../api/submission.ts'
import { traceIdOf } from '../api/typedData.ts'
import { type AcceptedView, acceptedView, submissionResultsView } from '../api/views.ts'
import { InvalidInputError, PoaError } from '../errors.ts'
import { NodeApiError } from './NodeApiError.ts'
import { type RequestOptions, requestNode, waitWhileBusy } from './requestNode.ts'

/** A trace that the node has on disk. */
export type AcceptedTrace = {
  readonly traceId: Hex
  /** False when the node had it before: submitting again changes nothing. */
  readonly isNew: boolean
}

/** What became of one trace among several. */
export type SubmissionResult = AcceptedTrace | { readonly traceId: Hex; readonly refusal: NodeApiError }

/**
 * Hands one trace to a prover node. Once this resolves the trace is on the node's disk.
 * @throws NodeApiError when the node refuses it; PoaError NODE_UNREACHABLE, NODE_TIMED_OUT, NODE_ANSWER_UNREADABLE
 */
export async function submitTrace(
  nodeUrl: string,
  submission: TraceSubmission,
  options: RequestOptions = {},
): Promise<AcceptedTrace> {
  const request = { method: 'POST', path: '/v1/traces', body: submission, answer: acceptedView } as const
  return readAccepted(submission, await requestNode(nodeUrl, request, options))
}

/**
 * Hands several traces to a prover node, each of which it accepts or refuses for itself. Where the options allow waiting, those that it was too
 * busy for are submitted again.
 * @param submissions 1 .. 64
 * @returns one result a trace, in their order
 * @throws InvalidInputError for more traces than one request takes; otherwise as `submitTrace`, when the node refuses the whole
 */
export async function submitTraces(
  nodeUrl: string,
  submissions: readonly TraceSubmission[],
  options: RequestOptions = {},
): Promise<SubmissionResult[]> {
  if (submissions.length < 1 || submissions.length > MAX_TRACES_PER_REQUEST) {
    throw new InvalidInputError('submissions.length', `1 .. ${MAX_TRACES_PER_REQUEST}`, submissions.length)
  }
  const results = new Map<TraceSubmission, SubmissionResult>()
  const busyWith = (submission: TraceSubmission) => {
    const result = results.get(submission)
    const refusal = result !== undefined && 'refusal' in result ? result.refusal : undefined
    return refusal?.retryAfterSeconds === undefined ? undefined : refusal
  }
  const submitRest = async () => {
    const rest = submissions.filter((submission) => !results.has(submission) || busyWith(submission))
    const request = {
      method: 'POST',
      path: '/v1/traces',
      body: { traces: rest },
      answer: submissionResultsView,
    } as const
    const answer = await requestNode(nodeUrl, request, { ...options, maxWaits: 0 })
    if (answer.results.length !== rest.length) throw answeredForOthers()
    for (const [i, submission] of rest.entries()) results.set(submission, readResult(submission, answer.results[i]!))
    const busy = rest.map(busyWith).find((refusal) => refusal !== undefined)
    if (busy !== undefined) throw busy
  }
  await waitWhileBusy(submitRest, options).catch((error) => {
    // The traces are answered one by one: a refusal of some is no failure of all.
    if (!(error instanceof NodeApiError) || results.size === 0) throw error
  })
  return submissions.map((submission) => results.get(submission)!)
}

type ResultView = (typeof submissionResultsView)['_output']['results'][number]

function readResult(submission: TraceSubmission, view: ResultView): SubmissionResult {
  if (!('problem' in view)) return readAccepted(submission, view)
  return { traceId: traceIdOf(submission, signedPart(submission)), refusal: new NodeApiError(view.problem) }
}

/** The id follows from what was signed; a node that answers with another has answered something else. */
function readAccepted(submission: TraceSubmission, { traceId, isNew }: AcceptedView): AcceptedTrace {
  if (!isHex(traceId) || traceId !== traceIdOf(submission, signedPart(submission))) throw answeredForOthers()
  return { traceId, isNew }
}

function answeredForOthers(): PoaError {
  return new PoaError('NODE_ANSWER_UNREADABLE', 'the node answered for other traces than were submitted')
}
