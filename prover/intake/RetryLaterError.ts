import { RefusalError } from './RefusalError.ts'

/** Not now: nothing is wrong with what was asked, and after `retryAfterSeconds` it may be answered. */
export class RetryLaterError extends RefusalError {
  readonly retryAfterSeconds: number

  constructor(code: string, message: string, retryAfterSeconds: number, options: { cause?: unknown } = {}) {
    super(code, message, options)
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterSeconds))
  }
}
