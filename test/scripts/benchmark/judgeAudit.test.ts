import { expect, test } from 'vitest'
import { judgeAudit, peaksOf } from '../../../scripts/benchmark/audit/judgeAudit.ts'

const flat = [...Array(40).fill(300), ...Array(40).fill(329)]
const cost = { exitCode: 0, seconds: 80, residentMiB: flat }
const report = { ok: true, checked: { proofs: 10_000 } }
const judged = (changes: { report?: object; online?: object; offline?: object }) =>
  judgeAudit(
    10_000,
    { ...report, ...changes.report },
    { ...cost, ...changes.online },
    { ...cost, ...changes.offline },
  ).map(({ holds }) => holds)

test('default: a clean, fast, flat audit passes every gate', () => {
  expect(judged({})).toEqual([true, true, true, true, true])
})

test('error: each gate fails by itself', () => {
  expect(judged({ report: { ok: false } })).toEqual([false, true, true, true, true])
  expect(judged({ online: { exitCode: 1 } })).toEqual([false, true, true, true, true])
  expect(judged({ report: { checked: { proofs: 9_999 } } })).toEqual([true, false, true, true, true])
  expect(judged({ offline: { exitCode: 1 } })).toEqual([true, true, false, true, true])
  expect(judged({ online: { seconds: 600.1 } })).toEqual([true, true, true, false, true])
  const growing = [...Array(40).fill(300), ...Array(40).fill(331)]
  expect(judged({ online: { residentMiB: growing } })).toEqual([true, true, true, true, false])
})

test('behavior: the peaks of both halves, unless the run was too short to have any', () => {
  expect(peaksOf(flat)).toEqual({ first: 300, second: 329 })
  expect(peaksOf(flat.slice(0, 59))).toBeUndefined()
  expect(judged({ online: { residentMiB: [1, 1000] } })).toEqual([true, true, true, true, true])
})
