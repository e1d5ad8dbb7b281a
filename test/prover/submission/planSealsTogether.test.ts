/** Several processes at one database, which only PostgreSQL has. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cancelTrace } from '../../../prover/intake/cancelTrace.ts'
import { migrate } from '../../../prover/store/migrate.ts'
import { openDatabase } from '../../../prover/store/openDatabase.ts'
import { planSeals } from '../../../prover/submission/planSeals.ts'
import { silent } from '../store/openTestDatabase.ts'
import { startTestPostgres, type TestPostgres } from '../store/startTestPostgres.ts'
import { type HeldTrace, openSetting, type Setting } from './openSetting.ts'

let postgres: TestPostgres
let setting: Setting
beforeAll(async () => {
  postgres = await startTestPostgres()
  const db = await openDatabase({ url: await postgres.createDatabase() }, silent)
  await migrate(db)
  setting = await openSetting({ db, close: () => db.close() })
})
afterAll(async () => {
  await setting?.close()
  await postgres?.stop()
})
beforeEach(() => setting.reset())

const plannedTraces = () => setting.db.kysely.selectFrom('transaction_traces').select('trace_id').execute()
/** Resolves when a statement of our database waits for another's lock. */
async function untilOneWaits(): Promise<void> {
  const end = Date.now() + 30_000
  for (;;) {
    const { rows } =
      await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
        setting.db.kysely,
      )
    if (rows.length > 0) return
    if (Date.now() > end) throw new Error('nobody waits')
  }
}

describe('planSeals', () => {
  test('behavior: a trace that is being cancelled is waited for, then left out', async () => {
    const held = await setting.holdPaid(4)
    const [first, ...rest] = held as [HeldTrace, ...HeldTrace[]]
    let planning: Promise<number> | undefined
    await setting.db.kysely.transaction().execute(async (trx) => {
      expect(await cancelTrace(trx, first.traceId, {})).toMatchObject({ kind: 'cancelled' })
      planning = setting.planAll()
      await untilOneWaits()
    })
    expect(await planning).toBe(0)
    expect(await setting.planAll()).toBe(1)
    expect((await plannedTraces()).map(({ trace_id }) => trace_id).sort()).toEqual(
      rest.map(({ traceId }) => traceId).sort(),
    )
  })

  test('behavior: submitters of several accounts plan each trace once', async () => {
    await setting.holdPaid(8)
    const operator = setting.at.clients.operator.account.address
    const byOperator = () => planSeals({ ...setting, account: operator, maxAgeSeconds: 0, logger: silent })
    const planned = await Promise.all([setting.planAll(), byOperator(), setting.planAll(), byOperator()])
    expect(planned.reduce((sum, count) => sum + count)).toBe(2)
    const traces = (await plannedTraces()).map(({ trace_id }) => trace_id)
    expect(traces).toHaveLength(8)
    expect(new Set(traces).size).toBe(8)
  })
})
