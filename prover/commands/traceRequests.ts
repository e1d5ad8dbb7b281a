import type { Hex } from 'viem'
import { MAX_TRACES_PER_REQUEST } from '../../src/api/submission.ts'
import { pageOf, type TraceView, traceView } from '../../src/api/views.ts'
import { cancelTrace } from '../../src/client/cancelTrace.ts'
import { getTrace } from '../../src/client/getTrace.ts'
import { type SubmissionResult, submitTraces } from '../../src/client/submitTrace.ts'
import { TraceEndedError, waitForTrace } from '../../src/client/waitForTrace.ts'
import { requireSettings } from '../config/loadSettings.ts'
import { readSettings } from '../config/readSettings.ts'
import { StageProgress } from '../StageProgress.ts'
import { formatTable } from './formatTable.ts'
import { openAccount } from './openAccount.ts'
import { readSubmission, readTraceId } from './readTraceId.ts'
import { formatOpen, formatTime, report } from './report.ts'
import { requestAll } from './requestAll.ts'

type Options = { readonly config?: string; readonly json?: boolean }
export type SubmitOptions = Options
export type StatusOptions = Options & { readonly wait?: boolean; readonly timeout: number }
export type ListOptions = Options & { readonly model?: bigint; readonly summary?: string; readonly limit: number }
export type CancelOptions = Options

/** A busy node is waited for so often. */
const MAX_WAITS = 10
/** Until when a signed request to cancel or retry holds. */
const ACTION_SECONDS = 600

/** `poa trace submit` */
export async function submitFiles(files: readonly string[], options: SubmitOptions): Promise<void> {
  const { nodeUrl } = await readSettings(options)
  const submissions = await Promise.all(files.map(readSubmission))
  const progress = new StageProgress({ isQuiet: (options.json ?? false) || files.length <= MAX_TRACES_PER_REQUEST })
  const results = await progress.run('submit', `Submit ${files.length} traces`, async (reportProgress) => {
    const done: SubmissionResult[] = []
    for (let start = 0; start < submissions.length; start += MAX_TRACES_PER_REQUEST) {
      const chunk = submissions.slice(start, start + MAX_TRACES_PER_REQUEST)
      done.push(...(await submitTraces(nodeUrl, chunk, { maxWaits: MAX_WAITS })))
      reportProgress(done.length / submissions.length, `${done.length} of ${submissions.length}`)
    }
    return done
  })
  const traces = results.map((result, i) => ({ file: files[i]!, ...describeResult(result) }))
  const ok = traces.every(({ isAccepted }) => isAccepted)
  report(options, { ok, traces }, () =>
    traces.map(({ file, traceId, isAccepted, isNew, code, detail }) =>
      isAccepted ? `✔ ${traceId} ${isNew ? 'accepted' : 'known already'}` : `✘ ${file}: ${code}: ${detail}`,
    ),
  )
  if (!ok) process.exitCode = 1
}

function describeResult(result: SubmissionResult) {
  const { traceId } = result
  if (!('refusal' in result)) return { traceId, isAccepted: true, isNew: result.isNew }
  return { traceId, isAccepted: false, code: result.refusal.code, detail: result.refusal.message }
}

/** `poa trace status` */
export async function showStatus(which: string, options: StatusOptions): Promise<void> {
  const { nodeUrl } = await readSettings(options)
  const traceId = await readTraceId(which)
  const trace = options.wait ? await waitWithProgress(nodeUrl, traceId, options) : await getTrace(nodeUrl, traceId)
  report(options, { trace }, () => describeTrace(trace))
}

async function waitWithProgress(
  nodeUrl: string,
  traceId: Hex,
  { timeout, json = false }: StatusOptions,
): Promise<TraceView> {
  const title = `Trace ${traceId.slice(0, 10)}…`
  try {
    return await new StageProgress({ isQuiet: json }).run('wait', title, (reportProgress) =>
      waitForTrace(nodeUrl, traceId, {
        timeoutMs: timeout * 1000,
        onChange: (trace) => reportProgress(fractionOf(trace), noteOf(trace)),
      }),
    )
  } catch (error) {
    // How it ended is worth more than that it did.
    if (error instanceof TraceEndedError && !json) for (const line of describeTrace(error.trace)) console.log(line)
    throw error
  }
}

/** How much of a trace's way lies behind it; proving takes most of it. */
const FRACTIONS: Partial<Record<TraceView['summary'], number>> = {
  accepted: 0.05,
  sealing: 0.15,
  sealed: 0.25,
  proving: 0.3,
  settling: 0.85,
  settled: 1,
}
const PROVING_SPAN = 0.5

function fractionOf({ summary, job }: TraceView): number {
  return (FRACTIONS[summary] ?? 0) + (summary === 'proving' ? PROVING_SPAN * (job?.fraction ?? 0) : 0)
}

function noteOf({ summary, job }: TraceView): string {
  if (summary !== 'proving' || job === null) return summary
  const left =
    job.expectedSeconds === null ? '' : `, about ${Math.ceil(job.expectedSeconds * (1 - (job.fraction ?? 0)))} s left`
  return `${job.stage ?? 'proving'}${left}`
}

/** `poa trace list` */
export async function listTraces(options: ListOptions): Promise<void> {
  const { nodeUrl } = await readSettings(options)
  const { model, summary, limit } = options
  const query = {
    ...(model === undefined ? {} : { modelId: model.toString() }),
    ...(summary === undefined ? {} : { summary }),
  }
  const traces = await requestAll(nodeUrl, '/v1/traces', pageOf(traceView), { query, limit })
  report(options, { traces }, () =>
    formatTable(
      ['trace', 'request', 'batch', 'state'],
      traces.map(({ traceId, requestId, batch, summary }) => [traceId, requestId, batch?.batchId ?? '-', summary]),
    ),
  )
}

/** `poa trace cancel` */
export async function cancelOne(which: string, options: CancelOptions): Promise<void> {
  const settings = requireSettings(await readSettings(options), 'chainId', 'escrow')
  const traceId = await readTraceId(which)
  const account = await openAccount(settings)
  const trace = await cancelTrace(settings.nodeUrl, account, { ...actionParameters(settings), traceId })
  report(options, { trace }, () => describeTrace(trace))
}

/** What a signed request to cancel or retry is bound to. */
export function actionParameters({ chainId, escrow }: { readonly chainId: number; readonly escrow: Hex }) {
  return { chainId: BigInt(chainId), escrow, deadline: BigInt(Math.floor(Date.now() / 1000) + ACTION_SECONDS) }
}

function describeTrace({
  traceId,
  summary,
  requestId,
  modelId,
  request,
  batch,
  job,
  transaction,
}: TraceView): string[] {
  const lines = [
    `trace ${traceId}: ${summary}`,
    `request ${requestId} of model ${modelId}: ${request.state}${request.poolWei === null ? '' : `, pool ${formatOpen(request.poolWei)} OPEN, epoch ${request.epochId}`}`,
  ]
  if (batch !== null) {
    lines.push(
      `batch ${batch.batchId}, position ${batch.position}, to be settled by ${formatTime(batch.settleDeadline)} UTC`,
    )
  }
  if (job !== null) {
    const percent = job.state === 'active' && job.fraction !== null ? `, ${Math.round(100 * job.fraction)} %` : ''
    lines.push(
      `proof: ${job.state}${percent}${job.reasonCode === null ? '' : `, ${job.reasonCode}: ${job.reason ?? ''}`}`,
    )
  }
  if (transaction !== null) {
    const { kind, state, hash, reasonCode } = transaction
    lines.push(
      `transaction: ${kind} ${state}${reasonCode === null ? '' : ` (${reasonCode})`}${hash === null ? '' : ` ${hash}`}`,
    )
  }
  return lines
}
