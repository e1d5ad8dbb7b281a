import type { Logger } from 'pino'
import type { ReadinessView } from '../../src/api/views.ts'
import { PoaError } from '../../src/errors.ts'
import { describeForLog } from '../describeForLog.ts'

/** One thing that has to be so for the node to do its work. */
export type ReadinessCheck = {
  readonly name: string
  /** @returns one line of detail. Throws when it is not so. */
  check(): Promise<string>
}

/** Whoever asks more often gets the same answer: the checks ask the chain and the database. */
const LIFE_MS = 1000
const TIMEOUT_MS = 5000

/** Runs the checks, all at once. Of a failure only the code goes out; the log has the rest. */
export class Readiness {
  readonly #checks: readonly ReadinessCheck[]
  readonly #logger: Logger
  readonly #failing = new Set<string>()
  #last: { readonly report: Promise<ReadinessView>; readonly at: number } | undefined

  constructor(checks: readonly ReadinessCheck[], logger: Logger) {
    this.#checks = checks
    this.#logger = logger
  }

  read(): Promise<ReadinessView> {
    if (this.#last === undefined || Date.now() - this.#last.at > LIFE_MS)
      this.#last = { report: this.#run(), at: Date.now() }
    return this.#last.report
  }

  async #run(): Promise<ReadinessView> {
    const checks = await Promise.all(this.#checks.map((check) => this.#runOne(check)))
    return { isReady: checks.every(({ ok }) => ok), checks }
  }

  async #runOne({ name, check }: ReadinessCheck) {
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new PoaError('CHECK_TIMED_OUT', `no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS)
    })
    try {
      const detail = await Promise.race([check(), tooLate])
      if (this.#failing.delete(name)) this.#logger.info({ check: name }, 'ready again')
      return { name, ok: true, detail }
    } catch (error) {
      if (!this.#failing.has(name)) this.#logger.warn({ check: name, error: describeForLog(error) }, 'not ready')
      this.#failing.add(name)
      return { name, ok: false, detail: error instanceof PoaError ? error.code : 'INTERNAL' }
    } finally {
      clearTimeout(timer)
    }
  }
}
