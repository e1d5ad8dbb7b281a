import { encodeFunctionResult, type Hex } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type IntakeLimits, openIntake, type TraceOutcome } from '../../../prover/intake/acceptTraces.ts'
import { RetryLaterError } from '../../../prover/intake/RetryLaterError.ts'
import type { TraceFiles } from '../../../prover/store/openTraceFiles.ts'
import type { TraceSubmission } from '../../../src/api/submission.ts'
import { epochLedgerAbi, inferenceEscrowAbi, modelRegistryAbi, verifierRegistryAbi } from '../../../src/chain/abi.ts'
import { PoaError } from '../../../src/errors.ts'
import { commitIndex, commitWeights } from '../../../src/statement/commitments.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import {
  answerEmpty,
  batch,
  type MirrorSetting,
  MODEL_ID,
  openMirrorSetting,
  SEAL_DEADLINE,
  stranger,
  tiny,
} from './openMirrorSetting.ts'

let setting: MirrorSetting
beforeAll(async () => {
  setting = await openMirrorSetting()
})
beforeEach(() => setting.reset())
afterAll(() => setting.close())

const LIMITS: IntakeLimits = { maxPendingTraces: 1000, tracesPerMinutePerOperator: 1000, minFeeWei: 0n }
const open = (limits: Partial<IntakeLimits> = {}, files: Pick<TraceFiles, 'write' | 'close'> = setting.files) =>
  openIntake({ ...setting, files, limits: { ...LIMITS, ...limits } })

type Refused = TraceOutcome & { readonly refusal: RetryLaterError }
const codeOf = (outcome: TraceOutcome | undefined) =>
  outcome === undefined || !('refusal' in outcome) ? 'accepted' : outcome.refusal.code
const traceRows = () =>
  setting.db.kysely.selectFrom('traces').select(['trace_id', 'cancelled_at']).orderBy('accepted_at').execute()
const events = async () =>
  (await setting.db.kysely.selectFrom('events').select(['kind', 'trace_id', 'data']).orderBy('event_id').execute()).map(
    ({ kind, trace_id, data }) => [kind, trace_id, data],
  )
async function pendingFiles(): Promise<number> {
  let count = 0
  for await (const _ of setting.files.readPending()) count += 1
  return count
}
/** Stores a seal that is on its way, of one trace. */
async function intendSeal(traceId: Hex, state: 'intended' | 'refused'): Promise<void> {
  const { transaction_id } = await setting.db.kysely
    .insertInto('transactions')
    .values({ kind: 'seal', subject: '0x', sender: '0x', recipient: '0x', data: '0x', state })
    .returning('transaction_id')
    .executeTakeFirstOrThrow()
  await setting.db.kysely
    .insertInto('transaction_traces')
    .values({ transaction_id, trace_id: traceId, position: 0 })
    .execute()
}

describe('acceptTraces', () => {
  test('default: an accepted trace is on disk and in the database, with its witness and its event', async () => {
    const submission = await setting.sign({ requestId: 1n })
    const [outcome] = await open().acceptTraces([submission])
    expect(outcome).toEqual({ traceId: expect.stringMatching(/^0x[0-9a-f]{64}$/), isNew: true })
    expect(setting.steps).toEqual(['trace.filed', 'trace.stored'])
    const row = await setting.db.kysely
      .selectFrom('traces')
      .innerJoin('trace_witnesses', 'trace_witnesses.trace_id', 'traces.trace_id')
      .selectAll()
      .executeTakeFirstOrThrow()
    expect(row).toMatchObject({
      trace_id: outcome!.traceId,
      request_id: 1n,
      model_id: 1n,
      input_commitment: submission.inputCommitment,
      output_commitment: submission.outputCommitment,
      features: submission.features,
      label: submission.label,
      input_salt: submission.inputSalt,
      output_salt: submission.outputSalt,
      signature: submission.signature,
      cancelled_at: null,
    })
    for await (const { hash, submission: filed } of setting.files.readPending()) {
      expect(hash).toBe(row.file_hash)
      expect(filed).toEqual(submission)
    }
    expect(await events()).toEqual([['trace.accepted', row.trace_id, { requestId: '1', modelId: '1' }]])
    expect(setting.asked).toEqual([]) // the mirror knew it all
  })

  test('behavior: the same trace again changes nothing', async () => {
    const intake = open()
    const submission = await setting.sign()
    const [first] = await intake.acceptTraces([submission])
    const [again] = await intake.acceptTraces([submission])
    expect(again).toEqual({ ...first, isNew: false })
    expect(await traceRows()).toHaveLength(1)
    expect(setting.steps).toEqual(['trace.filed', 'trace.stored'])
  })

  test('behavior: of identical traces that come at once one is new', async () => {
    const intake = open()
    const submission = await setting.sign()
    const outcomes = (await Promise.all(Array.from({ length: 8 }, () => intake.acceptTraces([submission])))).flat()
    expect(outcomes.filter((outcome) => 'isNew' in outcome && outcome.isNew).length).toBeGreaterThanOrEqual(1)
    expect(new Set(outcomes.map(({ traceId }) => traceId)).size).toBe(1)
    expect(outcomes.map(codeOf)).toEqual(Array(8).fill('accepted'))
    expect(await traceRows()).toHaveLength(1)
    expect((await events()).length).toBe(1)
  })

  test('behavior: of different traces of one request that come at once exactly one stands', async () => {
    const intake = open()
    const submissions = await Promise.all(Array.from({ length: 8 }, () => setting.sign({ requestId: 3n })))
    const codes = (await Promise.all(submissions.map((each) => intake.acceptTraces([each])))).flat().map(codeOf)
    expect(codes.sort()).toEqual([...Array(7).fill('TRACE_SUPERSEDED'), 'accepted'])
    expect((await traceRows()).filter(({ cancelled_at }) => cancelled_at === null)).toHaveLength(1)
    expect(await pendingFiles()).toBe(1)
  })

  test('behavior: of traces with different nonces that come at once the highest is accepted, and stands', async () => {
    const intake = open()
    const nonces = [3n, 5n, 8n, 7n, 1n]
    const submissions = await Promise.all(nonces.map((nonce) => setting.sign({ requestId: 3n, nonce })))
    const highest = (await Promise.all(submissions.map((each) => intake.acceptTraces([each])))).flat()[2]!
    expect(codeOf(highest)).toBe('accepted')
    const standing = (await traceRows()).filter(({ cancelled_at }) => cancelled_at === null)
    expect(standing).toMatchObject([{ trace_id: highest.traceId }])
    expect(await pendingFiles()).toBe(1)
  })

  test('error: a request that paid less than the node asks for', async () => {
    const { fee_wei: feeWei } = await setting.db.kysely
      .selectFrom('requests')
      .select('fee_wei')
      .where('request_id', '=', 1n)
      .executeTakeFirstOrThrow()
    const trace = await setting.sign({ requestId: 1n })
    const [tooLow] = await open({ minFeeWei: feeWei + 1n }).acceptTraces([trace])
    expect(codeOf(tooLow)).toBe('FEE_TOO_LOW')
    const [enough] = await open({ minFeeWei: feeWei }).acceptTraces([trace])
    expect(codeOf(enough)).toBe('accepted')
  })

  test('behavior: several traces are answered each for itself, in their order', async () => {
    const [a, b, c] = await Promise.all([1n, 2n, 1n].map((requestId) => setting.sign({ requestId })))
    const unpaid = await setting.sign({ requestId: 5000n })
    const outcomes = await open().acceptTraces([a!, unpaid, c!, { ...b!, inputSalt: b!.inputSalt + 1n }, b!])
    expect(outcomes.map(codeOf)).toEqual([
      'accepted',
      'REQUEST_NOT_PAID',
      'REQUEST_TWICE_IN_SUBMISSION',
      'INPUT_COMMITMENT_WRONG',
      'REQUEST_TWICE_IN_SUBMISSION',
    ])
    expect(await traceRows()).toHaveLength(1)
    expect(await pendingFiles()).toBe(1)
  })

  test('behavior: a hundred at once are all stored', async () => {
    const intake = open()
    const submissions = await Promise.all(
      Array.from({ length: 99 }, (_, i) => setting.sign({ requestId: BigInt(i + 1) })),
    )
    const outcomes = (await Promise.all(submissions.map((each) => intake.acceptTraces([each])))).flat()
    expect(outcomes.map(codeOf)).toEqual(Array(99).fill('accepted'))
    expect(new Set((await traceRows()).map(({ trace_id }) => trace_id))).toEqual(
      new Set(outcomes.map(({ traceId }) => traceId)),
    )
  })

  test('behavior: a higher nonce replaces, and the file of what was replaced is closed', async () => {
    const intake = open()
    const [first] = await intake.acceptTraces([await setting.sign()])
    const [second] = await intake.acceptTraces([await setting.sign({ nonce: 1n })])
    expect(codeOf(second)).toBe('accepted')
    expect(await traceRows()).toEqual([
      { trace_id: first!.traceId, cancelled_at: expect.any(Date) },
      { trace_id: second!.traceId, cancelled_at: null },
    ])
    expect((await events()).map(([kind, traceId]) => [kind, traceId])).toEqual([
      ['trace.accepted', first!.traceId],
      ['trace.cancelled', first!.traceId],
      ['trace.accepted', second!.traceId],
    ])
    expect((await events())[1]![2]).toEqual({ replacedBy: second!.traceId })
    expect(await pendingFiles()).toBe(1)
  })

  test('behavior: what is being sealed is not replaced, until its seal has failed', async () => {
    const intake = open()
    const [first] = await intake.acceptTraces([await setting.sign()])
    await intendSeal(first!.traceId!, 'intended')
    const higher = await setting.sign({ nonce: 1n })
    expect(codeOf((await intake.acceptTraces([higher]))[0])).toBe('TRACE_BEING_SEALED')
    expect(await pendingFiles()).toBe(1)
    await setting.db.kysely.updateTable('transactions').set({ state: 'refused' }).execute()
    expect(codeOf((await intake.acceptTraces([higher]))[0])).toBe('accepted')
  })

  test('behavior: a request that was sealed with these commitments is still taken, also in place of a trace with others', async () => {
    const intake = open()
    await intake.acceptTraces([await setting.sign()])
    const right = await setting.sign({ nonce: 1n })
    await setting.mirrorSeal(1n, [right])
    await setting.mirrorTime(SEAL_DEADLINE + 1n) // sealed in time
    const [outcome] = await intake.acceptTraces([right])
    expect(codeOf(outcome)).toBe('accepted')
    const status = await setting.db.kysely
      .selectFrom('trace_statuses')
      .select('summary')
      .where('trace_id', '=', outcome!.traceId!)
      .executeTakeFirstOrThrow()
    expect(status.summary).toBe('sealed')
  })

  test('behavior: head and index that the chain no longer pins are not used', async () => {
    const intake = open()
    expect(codeOf((await intake.acceptTraces([await setting.sign({ requestId: 1n })]))[0])).toBe('accepted')
    await setting.db.kysely.updateTable('model_versions').set({ weights_commitment: 5n }).execute()
    expect(codeOf((await intake.acceptTraces([await setting.sign({ requestId: 2n })]))[0])).toBe('MODEL_NOT_STORED')
  })

  test('behavior: a newer head and index change nothing for requests of a running epoch', async () => {
    const { kysely } = setting.db
    const at = { block_number: 1n, log_index: 9_999, transaction_hash: `0x${'f2'.repeat(32)}` as const }
    const newer = { ...at, model_id: MODEL_ID, model_version: 2n }
    await kysely
      .insertInto('model_versions')
      .values({ ...newer, weights_commitment: 5n, circuit_id: '0xc1c1c1c1' })
      .execute()
    await kysely
      .insertInto('influence_indexes')
      .values({ ...newer, index_version: 2n, index_commitment: 6n, contributors: toJson([]) })
      .execute()
    try {
      const [outcome] = await open().acceptTraces([await setting.sign({ requestId: 2n })])
      expect(codeOf(outcome)).toBe('accepted')
    } finally {
      await kysely.deleteFrom('influence_indexes').where('index_version', '=', 2n).execute()
      await kysely.deleteFrom('model_versions').where('model_version', '=', 2n).execute()
    }
  })

  test('error: too many wait to be settled', async () => {
    const intake = open({ maxPendingTraces: 2 })
    const outcomes = []
    const submissions = await Promise.all([1n, 2n, 3n].map((requestId) => setting.sign({ requestId })))
    for (const submission of submissions) outcomes.push(...(await intake.acceptTraces([submission])))
    expect(outcomes.map(codeOf)).toEqual(['accepted', 'accepted', 'BACKLOG_FULL'])
    expect((outcomes[2] as Refused).refusal.retryAfterSeconds).toBe(5)
    // Handing in again what was accepted is no more than a question.
    expect((await intake.acceptTraces([submissions[0]!]))[0]).toMatchObject({ isNew: false })
    // A new process counts what is there.
    expect(codeOf((await open({ maxPendingTraces: 2 }).acceptTraces([await setting.sign({ requestId: 3n })]))[0])).toBe(
      'BACKLOG_FULL',
    )
    await setting.mirrorRefund(1n)
    expect(codeOf((await open({ maxPendingTraces: 2 }).acceptTraces([await setting.sign({ requestId: 3n })]))[0])).toBe(
      'accepted',
    )
  })

  test('error: an operator hands in more than its quota; what strangers sign in its name does not count', async () => {
    const intake = open({ tracesPerMinutePerOperator: 2 })
    const outcomes = []
    for (let i = 0; i < 5; i++)
      outcomes.push(...(await intake.acceptTraces([await setting.sign({ requestId: 9n }, stranger)])))
    for (const requestId of [1n, 2n, 3n])
      outcomes.push(...(await intake.acceptTraces([await setting.sign({ requestId })])))
    expect(outcomes.map(codeOf)).toEqual([
      ...Array(5).fill('SIGNER_NOT_OPERATOR'),
      'accepted',
      'accepted',
      'QUOTA_EXCEEDED',
    ])
    expect((outcomes.at(-1) as Refused).refusal.retryAfterSeconds).toBe(30)
  })

  test.each([
    ['BACKLOG_FULL', { maxPendingTraces: 2 }],
    ['QUOTA_EXCEEDED', { tracesPerMinutePerOperator: 2 }],
  ] as const)('error: %s also for traces that come at once', async (code, limits) => {
    const intake = open(limits)
    const submissions = await Promise.all(
      Array.from({ length: 12 }, (_, i) => setting.sign({ requestId: BigInt(i + 1) })),
    )
    // In one call, and in several.
    const calls = [submissions.slice(0, 6), ...submissions.slice(6).map((submission) => [submission])]
    const outcomes = (await Promise.all(calls.map((call) => intake.acceptTraces(call)))).flat()
    expect(outcomes.map(codeOf).sort()).toEqual([...Array(10).fill(code), 'accepted', 'accepted'])
    expect(await traceRows()).toHaveLength(2)
    expect(await pendingFiles()).toBe(2)
  })

  test('behavior: a place that a refused trace had taken is free again', async () => {
    let isBroken = true
    const files = {
      ...setting.files,
      write: async (submission: TraceSubmission) => {
        if (isBroken) throw new PoaError('STORAGE_FULL', 'full')
        return setting.files.write(submission)
      },
    }
    const intake = open({ maxPendingTraces: 1 }, files)
    const submission = await setting.sign()
    await expect(intake.acceptTraces([submission])).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    isBroken = false
    expect((await intake.acceptTraces([submission])).map(codeOf)).toEqual(['accepted'])
  })

  test('error: no space for the file: nothing is stored, and the whole call fails', async () => {
    const full = new PoaError('STORAGE_FULL', 'full')
    const files = { ...setting.files, write: () => Promise.reject(full) }
    await expect(open({}, files).acceptTraces([await setting.sign()])).rejects.toBe(full)
    expect(await traceRows()).toEqual([])
  })
})

describe('a payment that the mirror has not seen', () => {
  const UNSEEN = 700n
  /** The chain has it, in the given state. */
  const answerPaid =
    (state: number, modelId = 1) =>
    (method: string, params: readonly unknown[]) => {
      if (method !== 'eth_call') return answerEmpty(method)
      const { to } = params[0] as { to: string }
      const { inferenceEscrow, epochLedger, modelRegistry, verifierRegistry } = setting.chain.deployment
      const zero = `0x${'00'.repeat(20)}` as const
      if (to === inferenceEscrow)
        return encodeFunctionResult({
          abi: inferenceEscrowAbi,
          functionName: 'requestOf',
          result: {
            payer: zero,
            feeWei: 100n,
            poolWei: 50n,
            modelId,
            epochId: 1,
            state,
            deadline: Number(SEAL_DEADLINE),
          },
        })
      if (to === epochLedger)
        return encodeFunctionResult({
          abi: epochLedgerAbi,
          functionName: 'epochOf',
          result: {
            ...{
              modelVersion: 1,
              indexVersion: 1,
              policyId: 1,
              circuitId: '0xc1c1c1c1' as const,
              openedAt: 0,
              endsAt: 0,
            },
            outstanding: 1,
            poolsWei: 0n,
          },
        })
      if (to === modelRegistry)
        return encodeFunctionResult({
          abi: modelRegistryAbi,
          functionName: 'commitmentsOf',
          result: [commitWeights(batch.head, tiny), commitIndex(batch.index, tiny)],
        })
      expect(to).toBe(verifierRegistry)
      return encodeFunctionResult({
        abi: verifierRegistryAbi,
        functionName: 'circuitOf',
        result: {
          verifier: zero,
          traces: 4,
          contributors: 3,
          isRetired: false,
          verifierCodehash: `0x${'00'.repeat(32)}` as const,
          keyHash: `0x${'00'.repeat(32)}` as const,
        },
      })
    }

  test('default: is read from the chain', async () => {
    setting.answerWith(answerPaid(1))
    const [outcome] = await open().acceptTraces([await setting.sign({ requestId: UNSEEN })])
    expect(codeOf(outcome)).toBe('accepted')
  })

  test('behavior: the chain is not asked for what no operator signed', async () => {
    setting.answerWith(answerPaid(1))
    const [outcome] = await open().acceptTraces([await setting.sign({ requestId: UNSEEN }, stranger)])
    expect(codeOf(outcome)).toBe('SIGNER_NOT_OPERATOR')
    expect(setting.asked).toEqual(['eth_getCode'])
  })

  test('error: it was paid to another model', async () => {
    setting.answerWith(answerPaid(1, 2))
    const [outcome] = await open().acceptTraces([await setting.sign({ requestId: UNSEEN })])
    expect(codeOf(outcome)).toBe('REQUEST_OF_OTHER_MODEL')
  })

  test('error: it is further on than paid, which only the mirror can tell', async () => {
    setting.answerWith(answerPaid(2))
    const [outcome] = await open().acceptTraces([await setting.sign({ requestId: UNSEEN })])
    expect(codeOf(outcome)).toBe('MIRROR_BEHIND')
  })

  test('error: the chain does not answer', async () => {
    setting.answerWith(() => {
      throw new PoaError('RPC_UNREACHABLE', 'no answer from secret.example')
    })
    const [outcome] = await open().acceptTraces([await setting.sign({ requestId: UNSEEN })])
    expect(codeOf(outcome)).toBe('RPC_UNREACHABLE')
    const { refusal } = outcome as Refused
    expect(refusal).toBeInstanceOf(RetryLaterError)
    expect(refusal.message).not.toContain('secret')
    expect(await pendingFiles()).toBe(0)
  })
})

// Last: the database is gone afterwards.
test('error: the database goes between file and row: the file stays for the next start', async () => {
  const submission = await setting.sign()
  const intake = openIntake({
    ...setting,
    limits: LIMITS,
    onStep: async (step) => {
      if (step === 'trace.filed') await setting.db.close()
    },
  })
  await expect(intake.acceptTraces([submission])).rejects.toMatchObject({ code: 'DATABASE_CLOSED' })
  expect(await pendingFiles()).toBe(1)
})
