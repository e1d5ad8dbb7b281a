/** Counts what came out as it must, and keeps what did not. */
export class Tally {
  good = 0
  total = 0
  /** What did not, the first few. */
  readonly failures: string[] = []
  readonly #kinds = new Map<string, number>()

  count(isGood: boolean, what: string, kind?: string): void {
    this.total++
    if (isGood) this.good++
    else if (this.failures.length < 20) this.failures.push(what)
    if (kind !== undefined) this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1)
  }

  countGood(times: number): void {
    this.good += times
    this.total += times
  }

  /** How many there were of each kind. */
  listKinds(): string[] {
    return [...this.#kinds].map(([kind, times]) => `${times.toLocaleString('en')} ${kind}`)
  }
}
