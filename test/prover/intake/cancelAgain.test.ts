import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openIntake } from '../../../prover/intake/acceptTraces.ts'
import { cancelAgain } from '../../../prover/intake/cancelAgain.ts'
import { openTraceActions } from '../../../prover/intake/openTraceActions.ts'
import { signTraceAction } from '../../../src/client/signTrace.ts'
import { silent } from '../store/openTestDatabase.ts'
import { CHAIN_ID, ESCROW, inADay, type MirrorSetting, openMirrorSetting, operator } from './openMirrorSetting.ts'

let setting: MirrorSetting
beforeAll(async () => {
  setting = await openMirrorSetting()
})
beforeEach(() => setting.reset())
afterAll(() => setting.close())

const again = () => cancelAgain({ ...setting, logger: silent })
const live = async () =>
  (
    await setting.db.kysely
      .selectFrom('traces')
      .select('request_id')
      .where('cancelled_at', 'is', null)
      .orderBy('request_id')
      .execute()
  ).map(({ request_id }) => request_id)

/** Accepted, then taken back by its operator. */
async function takeBack(requestId: bigint) {
  const limits = { maxPendingTraces: 1000, tracesPerMinutePerOperator: 1000, minFeeWei: 0n }
  const submission = await setting.sign({ requestId })
  const traceId = (await openIntake({ ...setting, limits }).acceptTraces([submission]))[0]!.traceId!
  const request = { chainId: BigInt(CHAIN_ID), escrow: ESCROW, traceId, deadline: inADay() }
  const act = openTraceActions({ ...setting, queue: { enqueue: async () => undefined } })
  await act(traceId, 'cancel', await signTraceAction(operator, 'cancel', request))
  return submission
}
/** What a power cut does to the last rows of an embedded database. */
const forget = () => setting.db.kysely.updateTable('traces').set({ cancelled_at: sql`null` }).execute()

test('default: a cancellation that the database has forgotten holds', async () => {
  await takeBack(1n)
  await takeBack(2n)
  await setting.db.kysely.deleteFrom('traces').where('request_id', '=', 2n).execute()
  await forget()
  expect(await live()).toEqual([1n])
  expect(await again()).toBe(1)
  expect(await live()).toEqual([])
  expect(await again()).toBe(0)
})

test('behavior: what is sealed or refunded meanwhile stays as it is, and so does what nobody took back', async () => {
  const sealed = await takeBack(3n)
  await takeBack(4n)
  await takeBack(5n)
  await forget()
  await setting.mirrorSeal(3n, [sealed])
  await setting.mirrorRefund(4n)
  const row = await setting.db.kysely
    .selectFrom('traces')
    .select('trace_id')
    .where('request_id', '=', 5n)
    .executeTakeFirstOrThrow()
  await setting.db.kysely
    .updateTable('traces')
    .set({ file_hash: '0'.repeat(64) })
    .where('trace_id', '=', row.trace_id)
    .execute()
  expect(await again()).toBe(0)
  expect(await live()).toEqual([3n, 4n, 5n])
})
