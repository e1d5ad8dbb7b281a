import { afterAll, beforeAll, describe, test } from 'vitest'
import type { Role } from '../../../prover/node/Role.ts'
import { STEPS, type Step } from '../../../prover/steps.ts'
import { migrate } from '../../../prover/store/migrate.ts'
import { openDatabase } from '../../../prover/store/openDatabase.ts'
import { silent } from '../store/openTestDatabase.ts'
import { startTestPostgres, type TestPostgres } from '../store/startTestPostgres.ts'
import { type Mortal, mortal, requireSettledOnce, surviveDeathAt } from './crashCases.ts'
import { openSetting, type Setting, submitPersistently } from './openSetting.ts'
import { startNodeProcess } from './startNodeProcess.ts'

/** One API, one index, one submitter and two workers: five processes that share nothing but PostgreSQL. */
let setting: Setting
let postgres: TestPostgres
let processes: Record<Role | 'secondWorker', Mortal>

beforeAll(async () => {
  setting = await openSetting()
  postgres = await startTestPostgres()
  const databaseUrl = await postgres.createDatabase()
  const db = await openDatabase({ url: databaseUrl }, silent)
  await migrate(db)
  await db.close()
  const settingsFile = await setting.writeSettings({ databaseUrl })
  const start = (role: Role) => mortal(() => startNodeProcess(settingsFile, [role]))
  const [serve, index, submit, worker, secondWorker] = await Promise.all(
    (['serve', 'index', 'submit', 'worker', 'worker'] as const).map(start),
  )
  processes = { serve: serve!, index: index!, submit: submit!, worker: worker!, secondWorker: secondWorker! }
  await setting.storeModel()
})

afterAll(async () => {
  await Promise.all(Object.values(processes ?? {}).map((process) => process.current().kill()))
  await postgres?.stop()
  await setting?.close()
})

const roleOf = (step: Step): Role => {
  if (step.startsWith('trace.')) return 'serve'
  if (step.startsWith('index.')) return 'index'
  return step.startsWith('proof.') && step !== 'proof.queueing' ? 'worker' : 'submit'
}

describe('behavior: whoever is killed, at any step, each trace is settled once', () => {
  test.each(STEPS)('%s', (step) => {
    const { worker, secondWorker } = processes
    const role = roleOf(step)
    return surviveDeathAt(step, setting, role === 'worker' ? [worker, secondWorker] : [processes[role]])
  })
})

test('behavior: the database is gone and a worker dies meanwhile; all go on when it is back', async () => {
  const submission = await setting.payAndSign()
  const traceId = await submitPersistently(setting.url, submission)
  await postgres.interrupt()
  await processes.worker.current().kill()
  await postgres.resume()
  await processes.worker.revive()
  await requireSettledOnce(setting, submission.requestId, traceId)
})
