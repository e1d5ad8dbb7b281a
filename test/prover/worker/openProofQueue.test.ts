/** The queue on PGlite, with handlers that prove nothing. Lost workers: workers.test.ts. */
import { once } from 'node:events'
import { pino } from 'pino'
import { type Hex, keccak256, toHex } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { NodeDatabase } from '../../../prover/store/openDatabase.ts'
import { openProofQueue, type ProofQueueOptions } from '../../../prover/worker/openProofQueue.ts'
import type { ProofHandler, ProofQueue } from '../../../prover/worker/ProofQueue.ts'
import { retryJob } from '../../../prover/worker/retryJob.ts'
import { InvalidInputError, PoaError } from '../../../src/errors.ts'
import { openTestDatabase, silent, type TestDatabase } from '../store/openTestDatabase.ts'

let database: TestDatabase
const open: ProofQueue[] = []

beforeAll(async () => {
  database = await openTestDatabase()
})
afterEach(async () => {
  for (const queue of open.splice(0)) await queue.close()
  await database.db.executeSql('delete from pgboss.job; delete from proof_jobs; delete from events')
})
afterAll(() => database.close())

async function openQueue(options: Partial<ProofQueueOptions> = {}): Promise<ProofQueue> {
  const queue = await openProofQueue(database.db, { heartbeatSeconds: 10, retryLimit: 3, logger: silent, ...options })
  open.push(queue)
  return queue
}

const hash = (n: number): Hex => keccak256(toHex(n))
const inAnHour = () => new Date(Date.now() + 3_600_000)
const order = (n: number, deadlineAt = inAnHour()) => ({ batchHash: hash(n), batchId: BigInt(n), deadlineAt })

const jobOf = (n: number) =>
  database.db.kysely.selectFrom('proof_jobs').selectAll().where('batch_hash', '=', hash(n)).executeTakeFirst()
const eventsOf = async (n: number) =>
  (
    await database.db.kysely
      .selectFrom('events')
      .select(['kind', 'data'])
      .where('batch_id', '=', BigInt(n))
      .orderBy('event_id')
      .execute()
  ).map(({ kind, data }) => [kind, data])
const until = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 20 })
const untilJob = (n: number, expected: object) => until(async () => expect(await jobOf(n)).toMatchObject(expected))

/** A handler that is told when to end. */
function heldHandler() {
  const started: Hex[] = []
  const aborted: Hex[] = []
  const releasing = new AbortController()
  const handler: ProofHandler = async (batchHash, signal) => {
    started.push(batchHash)
    const ended = AbortSignal.any([releasing.signal, signal])
    if (!ended.aborted) await once(ended, 'abort')
    if (releasing.signal.aborted) return
    aborted.push(batchHash)
    throw new PoaError('PROOF_ABORTED', 'the proof was called off')
  }
  return { handler, started, aborted, release: () => releasing.abort() }
}

describe('enqueue and work', () => {
  test('default: an order is taken once, and done', async () => {
    const queue = await openQueue()
    await queue.enqueue(order(1))
    expect(await jobOf(1)).toMatchObject({ state: 'queued', attempts: 0, batch_id: 1n })
    expect(await queue.counts()).toEqual({ queued: 1, active: 0, dead: 0 })
    const { handler, started, release } = heldHandler()
    await queue.work(handler)
    await untilJob(1, { state: 'active', attempts: 1 })
    expect(await queue.counts()).toEqual({ queued: 0, active: 1, dead: 0 })
    release()
    await untilJob(1, { state: 'done', attempts: 1, fraction: 1, reason_code: null })
    expect(started).toEqual([hash(1)])
    expect(await queue.counts()).toEqual({ queued: 0, active: 0, dead: 0 })
    expect(await eventsOf(1)).toEqual([
      ['proof.queued', {}],
      ['proof.started', { attempt: 1 }],
      ['proof.done', {}],
    ])
  })

  test('behavior: ordered again, even at once, while queued and while under way: one job', async () => {
    const queue = await openQueue()
    await Promise.all([1, 2, 3].map(() => queue.enqueue(order(1))))
    const { handler, started, release } = heldHandler()
    await queue.work(handler, { concurrency: 2 })
    await untilJob(1, { state: 'active' })
    await queue.enqueue(order(1))
    await queue.enqueue(order(2))
    await untilJob(2, { state: 'active' })
    release()
    await untilJob(2, { state: 'done' })
    await untilJob(1, { state: 'done', attempts: 1 })
    expect(started).toEqual([hash(1), hash(2)])
    expect(await eventsOf(1)).toHaveLength(3)
  })

  test('behavior: what is done is ordered anew', async () => {
    const queue = await openQueue()
    const handler = vi.fn<ProofHandler>(async () => undefined)
    await queue.work(handler)
    await queue.enqueue(order(1))
    await untilJob(1, { state: 'done' })
    await queue.enqueue({ ...order(1), batchId: 7n })
    await untilJob(1, { state: 'done', attempts: 2, batch_id: 7n })
    expect(handler).toHaveBeenCalledTimes(2)
  })

  test('behavior: a queue row holds the batch hash and nothing else', async () => {
    const queue = await openQueue()
    await queue.enqueue(order(1))
    const { rows } = await database.db.executeSql('select data, output, singleton_key from pgboss.job')
    expect(rows).toEqual([{ data: { batchHash: hash(1) }, output: null, singleton_key: hash(1) }])
  })

  test('behavior: jobs that pg-boss lost, as after an import, are supplied when work starts', async () => {
    const queue = await openQueue()
    await queue.enqueue(order(1))
    await database.db.executeSql('delete from pgboss.job')
    await queue.work(async () => undefined)
    await untilJob(1, { state: 'done', attempts: 1 })
  })

  test('behavior: what a process left active when it died is taken up by the next one', async () => {
    const dead = await openQueue({ retryLimit: 1 })
    await dead.enqueue(order(1))
    await dead.close()
    // As SIGKILL leaves it.
    await database.db.executeSql(`update pgboss.job set state = 'active', started_on = now(), heartbeat_on = now();
      update proof_jobs set state = 'active', attempts = 1`)
    const queue = await openQueue({ retryLimit: 1 })
    await queue.work(async () => undefined)
    await untilJob(1, { state: 'done', attempts: 2 })
  })

  test('error: options out of bounds', async () => {
    await expect(openQueue({ heartbeatSeconds: 9 })).rejects.toMatchObject({ field: 'heartbeatSeconds' })
    await expect(openQueue({ heartbeatSeconds: 10.5 })).rejects.toMatchObject({ field: 'heartbeatSeconds' })
    await expect(openQueue({ retryLimit: -1 })).rejects.toMatchObject({ field: 'retryLimit' })
  })

  test('error: a database that cannot be used', async () => {
    const refusal = new PoaError('DATABASE_UNREACHABLE', 'the database does not answer')
    const away: NodeDatabase = { ...database.db, executeSql: () => Promise.reject(refusal) }
    await expect(openProofQueue(away, { heartbeatSeconds: 10, retryLimit: 3, logger: silent })).rejects.toBe(refusal)
  })
})

describe('failures', () => {
  test('behavior: tried again with pauses up to the limit, then dead; others go on meanwhile', async () => {
    const queue = await openQueue({ retryLimit: 1 })
    await queue.enqueue(order(1))
    await queue.enqueue(order(2))
    await queue.enqueue(order(3))
    const tried: Hex[] = []
    await queue.work(async (batchHash) => {
      tried.push(batchHash)
      if (batchHash === hash(1)) throw new PoaError('PROVER_PROCESS_ENDED', 'the proving process ended (SIGKILL)')
    })
    await untilJob(1, { state: 'dead', attempts: 2, reason_code: 'PROVER_PROCESS_ENDED', worker: null })
    expect(tried).toEqual([hash(1), hash(2), hash(3), hash(1)])
    expect(await eventsOf(1)).toEqual([
      ['proof.queued', {}],
      ['proof.started', { attempt: 1 }],
      ['proof.queued', { reasonCode: 'PROVER_PROCESS_ENDED' }],
      ['proof.started', { attempt: 2 }],
      ['proof.dead', { reasonCode: 'PROVER_PROCESS_ENDED' }],
    ])
    expect(await queue.counts()).toEqual({ queued: 0, active: 0, dead: 1 })
  })

  test('behavior: what no retry can mend is dead at once', async () => {
    const failures = [
      new InvalidInputError('traces[0].label', "the head's argmax", 2),
      ...[
        'TRACES_NOT_SEALED',
        'WITNESS_FAILED',
        'PROOF_OF_OTHER_STATEMENT',
        'BATCH_FOR_OTHER_CIRCUIT',
        'DEV_KEYS_ON_PUBLIC_CHAIN',
      ].map((code) => new PoaError(code, 'a reason')),
    ]
    const queue = await openQueue()
    for (const n of failures.keys()) await queue.enqueue(order(n))
    await queue.work(async (batchHash) => {
      throw failures[[...failures.keys()].findIndex((n) => hash(n) === batchHash)]
    })
    await until(async () => expect(await queue.counts()).toEqual({ queued: 0, active: 0, dead: failures.length }))
    for (const [n, { code }] of failures.entries()) {
      expect(await jobOf(n)).toMatchObject({ state: 'dead', attempts: 1, reason_code: code })
    }
  })

  test('behavior: past its deadline a job is not begun', async () => {
    const queue = await openQueue()
    await queue.enqueue(order(1, new Date(Date.now() - 1)))
    const handler = vi.fn<ProofHandler>()
    await queue.work(handler)
    await untilJob(1, { state: 'dead', reason_code: 'DEADLINE_PASSED' })
    expect(handler).not.toHaveBeenCalled()
  })

  test('behavior: neither rows nor events nor logs hold what a message quotes', async () => {
    const secret = 987_654_321
    const logged: string[] = []
    const queue = await openQueue({
      retryLimit: 0,
      logger: pino({ level: 'trace' }, { write: (line) => logged.push(line) }),
    })
    await queue.enqueue(order(1))
    await queue.enqueue(order(2))
    await queue.work(async (batchHash) => {
      if (batchHash === hash(1))
        throw new InvalidInputError('traces[0].features[3]', 'an integer in -127 .. 127', secret)
      throw new TypeError('no sense', { cause: { features: [secret] } })
    })
    await untilJob(1, { state: 'dead', reason: 'traces[0].features[3] must be an integer in -127 .. 127' })
    await untilJob(2, { state: 'dead', reason_code: 'UNEXPECTED', reason: 'an unexpected TypeError' })
    const { rows } = await database.db.executeSql(`select to_jsonb(j) as row from pgboss.job j
      union all select to_jsonb(p) from proof_jobs p union all select to_jsonb(e) from events e`)
    expect(rows.length).toBeGreaterThan(4)
    expect(JSON.stringify(rows)).not.toContain(`${secret}`)
    expect(logged.join()).toContain('proof given up')
    expect(logged.join()).not.toContain(`${secret}`)
  })

  test('behavior: a worker that was taken for lost is told, and changes nothing any more', async () => {
    const queue = await openQueue()
    await queue.enqueue(order(1))
    const { handler, started, aborted } = heldHandler()
    await queue.work(handler)
    await until(() => expect(started).toHaveLength(1))
    // As if another worker had it by now.
    await database.db.executeSql(`update pgboss.job set retry_count = retry_count + 1;
      update proof_jobs set attempts = attempts + 1`)
    await until(() => expect(aborted).toEqual([hash(1)]))
    await queue.drain(0)
    expect(await jobOf(1)).toMatchObject({ state: 'active', attempts: 2, reason_code: null })
    const { rows } = await database.db.executeSql('select state, retry_count from pgboss.job')
    expect(rows).toEqual([{ state: 'active', retry_count: 1 }])
  })
})

describe('retryJob', () => {
  test('default: a dead job is tried again, an order alone does not revive it', async () => {
    const queue = await openQueue()
    let isBroken = true
    await queue.work(async () => {
      if (isBroken) throw new PoaError('WITNESS_FAILED', 'the circuit has no witness for this batch')
    })
    await queue.enqueue(order(1))
    await untilJob(1, { state: 'dead' })
    await queue.enqueue(order(1))
    expect(await jobOf(1)).toMatchObject({ state: 'dead' })
    expect(await database.db.executeSql(`select id from pgboss.job where state < 'completed'`)).toEqual({ rows: [] })
    isBroken = false
    await retryJob(database.db, queue, hash(1))
    await untilJob(1, { state: 'done', attempts: 1, reason_code: null, reason: null })
  })

  test('error: a job that is not dead, not there, or past its deadline', async () => {
    const queue = await openQueue()
    const retry = (n: number) => retryJob(database.db, queue, hash(n))
    await expect(retry(1)).rejects.toMatchObject({ name: 'PoaError', code: 'JOB_NOT_FOUND' })
    await queue.enqueue(order(1))
    await expect(retry(1)).rejects.toMatchObject({ code: 'JOB_NOT_DEAD' })
    await queue.enqueue(order(2, new Date(Date.now() - 1)))
    await database.db.executeSql(`update proof_jobs set state = 'dead'`)
    await expect(retry(2)).rejects.toMatchObject({ code: 'DEADLINE_PASSED' })
  })
})

describe('drain', () => {
  test('default: waits for what is under way, takes nothing more, and can go on afterwards', async () => {
    const queue = await openQueue()
    const { handler, started, aborted, release } = heldHandler()
    await queue.enqueue(order(1))
    await queue.work(handler)
    await until(() => expect(started).toEqual([hash(1)]))
    const drained = queue.drain(60_000)
    await queue.enqueue(order(2))
    release()
    await drained
    expect(aborted).toEqual([])
    expect(await jobOf(1)).toMatchObject({ state: 'done' })
    expect(await jobOf(2)).toMatchObject({ state: 'queued', attempts: 0 })
    await queue.work(async () => undefined)
    await untilJob(2, { state: 'done' })
  })

  test('behavior: when time is up the proof is called off and another worker has it; that counts as no failure', async () => {
    const [first, second] = [await openQueue({ retryLimit: 0 }), await openQueue({ retryLimit: 0 })]
    const { handler, started, aborted } = heldHandler()
    await first.enqueue(order(1))
    await first.work(handler)
    await until(() => expect(started).toHaveLength(1))
    await first.drain(10)
    expect(aborted).toEqual([hash(1)])
    expect(await jobOf(1)).toMatchObject({ state: 'queued', attempts: 1, reason_code: 'PROOF_ABORTED' })
    await second.work(async () => undefined)
    await untilJob(1, { state: 'done', attempts: 2, reason_code: null })
    expect((await eventsOf(1)).map(([kind]) => kind)).toEqual([
      'proof.queued',
      'proof.started',
      'proof.queued',
      'proof.started',
      'proof.done',
    ])
  })

  test('behavior: close calls off what is under way; idle, drained, closed or never at work, it just ends', async () => {
    const queue = await openQueue()
    const { handler, started, aborted } = heldHandler()
    await queue.enqueue(order(1))
    await queue.work(handler)
    await until(() => expect(started).toHaveLength(1))
    await queue.close()
    expect(aborted).toHaveLength(1)
    expect(await jobOf(1)).toMatchObject({ state: 'queued' })
    await queue.close()
    const idle = await openQueue()
    await idle.drain(0)
    await idle.close()
  })
})
