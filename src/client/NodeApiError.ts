import type { Problem } from '../api/views.ts'
import { PoaError } from '../errors.ts'

/** The node refused. `code` is the problem's, and so is what stands in the message. */
export class NodeApiError extends PoaError {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.code, problem.detail)
    this.problem = problem
  }

  /** HTTP status. */
  get status(): number {
    return this.problem.status
  }

  /** When the node, being busy, says that it is worth asking again; undefined when it says no such thing. */
  get retryAfterSeconds(): number | undefined {
    return this.status === 429 || this.status === 503 ? this.problem.retryAfterSeconds : undefined
  }
}
