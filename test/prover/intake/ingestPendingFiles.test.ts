import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openIntake } from '../../../prover/intake/acceptTraces.ts'
import { ingestPendingFiles } from '../../../prover/intake/ingestPendingFiles.ts'
import { silent } from '../store/openTestDatabase.ts'
import { type MirrorSetting, openMirrorSetting, operator } from './openMirrorSetting.ts'

let setting: MirrorSetting
beforeAll(async () => {
  setting = await openMirrorSetting()
})
beforeEach(() => setting.reset())
afterAll(() => setting.close())

const ingest = () => ingestPendingFiles({ ...setting, logger: silent })
const NONE = { restored: 0, known: 0, closed: 0, waiting: 0 }
const live = () =>
  setting.db.kysely
    .selectFrom('traces')
    .innerJoin('trace_witnesses', 'trace_witnesses.trace_id', 'traces.trace_id')
    .select(['traces.trace_id', 'request_id', 'nonce', 'operator', 'file_hash', 'features'])
    .where('cancelled_at', 'is', null)
    .orderBy('request_id')
    .execute()
async function accept(...parameters: Parameters<MirrorSetting['sign']>) {
  const intake = openIntake({
    ...setting,
    limits: { maxPendingTraces: 1000, tracesPerMinutePerOperator: 1000, minFeeWei: 0n },
  })
  const submission = await setting.sign(...parameters)
  const [outcome] = await intake.acceptTraces([submission])
  expect(outcome).toMatchObject({ isNew: true })
  return submission
}

test('default: traces whose rows are missing come back as they were', async () => {
  for (const requestId of [1n, 2n, 3n]) await accept({ requestId })
  const before = await live()
  await setting.db.kysely.deleteFrom('traces').where('request_id', '<', 3n).execute()
  expect(await ingest()).toEqual({ ...NONE, restored: 2, known: 1 })
  expect(await live()).toEqual(before)
  expect(before[0]!.operator).toBe(operator.address)
  expect(await ingest()).toEqual({ ...NONE, known: 3 })
})

test('behavior: more files than are compared at once', async () => {
  for (let i = 1n; i <= 230n; i++) await setting.files.write({ ...(await setting.sign()), requestId: i })
  expect(await ingest()).toEqual({ ...NONE, restored: 230 })
  expect(await live()).toHaveLength(230)
})

test('behavior: files of what is cancelled, settled or refunded are closed', async () => {
  const settled = await accept({ requestId: 1n })
  for (const requestId of [2n, 3n, 4n]) await accept({ requestId })
  await setting.mirrorSeal(1n, [settled])
  await setting.mirrorSettlement(1n)
  await setting.mirrorRefund(2n)
  await setting.db.kysely.updateTable('traces').set({ cancelled_at: new Date() }).where('request_id', '=', 3n).execute()
  expect(await ingest()).toEqual({ ...NONE, closed: 3, known: 1 })
  expect(await ingest()).toEqual({ ...NONE, known: 1 })
})

test.each([
  ['lower first', [0n, 1n]],
  ['higher first', [1n, 0n]],
])('behavior: of two files of one request the higher nonce stands (%s)', async (_name, nonces) => {
  const submissions = await Promise.all(nonces.map((nonce) => setting.sign({ requestId: 5n, nonce })))
  // One after the other, in the order that is given: each is all that is pending.
  for (const submission of submissions) {
    await setting.files.write(submission)
    await ingest()
  }
  expect((await live()).map(({ nonce }) => nonce)).toEqual([1n])
  expect(await ingest()).toEqual({ ...NONE, known: 1 })
})

test('behavior: a model that the mirror does not know, and a file of another escrow, are left alone', async () => {
  await setting.files.write(await setting.sign({ modelId: 50n }))
  await setting.files.write(await setting.sign({ chainId: 1n, requestId: 2n }))
  await setting.files.write(await setting.sign({ escrow: operator.address, requestId: 3n }))
  expect(await ingest()).toEqual({ ...NONE, waiting: 3 })
  expect(await live()).toEqual([])
})
