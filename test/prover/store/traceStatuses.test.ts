import type { Insertable } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { NodeDatabase } from '../../../prover/store/openDatabase.ts'
import type { ProofJobState, Tables, TransactionKind, TransactionState } from '../../../prover/store/tables.ts'
import { KINDS, useDatabases } from './useDatabases.ts'

const databases = useDatabases()

/** Unix seconds of the newest block. */
const NOW = 1000n
const MIRRORED = { block_number: 5n, log_index: 0, transaction_hash: '0xaa' }

/** How far one trace has come, each case with a request and a batch of its own. */
type Case = {
  isPaid?: boolean
  sealDeadline?: bigint
  isRefunded?: boolean
  isCancelled?: boolean
  isSealed?: boolean
  settleDeadline?: bigint
  sealedOutput?: bigint
  job?: ProofJobState
  isProved?: boolean
  isSettled?: boolean
  transactions?: [TransactionKind, TransactionState][]
}
type Status = Partial<Tables['trace_statuses']>

const sealed = { isSealed: true } as const
const CASES: Record<string, [Case, Status]> = {
  'of a request that the mirror has not seen': [{ isPaid: false }, { summary: 'accepted', request_state: 'unknown' }],
  paid: [
    {},
    { summary: 'accepted', request_state: 'paid', epoch_id: 3n, pool_wei: 50n, fee_wei: 100n, batch_id: null },
  ],
  'at its seal deadline': [{ sealDeadline: NOW }, { summary: 'accepted' }],
  'past its seal deadline': [{ sealDeadline: NOW - 1n }, { summary: 'expired', request_state: 'paid' }],
  'past its seal deadline and refunded': [
    { sealDeadline: NOW - 1n, isRefunded: true },
    { summary: 'refunded', request_state: 'refunded' },
  ],
  cancelled: [{ isCancelled: true }, { summary: 'cancelled', trace_state: 'cancelled', request_state: 'paid' }],
  'with a seal on its way': [
    { transactions: [['seal', 'broadcast']] },
    { summary: 'sealing', transaction_kind: 'seal', transaction_state: 'broadcast' },
  ],
  'with a seal that was refused': [
    { transactions: [['seal', 'refused']] },
    { summary: 'accepted', transaction_state: 'refused', transaction_reason_code: 'SomeError' },
  ],
  'with a second seal after a lost one': [
    {
      transactions: [
        ['seal', 'lost'],
        ['seal', 'intended'],
      ],
    },
    { summary: 'sealing', transaction_state: 'intended' },
  ],
  sealed: [
    sealed,
    { summary: 'sealed', request_state: 'sealed', position: 0, settle_deadline: NOW + 100n, has_proof: false },
  ],
  'sealed, its job waiting': [
    { ...sealed, job: 'queued' },
    { summary: 'sealed', job_state: 'queued' },
  ],
  'sealed, its proof being made': [
    { ...sealed, job: 'active' },
    { summary: 'proving', job_state: 'active', stage: 'prove', fraction: 0.5 },
  ],
  'sealed, its job dead': [
    { ...sealed, job: 'dead' },
    { summary: 'failed', reason_code: 'WITNESS_FAILED' },
  ],
  'proved after its job was given up': [
    { ...sealed, job: 'dead', isProved: true },
    { summary: 'settling', has_proof: true },
  ],
  'proved, its settlement on its way': [
    {
      ...sealed,
      isProved: true,
      transactions: [
        ['seal', 'final'],
        ['settle', 'mined'],
      ],
    },
    { summary: 'settling', transaction_kind: 'settle', transaction_state: 'mined' },
  ],
  'sealed with another output': [
    { ...sealed, sealedOutput: 9n },
    { summary: 'mismatched', request_state: 'sealed' },
  ],
  'past its settle deadline, proved or not': [
    { ...sealed, settleDeadline: NOW - 1n, isProved: true },
    { summary: 'expired', request_state: 'sealed' },
  ],
  'past its settle deadline and refunded': [
    { ...sealed, settleDeadline: NOW - 1n, isRefunded: true },
    { summary: 'refunded', request_state: 'refunded' },
  ],
  settled: [
    { ...sealed, settleDeadline: NOW - 1n, isProved: true, isSettled: true },
    { summary: 'settled', request_state: 'settled', settlement_hash: '0xaa' },
  ],
}

describe.each(KINDS)('%s', (kind) => {
  test('default: each case is summed up', async () => {
    const db = await databases.clear(kind)
    await insertBlocks(db)
    const expected: Record<string, Status> = {}
    for (const [i, [name, [facts, status]]] of Object.entries(CASES).entries()) {
      await insertCase(db, BigInt(i + 1), name, facts)
      expected[name] = status
    }
    const rows = await db.kysely.selectFrom('trace_statuses').selectAll().execute()
    expect(Object.fromEntries(rows.map((row) => [row.trace_id, row]))).toMatchObject(expected)
    // One row for each trace, whatever is joined.
    expect(rows).toHaveLength(Object.keys(CASES).length)
  })

  test('behavior: what a reorganisation takes back is gone from the status, and the trace is not', async () => {
    const db = await databases.clear(kind)
    await insertBlocks(db)
    await insertCase(db, 1n, 'trace', { isSealed: true, isProved: true, isSettled: true })
    await db.kysely.deleteFrom('blocks').where('number', '>=', 5n).execute()
    const status = await db.kysely.selectFrom('trace_statuses').selectAll().executeTakeFirstOrThrow()
    expect(status).toMatchObject({
      summary: 'accepted',
      request_state: 'unknown',
      batch_id: null,
      settlement_hash: null,
    })
    // The proof stays, for when the batch comes back.
    expect(await db.kysely.selectFrom('proofs').select('context').execute()).toEqual([{ context: 2n ** 200n + 1n }])
    for (const table of ['requests', 'batches', 'batch_requests', 'settlements'] as const)
      expect(await db.kysely.selectFrom(table).selectAll().execute()).toEqual([])
  })

  test('behavior: the operator who speaks for a model is the last one named', async () => {
    const { kysely } = await databases.clear(kind)
    await insertBlocks({ kysely })
    const model = { model_id: 1n, owner: '0xowner', operator: '0xfirst', ...MIRRORED, block_number: 4n }
    const change = { model_id: 1n, ...MIRRORED }
    await kysely
      .insertInto('models')
      .values([model, { ...model, model_id: 2n }])
      .execute()
    await kysely
      .insertInto('operator_changes')
      .values([
        { ...change, log_index: 2, new_operator: '0xlast' },
        { ...change, log_index: 1, new_operator: '0xsecond' },
      ])
      .execute()
    expect(await kysely.selectFrom('current_operators').selectAll().orderBy('model_id').execute()).toEqual([
      { model_id: 1n, owner: '0xowner', operator: '0xlast' },
      { model_id: 2n, owner: '0xowner', operator: '0xfirst' },
    ])
  })
})

async function insertBlocks({ kysely }: Pick<NodeDatabase, 'kysely'>): Promise<void> {
  const block = { hash: '0x', parent_hash: '0x', has_events: true }
  await kysely
    .insertInto('blocks')
    .values([
      { ...block, number: 4n, timestamp: NOW - 1n },
      { ...block, number: 5n, timestamp: NOW },
    ])
    .execute()
}

async function insertCase({ kysely }: NodeDatabase, id: bigint, traceId: string, facts: Case): Promise<void> {
  const { isPaid = true, sealDeadline = NOW + 50n, settleDeadline = NOW + 100n, sealedOutput = 2n } = facts
  const insert = <Table extends keyof Tables>(table: Table, row: Insertable<Tables[Table]>) =>
    kysely.insertInto(table).values(row).execute()
  const request = { request_id: id, model_id: 1n, epoch_id: 3n }
  const batch = { batch_id: id, batch_hash: `0xbatch${id}` }
  const commitments = { input_commitment: 1n, output_commitment: 2n }
  await insert('traces', {
    trace_id: traceId,
    request_id: id,
    model_id: 1n,
    operator: '0x',
    ...commitments,
    nonce: 0n,
    deadline: 0n,
    signature: '0x',
    file_hash: '',
  })
  if (facts.isCancelled)
    await kysely.updateTable('traces').set({ cancelled_at: new Date() }).where('trace_id', '=', traceId).execute()
  if (isPaid)
    await insert('requests', {
      ...request,
      payer: '0x',
      fee_wei: 100n,
      pool_wei: 50n,
      request_hash: '0x',
      seal_deadline: sealDeadline,
      ...MIRRORED,
    })
  if (facts.isRefunded) await insert('refunds', { request_id: id, payer: '0x', fee_wei: 100n, ...MIRRORED })
  if (facts.isSealed) {
    await insert('batches', { ...batch, model_id: 1n, epoch_id: 3n, settle_deadline: settleDeadline, ...MIRRORED })
    await insert('batch_requests', {
      batch_id: id,
      position: 0,
      request_id: id,
      pool_wei: 50n,
      ...commitments,
      output_commitment: sealedOutput,
      ...MIRRORED,
    })
  }
  if (facts.job)
    await insert('proof_jobs', {
      ...batch,
      state: facts.job,
      stage: facts.job === 'active' ? 'prove' : null,
      fraction: facts.job === 'active' ? 0.5 : null,
      deadline_at: new Date(),
      reason_code: facts.job === 'dead' ? 'WITNESS_FAILED' : null,
    })
  const context = 2n ** 200n + id
  if (facts.isProved)
    await insert('proofs', {
      context,
      batch_hash: batch.batch_hash,
      claim: '{}',
      proof: '{}',
      worker: 'worker',
      witness_seconds: 0.1,
      prove_seconds: 1,
    })
  if (facts.isSettled)
    await insert('settlements', { batch_id: id, model_id: 1n, prover: '0x', digest: 1n, ...MIRRORED })
  for (const [kind, state] of facts.transactions ?? []) {
    const { transaction_id } = await kysely
      .insertInto('transactions')
      .values({
        kind,
        state,
        subject: kind === 'seal' ? batch.batch_hash : String(context),
        sender: '0x',
        recipient: '0x',
        data: '0x',
        reason_code: state === 'refused' ? 'SomeError' : null,
      })
      .returning('transaction_id')
      .executeTakeFirstOrThrow()
    if (kind === 'seal') await insert('transaction_traces', { transaction_id, trace_id: traceId, position: 0 })
  }
}
