import type { Hex } from 'viem'
import type { FindingSubject } from '../Finding.ts'
import type { FindingCode } from '../findingCodes.ts'
import { decodeAnswer, encodeAnswer, type StateQuestion } from '../stateQuestions.ts'
import type { AuditOutput } from './AuditOutput.ts'

/** What a contract must answer; several lists of values when a fault that was reported leaves more than one open. */
type Expectation = {
  readonly question: StateQuestion
  /** None when the events give values that no contract can answer with. */
  readonly answers: readonly Hex[]
  readonly code: FindingCode
  readonly subject: FindingSubject
}

/** Chars of hex: of a question with three words, and of more than the longest answer, an index with all its contributors. */
const LONGEST_QUESTION = 2 + 2 * (4 + 3 * 32)
const LONGEST_ANSWER = 2 + 2 * 32 * 128

/** Answers that are waited for at a time, many times those that one transaction makes final: they follow its events. */
const MOST_EXPECTED = 100_000

/** Compares what the contracts answer at the pinned block with what they must, whichever of the two is known first. */
export class ExpectedAnswers {
  compared = 0
  readonly #output: AuditOutput
  readonly #expected = new Map<string, Expectation>()
  readonly #early = new Map<string, Hex | null>()

  constructor(output: AuditOutput) {
    this.#output = output
  }

  expect(
    question: StateQuestion,
    code: FindingCode,
    subject: FindingSubject,
    ...values: readonly [readonly unknown[], ...(readonly unknown[])[]]
  ): void {
    const answers = values.flatMap((list) => encodeAnswer(question, list) ?? [])
    const expectation = { question, answers, code, subject }
    const key = keyOf(question)
    const early = this.#early.get(key)
    if (early === undefined) {
      if (this.#expected.size < MOST_EXPECTED) this.#expected.set(key, expectation)
      else this.#reportMissing(expectation)
      return
    }
    this.#early.delete(key)
    this.#compare(expectation, early)
  }

  /**
   * An answer that nothing is expected of yet is kept, but no more of them than there is to expect, and none that is longer than any contract's: one that
   * was dropped wrongly is missing then.
   * @param most how many answers may still be expected
   */
  answer(question: StateQuestion, result: Hex | null, most: number): void {
    const key = keyOf(question)
    const expectation = this.#expected.get(key)
    if (expectation === undefined) {
      const isLong = question.data.length > LONGEST_QUESTION || (result?.length ?? 0) > LONGEST_ANSWER
      if (!isLong && this.#early.size < most) this.#early.set(key, result)
      return
    }
    this.#expected.delete(key)
    this.#compare(expectation, result)
  }

  /** What was expected and never answered. */
  finish(): void {
    for (const expectation of this.#expected.values()) this.#reportMissing(expectation)
    this.#expected.clear()
  }

  #reportMissing({ question, code, subject }: Expectation): void {
    this.#output.find('STATE_MISSING', subject, null, {
      message: `what ${question.contract} answers to ${question.data.slice(0, 74)} was not read, so ${code} cannot be told`,
    })
  }

  #compare({ question, answers, code, subject }: Expectation, result: Hex | null): void {
    this.compared += 1
    if (result !== null && answers.includes(result)) return
    const found = result === null ? null : decodeAnswer(question, result)
    if (found === null) {
      const what = result === null ? 'reverts' : 'answers with something that does not decode'
      this.#output.find(code, subject, null, { expected: 'an answer', found: what, message: `the contract ${what}` })
      return
    }
    const [first] = answers
    if (first === undefined) {
      this.#output.find(code, subject, null, {
        expected: 'numbers beyond what the contract holds',
        found: found.map(([name, value]) => `${name} ${value}`).join(', '),
        message: 'the events give numbers that the contract has no room for',
      })
      return
    }
    const expected = decodeAnswer(question, first)!
    for (const [i, [name, value]] of expected.entries()) {
      const other = found[i]?.[1]
      if (other === value) continue
      this.#output.find(code, subject, null, {
        expected: `${name} ${value}`,
        found: `${name} ${other}`,
        message: `at the pinned block the contract answers ${name} ${other} where its events give ${value}`,
      })
    }
  }
}

const keyOf = ({ contract, data }: StateQuestion) => `${contract}${data}`
