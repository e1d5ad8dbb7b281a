import type { Hex } from 'viem'
import { expect, test } from 'vitest'
import type { Finding } from '../../../src/audit/Finding.ts'
import { AuditOutput } from '../../../src/audit/replay/AuditOutput.ts'
import { ExpectedAnswers } from '../../../src/audit/replay/ExpectedAnswers.ts'
import { askState, encodeAnswer } from '../../../src/audit/stateQuestions.ts'

const question = askState('inferenceEscrow', 'requestCount')
const right = encodeAnswer(question, [5n])!

/** What is found when the answers come before anything is expected. */
async function codesOf(most: number, ...results: readonly Hex[]): Promise<string[]> {
  const findings: Finding[] = []
  const output = new AuditOutput([{ finding: (finding) => void findings.push(finding) }], async () => [])
  const answers = new ExpectedAnswers(output)
  for (const result of results) answers.answer(question, result, most)
  answers.expect(question, 'COUNT_DIFFERS', {}, [5n])
  answers.finish()
  await output.flush()
  return findings.map(({ code }) => code)
}

test('default: an answer is compared also when it comes first', async () => {
  expect(await codesOf(1, right)).toEqual([])
  expect(await codesOf(1, encodeAnswer(question, [6n])!)).toEqual(['COUNT_DIFFERS'])
})

test('error: of answers that never come so many are waited for, and the others are missing at once', async () => {
  const findings: Finding[] = []
  const output = new AuditOutput([{ finding: (finding) => void findings.push(finding) }], async () => [])
  const answers = new ExpectedAnswers(output)
  for (let slot = 0n; slot <= 100_000n; slot++)
    answers.expect(askState('epochLedger', 'bookedEarningOf', 1n, 1n, slot), 'BOOKED_STATE_DIFFERS', {}, [0n])
  await output.flush()
  expect(findings.map(({ code }) => code)).toEqual(['STATE_MISSING'])
})

test('error: of answers that nothing is expected of yet no more are kept than may be expected, and none that no contract gives', async () => {
  expect(await codesOf(0, right)).toEqual(['STATE_MISSING'])
  expect(await codesOf(1, `${right}${'00'.repeat(1 << 12)}`)).toEqual(['STATE_MISSING'])
})
