import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openIntake } from '../../../prover/intake/acceptTraces.ts'
import { type MirrorSetting, openMirrorSetting } from './openMirrorSetting.ts'

let setting: MirrorSetting
beforeAll(async () => {
  setting = await openMirrorSetting()
})
afterAll(() => setting.close())

const LIMITS = { maxPendingTraces: 1000, tracesPerMinutePerOperator: 1000 }

describe('acceptTraces', () => {
  test('default: a trace is on disk and in the database when it is accepted', async () => {
    const intake = openIntake({ ...setting, limits: LIMITS })
    const submission = await setting.sign({ requestId: 1n })
    const [outcome] = await intake.acceptTraces([submission])
    console.log(outcome)
    expect(outcome).toMatchObject({ isNew: true })
    expect(setting.steps).toEqual(['trace.filed', 'trace.stored'])
    const row = await setting.db.kysely.selectFrom('traces').selectAll().execute()
    console.log(row)
  })
})
