import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReportProgress } from '../../prover/StageProgress.ts'
import type { TraceSubmission } from '../../src/api/submission.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'

/** How one submission was answered. */
export type Answer = { readonly status: number; readonly milliseconds: number; readonly traceId: string | undefined }

/**
 * Submits the traces one by one at a fixed rate, each at its own time whether earlier ones have been answered or not: a slow server does not slow
 * the offer down, and the time that a request had to wait for its turn counts as latency.
 */
export async function offerLoad(
  url: string,
  submissions: readonly TraceSubmission[],
  tracesPerSecond: number,
  report: ReportProgress,
): Promise<Answer[]> {
  const bodies = submissions.map((submission) => toJson(submission))
  const start = performance.now()
  const answers: Promise<Answer>[] = []
  for (const [i, body] of bodies.entries()) {
    const dueAt = start + (i / tracesPerSecond) * 1000
    const waitMs = dueAt - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    answers.push(submit(url, body, dueAt))
    if (i % Math.ceil(tracesPerSecond) === 0) report(i / bodies.length, `${i} of ${bodies.length}`)
  }
  return Promise.all(answers)
}

async function submit(url: string, body: string, dueAt: number): Promise<Answer> {
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  })
  const { traceId } = (await response.json()) as { traceId?: string }
  return { status: response.status, milliseconds: performance.now() - dueAt, traceId }
}
