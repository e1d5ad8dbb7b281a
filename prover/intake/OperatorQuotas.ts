import type { Address } from 'viem'

const MS_PER_MINUTE = 60_000
const LARGEST_CACHE = 10_000

/**
 * How many traces each operator may hand in: a bucket that holds a minute's worth and fills steadily. Charged only for traces that the operator has
 * signed, so that nobody can use up another's.
 */
export class OperatorQuotas {
  readonly #perMinute: number
  readonly #buckets = new Map<Address, { tokens: number; at: number }>()

  constructor(perMinute: number) {
    this.#perMinute = perMinute
  }

  /** @returns 0 when the operator may hand in a trace now, else the seconds until it may */
  secondsUntilFree(operator: Address, now = Date.now()): number {
    const tokens = this.#tokensOf(operator, now)
    return tokens >= 1 ? 0 : ((1 - tokens) * MS_PER_MINUTE) / this.#perMinute / 1000
  }

  charge(operator: Address, now = Date.now()): void {
    const tokens = this.#tokensOf(operator, now) - 1
    this.#buckets.delete(operator)
    // The one that was charged longest ago is the fullest.
    if (this.#buckets.size >= LARGEST_CACHE) this.#buckets.delete(this.#buckets.keys().next().value!)
    this.#buckets.set(operator, { tokens, at: now })
  }

  #tokensOf(operator: Address, now: number): number {
    const bucket = this.#buckets.get(operator)
    if (bucket === undefined) return this.#perMinute
    return Math.min(this.#perMinute, bucket.tokens + ((now - bucket.at) * this.#perMinute) / MS_PER_MINUTE)
  }
}
