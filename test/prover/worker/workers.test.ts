/** Worker processes on one PostgreSQL: what happens to a proof when its worker is killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { terminate } from '../../../prover/proving/snarkjs.ts'
import { migrate } from '../../../prover/store/migrate.ts'
import { type NodeDatabase, openDatabase } from '../../../prover/store/openDatabase.ts'
import { openProofQueue } from '../../../prover/worker/openProofQueue.ts'
import type { ProofHandler, ProofQueue } from '../../../prover/worker/ProofQueue.ts'
import { proveJob } from '../../../prover/worker/proveJob.ts'
import { ensureDevKeysOfShape } from '../../../scripts/keys/ensureDevKeys.ts'
import { silent } from '../store/openTestDatabase.ts'
import { startTestPostgres, type TestPostgres } from '../store/startTestPostgres.ts'
import { openSimulatedWorker, SIMULATED_KEY_HASH } from './openSimulatedWorker.ts'
import { CHAIN, PROVER, type StoredBatch, storeSealedBatch } from './storeSealedBatch.ts'

const SCRIPT = fileURLToPath(new URL('./workUntilKilled.ts', import.meta.url))

let postgres: TestPostgres
let circuitKeyHash: Hex
const opened: NodeDatabase[] = []
const queues: ProofQueue[] = []
const spawned: ChildProcess[] = []

beforeAll(async () => {
  circuitKeyHash = (await ensureDevKeysOfShape('tiny')).artifacts.manifest.circuitKeyHash as Hex
  await terminate()
  postgres = await startTestPostgres()
})
afterAll(async () => {
  for (const child of spawned) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  for (const queue of queues) await queue.close()
  for (const db of opened) await db.close()
  await postgres.stop()
})

type Setting = { readonly url: string; readonly db: NodeDatabase; readonly stored: StoredBatch }

async function openFreshDatabase(url: string): Promise<NodeDatabase> {
  const db = await openDatabase({ url }, silent)
  opened.push(db)
  await migrate(db)
  return db
}

/** A database of its own with one ordered proof. */
async function orderProof(retryLimit: number, keyHash = circuitKeyHash): Promise<Setting> {
  const url = await postgres.createDatabase()
  const db = await openFreshDatabase(url)
  const stored = await storeSealedBatch(db.kysely, { batchId: 1n, circuitKeyHash: keyHash })
  const queue = await openProofQueue(db, { heartbeatSeconds: 10, retryLimit, logger: silent })
  await queue.enqueue({ ...stored, deadlineAt: new Date(Date.now() + 3_600_000) })
  await queue.close()
  return { url, db, stored }
}

/** Works in this process. */
async function workHere({ db }: Setting, retryLimit: number, handler: ProofHandler): Promise<void> {
  const queue = await openProofQueue(db, { heartbeatSeconds: 10, retryLimit, logger: silent })
  queues.push(queue)
  await queue.work(handler)
}

/** @param stayAt the step beyond which it does not go */
function startWorker({ url }: Setting, name: string, retryLimit: number, stayAt?: string) {
  const args = ['--import', 'tsx', SCRIPT, url, name, `${retryLimit}`, ...(stayAt === undefined ? [] : [stayAt])]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  spawned.push(child)
  const said: string[] = []
  createInterface({ input: child.stdout! }).on('line', (line) => said.push(line))
  return {
    said,
    until: (line: string) => vi.waitFor(() => expect(said).toContain(line), { timeout: 60_000, interval: 20 }),
    async end(signal: 'SIGKILL' | 'SIGTERM') {
      const exited = once(child, 'exit')
      child.kill(signal)
      return exited
    },
  }
}

const untilJob = ({ db }: Setting, expected: object) =>
  vi.waitFor(
    async () => expect(await db.kysely.selectFrom('proof_jobs').selectAll().executeTakeFirst()).toMatchObject(expected),
    { timeout: 60_000, interval: 50 },
  )

describe.concurrent('worker', () => {
  test('behavior: killed in mid-proof, another worker makes it; told to stop, a worker leaves nothing behind', async () => {
    const setting = await orderProof(1)
    const first = startWorker(setting, 'first', 1, 'proof.proving')
    await first.until('proof.proving')
    const second = startWorker(setting, 'second', 1)
    await second.until('working')
    await untilJob(setting, { state: 'active', attempts: 1, worker: 'first' })
    expect(await first.end('SIGKILL')).toEqual([null, 'SIGKILL'])
    await untilJob(setting, { state: 'done', attempts: 2, worker: 'second' })
    const proofs = await setting.db.kysely.selectFrom('proofs').select('worker').execute()
    expect(proofs).toEqual([{ worker: 'second' }])
    expect(second.said).toEqual(['working', 'proof.witness', 'proof.proving', 'proof.made', 'proof.stored'])
    // Nobody calls process.exit: it ends because nothing keeps it.
    expect(await second.end('SIGTERM')).toEqual([0, null])
  })

  test('behavior: that is lost too often takes the proof with it', async () => {
    const setting = await orderProof(0)
    const worker = startWorker(setting, 'first', 0, 'proof.proving')
    await worker.until('proof.proving')
    await worker.end('SIGKILL')
    const handler = vi.fn<ProofHandler>()
    await workHere(setting, 0, handler)
    await untilJob(setting, { state: 'dead', attempts: 1, reason_code: 'WORKER_LOST' })
    expect(handler).not.toHaveBeenCalled()
  })

  test('behavior: killed when the proof is stored, it is not made again', async () => {
    const setting = await orderProof(1)
    const worker = startWorker(setting, 'first', 1, 'proof.stored')
    await worker.until('proof.stored')
    await worker.end('SIGKILL')
    const without = { get: () => undefined }
    const options = { db: setting.db, chain: CHAIN, circuits: without, prover: PROVER, workerName: 'second' }
    await workHere(setting, 1, proveJob({ ...options, onStep: () => undefined, logger: silent }))
    await untilJob(setting, { state: 'done', attempts: 2 })
  })
})

test('behavior: several open a fresh database at once', async () => {
  const db = await openFreshDatabase(await postgres.createDatabase())
  const options = { heartbeatSeconds: 10, retryLimit: 0, logger: silent }
  queues.push(...(await Promise.all([1, 2, 3].map(() => openProofQueue(db, options)))))
  expect(await queues.at(-1)!.counts()).toEqual({ queued: 0, active: 0, dead: 0 })
})

test('behavior: a database that goes away when the proof is made is waited for', async () => {
  const setting = await orderProof(0, SIMULATED_KEY_HASH)
  const { handler, backend } = openSimulatedWorker(setting.db, setting.stored, {
    onStep: async (step) => {
      if (step !== 'proof.made') return
      await postgres.interrupt()
      resumed = postgres.resume()
    },
  })
  let resumed: Promise<void> | undefined
  await workHere(setting, 0, handler)
  await vi.waitFor(() => expect(resumed).toBeDefined(), { timeout: 20_000, interval: 20 })
  await resumed
  await untilJob(setting, { state: 'done', attempts: 1, worker: 'worker 1' })
  expect(backend.inputs).toHaveLength(1)
  expect(await setting.db.kysely.selectFrom('proofs').select('worker').execute()).toHaveLength(1)
})
