import { performance } from 'node:perf_hooks'
import { type Kysely, sql } from 'kysely'
import type { Logger } from 'pino'
import { describeForLog } from '../describeForLog.ts'
import type { ProvingStage } from '../proving/ProvingBackend.ts'
import { recordEvent } from '../store/recordEvent.ts'
import type { Tables } from '../store/tables.ts'
import type { OpenBatch } from '../submission/openBatches.ts'

export type Progress = {
  enter(stage: ProvingStage): void
  /** Nothing is written any more once it has resolved. */
  stop(): Promise<void>
}

const TICK_MS = 1000
/** A proof that takes longer than expected is not done before it is done. */
const HIGHEST_FRACTION = 0.99

/**
 * Shows how far a proof is: on its job's row about once a second, and as an event at each stage and each tenth. How long it takes is a guess from
 * earlier ones, so `fraction` is unknown for a circuit's first. What cannot be written is left out: no proof fails for it.
 */
export async function trackProgress(
  kysely: Kysely<Tables>,
  job: Pick<OpenBatch, 'batch_hash' | 'batch_id' | 'key_hash'> & { readonly workerName: string },
  logger: Logger,
): Promise<Progress> {
  const start = performance.now()
  const expectedSeconds = await expectSeconds(kysely, job.key_hash)
  await kysely
    .updateTable('proof_jobs')
    .set({ worker: job.workerName, expected_seconds: expectedSeconds, updated_at: new Date() })
    .where('batch_hash', '=', job.batch_hash)
    .where('state', '=', 'active')
    .execute()
  let lastStage: ProvingStage | null = null
  let toldTenths = 0
  let writing: Promise<void> = Promise.resolve()
  let isWriting = false

  const write = async (stage: ProvingStage | null, isNews: boolean) => {
    const elapsed = (performance.now() - start) / 1000
    const fraction = expectedSeconds === null ? null : Math.min(HIGHEST_FRACTION, elapsed / expectedSeconds)
    const tenths = Math.floor((fraction ?? 0) * 10)
    await kysely
      .updateTable('proof_jobs')
      .set({ stage, fraction, updated_at: new Date() })
      .where('batch_hash', '=', job.batch_hash)
      .where('state', '=', 'active')
      .where('worker', '=', job.workerName)
      .execute()
    if (!isNews && tenths === toldTenths) return
    toldTenths = tenths
    await recordEvent(kysely, {
      kind: 'proof.progress',
      batchId: job.batch_id,
      data: { stage, percent: fraction === null ? null : Math.round(fraction * 100), expectedSeconds },
    })
  }
  const report = (isNews: boolean) => {
    // One after the other; a tick that meets another is dropped, news are not.
    if (isWriting && !isNews) return
    isWriting = true
    const stage = lastStage
    writing = writing
      .then(() => write(stage, isNews))
      .catch((error) => logger.warn({ error: describeForLog(error) }, 'progress not written'))
      .finally(() => {
        isWriting = false
      })
  }
  const timer = setInterval(() => report(false), TICK_MS)
  return {
    enter(entered) {
      lastStage = entered
      report(true)
    },
    async stop() {
      clearInterval(timer)
      await writing
    },
  }
}

/** Proofs of a circuit that an estimate is made from. */
const SAMPLE = 21

/** The median of the circuit's last proofs, in seconds. */
async function expectSeconds(kysely: Kysely<Tables>, keyHash: string): Promise<number | null> {
  const rows = await kysely
    .selectFrom('proofs')
    .select(({ eb }) => eb('witness_seconds', '+', eb.ref('prove_seconds')).as('seconds'))
    .where(sql`claim -> 'context' ->> 'circuitKeyHash'`, '=', keyHash)
    .orderBy('proved_at', 'desc')
    .limit(SAMPLE)
    .execute()
  const seconds = rows.map((row) => row.seconds).sort((a, b) => a - b)
  return seconds[seconds.length >> 1] ?? null
}
