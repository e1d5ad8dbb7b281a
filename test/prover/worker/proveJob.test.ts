/** What a worker does with a job, on PGlite; once with a real proof. */
import type { Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { terminate } from '../../../prover/proving/snarkjs.ts'
import { openCircuits } from '../../../prover/worker/openCircuits.ts'
import { openProofQueue } from '../../../prover/worker/openProofQueue.ts'
import type { ProveJobOptions } from '../../../prover/worker/proveJob.ts'
import { ensureDevKeysOfShape } from '../../../scripts/keys/ensureDevKeys.ts'
import type { VerificationKey } from '../../../src/proof/Groth16.ts'
import { parseProof, verifyProof } from '../../../src/proof/verifyProof.ts'
import { listPublicSignals } from '../../../src/statement/buildStatement.ts'
import { computeContext } from '../../../src/statement/context.ts'
import { derivePublicSignals, parseSettlementClaim } from '../../../src/statement/settlementClaim.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import { openTestDatabase, silent, type TestDatabase } from '../store/openTestDatabase.ts'
import { openSimulatedWorker, SIMULATED_ARTIFACTS, SIMULATED_KEY_HASH } from './openSimulatedWorker.ts'
import { PROVER, type StoredBatch, storeSealedBatch } from './storeSealedBatch.ts'

const never = new AbortController().signal

let database: TestDatabase
let lastBatchId = 0n
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

const storeBatch = (circuitKeyHash = SIMULATED_KEY_HASH) =>
  storeSealedBatch(database.db.kysely, { batchId: ++lastBatchId, circuitKeyHash })

/** A job as the queue hands it out. */
async function storeActiveJob({ batchHash, batchId }: StoredBatch): Promise<void> {
  const job = { batch_hash: batchHash, batch_id: batchId, state: 'active' as const, deadline_at: new Date() }
  await database.db.kysely.insertInto('proof_jobs').values(job).execute()
}

const proofsOf = ({ batchHash }: StoredBatch) =>
  database.db.kysely.selectFrom('proofs').selectAll().where('batch_hash', '=', batchHash).execute()
const jobOf = ({ batchHash }: StoredBatch) =>
  database.db.kysely.selectFrom('proof_jobs').selectAll().where('batch_hash', '=', batchHash).executeTakeFirstOrThrow()
const progressOf = async ({ batchId }: StoredBatch) =>
  (
    await database.db.kysely
      .selectFrom('events')
      .select(['data'])
      .where('batch_id', '=', batchId)
      .where('kind', '=', 'proof.progress')
      .orderBy('event_id')
      .execute()
  ).map(({ data }) => data)

const simulatedWorker = (stored: StoredBatch, options: Partial<ProveJobOptions> = {}) =>
  openSimulatedWorker(database.db, stored, options)

function expectValid(row: { claim: unknown; proof: unknown }, verificationKey: VerificationKey): void {
  const publicSignals = listPublicSignals(derivePublicSignals(parseSettlementClaim(row.claim)))
  expect(verifyProof({ verificationKey, publicSignals, proof: parseProof(row.proof) })).toBe(true)
}

describe('proveJob', () => {
  test('default: the proof of the batch, stored step by step', async () => {
    const stored = await storeBatch()
    await storeActiveJob(stored)
    const { handler, steps } = simulatedWorker(stored)
    await handler(stored.batchHash, never)
    const [proof, ...others] = await proofsOf(stored)
    expect(others).toEqual([])
    expect(proof).toMatchObject({
      context: computeContext(stored.batch.context, stored.batchHash),
      worker: 'worker 1',
      witness_seconds: 1,
      prove_seconds: 2,
    })
    expect(parseSettlementClaim(proof!.claim).context).toEqual(stored.batch.context)
    expectValid(proof!, SIMULATED_ARTIFACTS.verificationKey)
    expect(steps).toEqual(['proof.witness', 'proof.proving', 'proof.made', 'proof.stored'])
    expect(await jobOf(stored)).toMatchObject({ state: 'active', worker: 'worker 1', stage: 'prove' })
    expect(await progressOf(stored)).toMatchObject([{ stage: 'witness' }, { stage: 'prove' }])
  })

  test('behavior: a proof that exists is not made again, whoever is paid for it; each has a salt of its own', async () => {
    const [one, other] = [await storeBatch(), await storeBatch()]
    const first = simulatedWorker(one)
    await first.handler(one.batchHash, never)
    const second = simulatedWorker(one, { prover: '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC' })
    await second.handler(one.batchHash, never)
    expect(second.backend.inputs).toEqual([])
    expect(second.steps).toEqual([])
    const third = simulatedWorker(other)
    await third.handler(other.batchHash, never)
    expect(third.backend.inputs[0]!.batchSalt).not.toBe(first.backend.inputs[0]!.batchSalt)
  })

  test('behavior: the proof for an id that a reorganisation took from the batch is none', async () => {
    const stored = await storeBatch()
    const first = simulatedWorker(stored)
    await first.handler(stored.batchHash, never)
    const batchId = 1000n + stored.batchId
    await database.db.kysely
      .updateTable('batches')
      .set({ batch_id: batchId })
      .where('batch_hash', '=', stored.batchHash)
      .execute()
    await database.db.kysely
      .updateTable('batch_requests')
      .set({ batch_id: batchId })
      .where('batch_id', '=', stored.batchId)
      .execute()
    const moved = { ...stored, batch: { ...stored.batch, context: { ...stored.batch.context, batchId } } }
    const second = simulatedWorker(moved)
    await second.handler(stored.batchHash, never)
    // The same batch, another salt: one that followed from the batch would hide nothing.
    expect(second.backend.inputs[0]!.batchSalt).not.toBe(first.backend.inputs[0]!.batchSalt)
    const contexts = (await proofsOf(stored)).map(({ context }) => context)
    expect(contexts).toHaveLength(2)
    expect(contexts).toContain(computeContext(moved.batch.context, stored.batchHash))
  })

  test('behavior: nothing is made for a batch that is settled, or that no block holds', async () => {
    const [settled, gone] = [await storeBatch(), await storeBatch()]
    await database.db.kysely
      .insertInto('settlements')
      .values({
        batch_id: settled.batchId,
        model_id: settled.batchId,
        prover: PROVER,
        digest: 1n,
        block_number: settled.batchId,
        log_index: 99,
        transaction_hash: '0x',
      })
      .execute()
    await database.db.kysely.deleteFrom('blocks').where('number', '=', gone.batchId).execute()
    for (const stored of [settled, gone]) {
      const { handler, backend } = simulatedWorker(stored)
      await handler(stored.batchHash, never)
      expect(backend.inputs).toEqual([])
      expect(await proofsOf(stored)).toEqual([])
    }
  })

  test('behavior: the estimate is the median of earlier proofs, and the job shows how much of it has passed', async () => {
    const stored = await storeBatch()
    await storeActiveJob(stored)
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { handler } = simulatedWorker(stored, { onStep: (step) => (step === 'proof.made' ? held : undefined) })
    const proving = handler(stored.batchHash, never)
    // Earlier tests' proofs took 1 + 2 s each.
    await vi.waitFor(
      async () => {
        const { fraction } = await jobOf(stored)
        expect(fraction).toBeGreaterThan(0.3)
      },
      { timeout: 10_000, interval: 50 },
    )
    expect(await jobOf(stored)).toMatchObject({ stage: 'prove', expected_seconds: 3 })
    release()
    await proving
    const events = await progressOf(stored)
    expect(events.slice(0, 2)).toMatchObject([
      { stage: 'witness', expectedSeconds: 3 },
      { stage: 'prove', expectedSeconds: 3 },
    ])
    expect(Number(events[2]!.percent)).toBeGreaterThan(30)
  })

  test('behavior: progress is not written over that of another worker', async () => {
    const stored = await storeBatch()
    await storeActiveJob(stored)
    const { handler } = simulatedWorker(stored, {
      onStep: async (step) => {
        if (step !== 'proof.proving') return
        const mine = { worker: 'worker 2', stage: 'witness', fraction: 0.5 }
        await database.db.kysely
          .updateTable('proof_jobs')
          .set(mine)
          .where('batch_hash', '=', stored.batchHash)
          .execute()
      },
    })
    await handler(stored.batchHash, never)
    expect(await jobOf(stored)).toMatchObject({ worker: 'worker 2', fraction: 0.5 })
    expect(await proofsOf(stored)).toHaveLength(1)
  })

  test('error: a circuit that this worker has no keys of', async () => {
    const stored = await storeBatch(`0x${'cd'.repeat(32)}`)
    const { handler, backend } = simulatedWorker(stored)
    await expect(handler(stored.batchHash, never)).rejects.toMatchObject({ name: 'PoaError', code: 'CIRCUIT_MISSING' })
    expect(backend.inputs).toEqual([])
  })

  type Break = (kysely: TestDatabase['db']['kysely'], stored: StoredBatch) => Promise<unknown>
  const broken: [string, string, Break][] = [
    [
      'a model that is not stored',
      'MODEL_MISSING',
      (kysely, { batchId }) => kysely.deleteFrom('model_artifacts').where('model_id', '=', batchId).execute(),
    ],
    [
      'a trace that was cancelled',
      'TRACES_MISSING',
      (kysely, { batch }) =>
        kysely
          .updateTable('traces')
          .set({ cancelled_at: new Date() })
          .where('request_id', '=', batch.traces[1]!.requestId)
          .execute(),
    ],
    [
      'a trace with other commitments than those sealed',
      'TRACES_MISSING',
      (kysely, { batch }) =>
        kysely
          .updateTable('traces')
          .set({ output_commitment: 5n })
          .where('request_id', '=', batch.traces[0]!.requestId)
          .execute(),
    ],
    [
      'a salt that was altered',
      'TRACES_NOT_SEALED',
      (kysely, { batch }) =>
        kysely
          .updateTable('trace_witnesses')
          .set({ input_salt: 5n })
          .where('input_salt', '=', batch.traces[0]!.inputSalt)
          .execute(),
    ],
    [
      'a model that was altered: the label is not its argmax',
      'INVALID_INPUT',
      (kysely, { batch, batchId }) =>
        kysely
          .updateTable('model_artifacts')
          .set({ head: toJson(batch.head.map((row) => row.map((weight) => -weight))) })
          .where('model_id', '=', batchId)
          .execute(),
    ],
  ]
  test.each(broken)('error: %s gives %s', async (_name, code, breakIt) => {
    const stored = await storeBatch()
    await breakIt(database.db.kysely, stored)
    const { handler, backend } = simulatedWorker(stored)
    await expect(handler(stored.batchHash, never)).rejects.toMatchObject({ code })
    expect(backend.inputs).toEqual([])
  })
})

test('behavior: a job of the queue becomes a real proof, and nothing private leaves the witnesses', async () => {
  const { artifacts } = await ensureDevKeysOfShape('tiny')
  await terminate()
  const circuits = await openCircuits([artifacts.directory])
  const queue = await openProofQueue(database.db, { heartbeatSeconds: 10, retryLimit: 0, logger: silent })
  try {
    const stored = await storeBatch(artifacts.manifest.circuitKeyHash as Hex)
    const { batchHash, batchId, batch } = stored
    await queue.enqueue({ batchHash, batchId, deadlineAt: new Date(Date.now() + 3_600_000) })
    await queue.work(simulatedWorker(stored, { circuits }).handler)
    await vi.waitFor(async () => expect(await jobOf(stored)).toMatchObject({ state: 'done', attempts: 1 }), {
      timeout: 60_000,
      interval: 50,
    })
    const [proof] = await proofsOf(stored)
    expectValid(proof!, artifacts.verificationKey)
    const { rows } = await database.db.executeSql(`select to_jsonb(j) as row from pgboss.job j
      union all select to_jsonb(p) from proof_jobs p union all select to_jsonb(e) from events e
      union all select to_jsonb(p) from proofs p`)
    const text = JSON.stringify(rows)
    expect(text).toContain(batchHash)
    for (const { inputSalt, outputSalt, features } of batch.traces) {
      for (const secret of [`${inputSalt}`, `${outputSalt}`, JSON.stringify(features)])
        expect(text).not.toContain(secret)
    }
  } finally {
    await queue.close()
    await circuits.close()
  }
})
