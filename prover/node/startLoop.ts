import type { Logger } from 'pino'
import { describeForLog } from '../describeForLog.ts'

/** One role's work, repeated. */
export type Loop = {
  /** Lets the running round end, starts no other. */
  stop(): Promise<void>
}

const LONGEST_PAUSE_MS = 30_000

/**
 * Runs one round after another, never two at once. A round that fails is logged and tried again, after pauses that double up to half a minute:
 * the outside world (RPC, database, disk) comes and goes, and every round begins by looking at how things are.
 * @param round returns true when there is more to do at once
 */
export function startLoop(
  { name, pauseMs, logger }: { name: string; pauseMs: number; logger: Logger },
  round: () => Promise<boolean | undefined>,
): Loop {
  let isStopped = false
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  const next = (delayMs: number) => {
    if (isStopped) return
    timer = setTimeout(() => {
      running = run()
    }, delayMs)
  }
  const run = async () => {
    try {
      const hasMore = await round()
      if (failures > 0) logger.info({ loop: name }, 'works again')
      failures = 0
      next(hasMore ? 0 : pauseMs)
    } catch (error) {
      failures += 1
      const retryMs = Math.min(LONGEST_PAUSE_MS, Math.max(pauseMs, 250) * 2 ** Math.min(failures, 10))
      logger.warn({ loop: name, failures, retryMs, error: describeForLog(error) }, 'failed, will be tried again')
      next(retryMs)
    }
  }
  next(0)
  return {
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await running
    },
  }
}
