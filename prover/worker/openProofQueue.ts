import { fromKysely, type JobResult, type JobWithMetadata, PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import type { Hex } from 'viem'
import { InvalidInputError } from '../../src/errors.ts'
import { describeForLog } from '../describeForLog.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import { describeFailure, type Failure, isPermanent } from './describeFailure.ts'
import type { ProofHandler, ProofQueue } from './ProofQueue.ts'
import { buryJob, claimJob, countJobs, finishJob, orderJob, returnJob } from './proofJobs.ts'

export type ProofQueueOptions = {
  /** A worker that gives no sign of life for so long is lost; 10 or more. */
  readonly heartbeatSeconds: number
  /** How often a job is tried again after its first failure. */
  readonly retryLimit: number
  readonly logger: Logger
}

/** The jobs of pg-boss, one live one a batch hash. */
const PROOFS = 'proofs'
/** Where pg-boss leaves the jobs whose workers were lost too often. */
const LOST = 'lost-proofs'
/** What a job holds: nothing private, nothing that could become wrong. */
type JobData = { readonly batchHash: Hex }

/** Between two looks for a job, the shortest that pg-boss allows. */
const POLLING_SECONDS = 0.5
const LOST_POLLING_SECONDS = 2
/** Between two looks for lost workers, the shortest that pg-boss allows. */
const SUPERVISION_SECONDS = 1
/** The same where nobody else can be working: then it only mends what a hung process leaves. */
const EMBEDDED_SUPERVISION_SECONDS = 15
/** Retries wait 1 to 2 s, then 2 to 4, and so on up to this. */
const LONGEST_RETRY_DELAY_SECONDS = 300
/** pg-boss' own limit to an attempt, near its highest. The backend's ends a proof long before. */
const EXPIRE_SECONDS = 23 * 3600
/** Between two lines about failures of the queue itself. */
const QUIET_MS = 30_000
/** How long pg-boss keeps what has ended; proof_jobs keeps it for good. */
const DELETE_AFTER_SECONDS = 3600

/**
 * Opens the queue, making pg-boss' schema where it is missing. pg-boss is the judge of which worker has a job, when it is tried again and when a
 * worker is lost; proof_jobs shows it to people and says when a job is given up.
 * @throws InvalidInputError for options out of bounds
 */
export async function openProofQueue(
  db: NodeDatabase,
  { heartbeatSeconds, retryLimit, logger }: ProofQueueOptions,
): Promise<ProofQueue> {
  requireInteger('heartbeatSeconds', heartbeatSeconds, 10)
  requireInteger('retryLimit', retryLimit, 0)
  const { kysely } = db
  const supervision = db.kind === 'pglite' ? EMBEDDED_SUPERVISION_SECONDS : SUPERVISION_SECONDS
  const boss = new PgBoss({
    db: { executeSql: (text, values) => db.executeSql(text, values) },
    backend: db.kind,
    schedule: false,
    superviseIntervalSeconds: supervision,
    monitorIntervalSeconds: supervision,
    // Its tables stay small: nothing to rebuild or to warn of.
    reindex: false,
    monitorVacuum: false,
  })
  // A database that is away makes it fail twice a second.
  let quietUntil = 0
  boss.on('error', (error) => {
    if (Date.now() < quietUntil) return
    quietUntil = Date.now() + QUIET_MS
    logger.error({ error: describeForLog(error) }, 'the proof queue fails, will be tried again')
  })
  boss.on('warning', ({ message }) => logger.warn({ message }, 'proof queue'))
  const stop = () => boss.stop({ graceful: false, close: false })
  try {
    await boss.start()
    await createQueues(boss, { heartbeatSeconds, retryLimit })
  } catch (error) {
    await stop() // what had been started would keep the process alive
    throw error
  }

  let calledOff = new AbortController()

  async function handle(handler: ProofHandler, job: JobWithMetadata<JobData>): Promise<Omit<JobResult, 'id'>> {
    const { batchHash } = job.data
    const claim = await claimJob(kysely, batchHash)
    if (claim === undefined) return { status: 'completed' }
    const log = logger.child({ batchId: `${claim.batchId}`, attempt: claim.attempts })
    log.info(claim.attempts > 1 ? 'takes up a proof again' : 'takes up a proof')
    const bury = async (failure: Failure): Promise<Omit<JobResult, 'id'>> => {
      await buryJob(kysely, batchHash, failure)
      log.error(failure, 'proof given up')
      return { status: 'completed' }
    }
    if (claim.deadlineAt.getTime() < Date.now()) {
      return bury({ code: 'DEADLINE_PASSED', reason: 'the batch could not be settled any more' })
    }
    try {
      await handler(batchHash, AbortSignal.any([job.signal, calledOff.signal]))
      await finishJob(kysely, claim)
      return { status: 'completed' }
    } catch (error) {
      const failure = describeFailure(error)
      if (failure.code === 'UNEXPECTED') log.error({ error: describeForLog(error) }, 'unexpected')
      if (calledOff.signal.aborted) {
        // A job of its own in place of this one: it is there at once, and a drain is no failure that counts.
        await kysely.transaction().execute(async (trx) => {
          const inTransaction = { db: fromKysely(trx) }
          await boss.deleteJob(PROOFS, job, inTransaction)
          await boss.send(PROOFS, { batchHash }, { singletonKey: batchHash, ...inTransaction })
          await returnJob(trx, claim, failure)
        })
        log.info('proof called off, back in the queue')
      } else if (job.signal.aborted) {
        log.warn('this worker was taken for lost, another has the proof')
      } else if (isPermanent(failure) || job.retryCount >= job.retryLimit) {
        return bury(failure)
      } else {
        log.warn(failure, 'proof failed, will be tried again')
        await kysely.transaction().execute((trx) => returnJob(trx, claim, failure))
        return { status: 'failed', output: { code: failure.code } }
      }
      return { status: 'completed' } // settles only what this worker still has
    }
  }

  /** Jobs that lack in pg-boss because the database was restored from an export. */
  async function supplyMissing(): Promise<void> {
    const jobs = await kysely
      .selectFrom('proof_jobs')
      .select('batch_hash')
      .where('state', 'in', ['queued', 'active'])
      .execute()
    await boss.insert(
      PROOFS,
      jobs.map(({ batch_hash: batchHash }) => ({ data: { batchHash }, singletonKey: batchHash })),
    )
  }

  /** On an embedded database nobody else can be working: what is active was left by a process that died. */
  async function recoverOrphans(): Promise<void> {
    for (const { id, state } of await boss.findJobs(PROOFS)) {
      if (state !== 'active') continue
      await boss.fail(PROOFS, id, { code: 'WORKER_LOST' })
      await boss.update({ name: PROOFS, options: { id, startAfter: new Date() } })
    }
  }

  async function drain(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => calledOff.abort(), timeoutMs)
    try {
      // Stops taking jobs at once; waits for those that were taken.
      await Promise.all([boss.offWork(PROOFS), boss.offWork(LOST)])
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async enqueue(order) {
      const { batchHash } = order
      await kysely.transaction().execute(async (trx) => {
        if (!(await orderJob(trx, order))) return
        await boss.send(PROOFS, { batchHash }, { singletonKey: batchHash, db: fromKysely(trx) })
      })
    },
    async work(handler, { concurrency = 1 } = {}) {
      calledOff = new AbortController()
      if (db.kind === 'pglite') await recoverOrphans()
      await supplyMissing()
      const options = {
        includeMetadata: true,
        perJobResults: true,
        pollingIntervalSeconds: POLLING_SECONDS,
      } as const
      for (let i = 0; i < concurrency; i++) {
        const worker: string = await boss.work(PROOFS, options, async ([job]: JobWithMetadata<JobData>[]) => {
          const result = { id: job!.id, ...(await handle(handler, job!)) }
          boss.notifyWorker(worker) // looks for the next job at once: a proof may take less time than a pause between two looks
          return [result]
        })
      }
      await boss.work<JobData>(LOST, { pollingIntervalSeconds: LOST_POLLING_SECONDS }, async ([job]) => {
        const failure = { code: 'WORKER_LOST', reason: `its worker was lost, and it was tried ${retryLimit + 1} times` }
        logger.error(failure, 'proof given up')
        await buryJob(kysely, job!.data.batchHash, failure)
      })
    },
    drain,
    counts: () => countJobs(kysely),
    async close() {
      await drain(0)
      await stop()
    },
  }
}

async function createQueues(
  boss: PgBoss,
  { heartbeatSeconds, retryLimit }: Pick<ProofQueueOptions, 'heartbeatSeconds' | 'retryLimit'>,
): Promise<void> {
  const proofs = {
    deadLetter: LOST,
    heartbeatSeconds,
    retryLimit,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: LONGEST_RETRY_DELAY_SECONDS,
    expireInSeconds: EXPIRE_SECONDS,
    deleteAfterSeconds: DELETE_AFTER_SECONDS,
  }
  await boss.createQueue(LOST, { deleteAfterSeconds: DELETE_AFTER_SECONDS })
  await boss.createQueue(PROOFS, { ...proofs, policy: 'exclusive' })
  // An older process may have made it with other options.
  await boss.updateQueue(PROOFS, proofs)
  // pg-boss looks a queue up at its first use, and must not do that while our own transaction has PGlite's one connection.
  await boss.insert(PROOFS, [])
}

function requireInteger(name: string, value: number, lowest: number): void {
  if (!Number.isInteger(value) || value < lowest)
    throw new InvalidInputError(name, `an integer of ${lowest} or more`, value)
}
