import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Backlog } from '../../../prover/intake/Backlog.ts'
import { storeTraces } from '../../../prover/intake/storeTraces.ts'
import { TraceCounts } from '../../../prover/server/TraceCounts.ts'
import { type MirrorSetting, openMirrorSetting, operator, SEAL_DEADLINE } from '../intake/openMirrorSetting.ts'

let setting: MirrorSetting
beforeAll(async () => {
  setting = await openMirrorSetting()
})
beforeEach(() => setting.reset())
afterAll(() => setting.close())

/** Stores a trace of each request, one after the other. */
async function store(...requestIds: bigint[]): Promise<void> {
  for (const requestId of requestIds) {
    const submission = await setting.sign({ requestId })
    const traceId = `0x${requestId.toString(16).padStart(64, '0')}` as const
    await storeTraces(setting.db.kysely, [{ traceId, operator: operator.address, fileHash: 'f', submission }])
  }
}
async function settle(batchId: bigint, requestId: bigint): Promise<void> {
  await setting.mirrorSeal(batchId, [await commitmentsOf(requestId)])
  await setting.mirrorSettlement(batchId)
}
const commitmentsOf = async (requestId: bigint) => {
  const row = await setting.db.kysely
    .selectFrom('traces')
    .select(['input_commitment', 'output_commitment'])
    .where('request_id', '=', requestId)
    .executeTakeFirstOrThrow()
  return { requestId, inputCommitment: row.input_commitment, outputCommitment: row.output_commitment }
}

test('default: counts stay right while traces come and are done with', async () => {
  const counts = new TraceCounts(setting.db.kysely)
  const read = async () => Object.fromEntries(await counts.read())
  expect(await read()).toEqual({})
  await store(1n, 2n, 3n)
  expect(await read()).toEqual({ accepted: 3 })
  await settle(1n, 1n)
  expect(await read()).toEqual({ accepted: 2, settled: 1 })
  await settle(2n, 3n)
  expect(await read()).toEqual({ accepted: 1, settled: 2 })
  await settle(3n, 2n)
  await store(4n)
  expect(await read()).toEqual({ accepted: 1, settled: 3 })
  expect(await read()).toEqual({ accepted: 1, settled: 3 })
  expect(Object.fromEntries(await new TraceCounts(setting.db.kysely).read())).toEqual({ accepted: 1, settled: 3 })
})

test('behavior: the backlog is what is accepted and not done with', async () => {
  const read = () => new Backlog(setting.db.kysely).read()
  await store(1n, 2n, 3n, 4n, 5n)
  expect(await read()).toBe(5)
  await settle(1n, 1n)
  await setting.mirrorRefund(2n)
  await setting.db.kysely.updateTable('traces').set({ cancelled_at: new Date() }).where('request_id', '=', 3n).execute()
  expect(await read()).toBe(2)
  await setting.mirrorSeal(2n, [await commitmentsOf(4n)])
  await setting.mirrorTime(SEAL_DEADLINE + 1n) // too late for 5, in time for 4
  expect(await read()).toBe(1)
})

test('behavior: what was accepted since the last count is added', async () => {
  const backlog = new Backlog(setting.db.kysely)
  expect(await backlog.read()).toBe(0)
  for (const isStored of [true, true, false]) {
    expect(await backlog.take(3)).toBe(true)
    backlog.release(isStored)
  }
  expect(await backlog.read()).toBe(2)
})

test('behavior: of places that are asked for at once no more are given than there are', async () => {
  const backlog = new Backlog(setting.db.kysely)
  await store(1n)
  expect(await backlog.read()).toBe(1)
  expect(await Promise.all(Array.from({ length: 4 }, () => backlog.take(3)))).toEqual([true, true, false, false])
  expect(await backlog.read()).toBe(3)
  backlog.release(false)
  expect(await backlog.take(3)).toBe(true)
})

test('behavior: no place is refused because of a trace that no longer waits', async () => {
  const backlog = new Backlog(setting.db.kysely)
  await store(1n, 2n)
  expect(await backlog.read()).toBe(2)
  await setting.db.kysely.updateTable('traces').set({ cancelled_at: new Date() }).where('request_id', '=', 1n).execute()
  expect(await Promise.all([backlog.take(2), backlog.take(2)])).toEqual([true, false])
})
