import type { Answer } from './askContracts.ts'

/** What a comparison did, as evidence that it did anything. */
export class Tally {
  /** Cases that were compared to their end, or to their first difference. */
  cases = 0
  /** Contract calls whose outcome was compared. */
  calls = 0
  /** How often each error of the contracts was expected. */
  readonly refusals = new Map<string, number>()
  readonly #report: (cases: number) => void

  /** @param report is told how many cases are done */
  constructor(report: (cases: number) => void = () => undefined) {
    this.#report = report
  }

  addCase(): void {
    this.#report(++this.cases)
  }

  addCall(expected: Answer): void {
    this.calls++
    if ('error' in expected) this.refusals.set(expected.error, (this.refusals.get(expected.error) ?? 0) + 1)
  }

  /** Lines for a person; none for a comparison without contracts. */
  describe(): string[] {
    if (this.calls === 0) return []
    const refusals = [...this.refusals].map(([error, count]) => `${count} ${error}`)
    const lines = [`${this.calls} contract calls compared`]
    return refusals.length === 0 ? lines : [...lines, `refused by both: ${refusals.join(', ')}`]
  }
}
