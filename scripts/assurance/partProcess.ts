/** The process of one part: `partProcess.ts PART DEPTH`, started by runParts.ts. */
import type { Depth, Part } from './Part.ts'
import type { PartMessage } from './runParts.ts'

const [name, depth] = process.argv.slice(2) as [string, Depth]
const tell = (message: PartMessage) =>
  new Promise<void>((resolve, reject) => {
    if (process.send === undefined) reject(new Error('partProcess.ts is started by runParts.ts'))
    else process.send(message, undefined, undefined, (error) => (error ? reject(error) : resolve()))
  })

try {
  const { part } = (await import(`./${name}/part.ts`)) as { part: Part }
  const figures = await part.run(depth, (fraction, note) => {
    void tell({ kind: 'progress', fraction, ...(note === undefined ? {} : { note }) })
  })
  await tell({ kind: 'figures', figures })
  // snarkjs and the like keep threads alive.
  process.exit(0)
} catch (error) {
  await tell({ kind: 'failure', message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  process.exit(1)
}
