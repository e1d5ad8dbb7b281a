/** What a failed request may say of when to ask again. */
type Refusal = { readonly retryAfterSeconds?: number | undefined }

const RETRY_SECONDS = 5
const LEAST_RETRY_SECONDS = 1

/**
 * Asks at once, then whenever it is told that the answer may be another, and some time after a failure. One request at a time: an answer under way is
 * waited for, since a busy node would never get to finish one that is broken off by every event.
 * @param ask one request; it ends when the signal says so
 * @returns `again` for when something has happened, `stop` for when nobody looks any more
 */
export function keepAsking<Data, Failure>(
  ask: (signal: AbortSignal) => Promise<Data>,
  told: { readonly answer: (data: Data) => void; readonly failure: (error: Failure) => void },
): { again(): void; stop(): void } {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isBusy = false
  let isStale = false

  const askNow = async () => {
    clearTimeout(timer)
    isBusy = true
    isStale = false
    try {
      const data = await ask(controller.signal)
      if (controller.signal.aborted) return
      told.answer(data)
    } catch (error) {
      if (controller.signal.aborted) return
      told.failure(error as Failure)
      const { retryAfterSeconds } = error as Refusal
      timer = setTimeout(askNow, 1000 * Math.max(LEAST_RETRY_SECONDS, retryAfterSeconds ?? RETRY_SECONDS))
      // A node that named a time is left alone until then, whatever happens.
      if (retryAfterSeconds !== undefined) return
    }
    isBusy = false
    if (isStale) askNow()
  }

  askNow()
  return {
    again() {
      if (isBusy) isStale = true
      else askNow()
    },
    stop() {
      controller.abort()
      clearTimeout(timer)
    },
  }
}
