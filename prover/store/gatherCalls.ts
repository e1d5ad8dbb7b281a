/**
 * Runs one call at a time and gives it everything that was asked for while the one before was under way: one round trip to the database or the disk
 * then serves many requests, and a request that comes alone waits for nobody. What an item asks for always begins after it was asked.
 * @param run answers its items in their order; when it fails, all whose items were in the call fail
 * @param largest items in one call
 */
export function gatherCalls<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  largest: number,
): (item: Item) => Promise<Result> {
  type Waiting = { item: Item; resolve: (result: Result) => void; reject: (cause: unknown) => void }
  const waiting: Waiting[] = []
  let isRunning = false

  const runAll = async () => {
    isRunning = true
    while (waiting.length > 0) {
      const taken = waiting.splice(0, largest)
      try {
        const results = await run(taken.map(({ item }) => item))
        for (const [i, { resolve }] of taken.entries()) resolve(results[i]!)
      } catch (cause) {
        for (const { reject } of taken) reject(cause)
      }
    }
    isRunning = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!isRunning) void runAll()
    })
}
