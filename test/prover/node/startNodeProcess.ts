import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Role } from '../../../prover/node/Role.ts'
import type { Step } from '../../../prover/steps.ts'
import type { Order, Word } from './nodeProcess.ts'

/** A node that runs in a process of its own. */
export type NodeProcess = {
  readonly url: string | undefined
  readonly metricsUrl: string | undefined
  readonly pid: number
  /** Has it end itself by SIGKILL when it reaches the step, or no longer. */
  dieAt(step: Step | undefined): Promise<void>
  /** Lets every write of a trace file fail for lack of space. */
  fillDisk(isFull: boolean): Promise<void>
  /** Ends it at once. */
  kill(): Promise<void>
  /** Ends it in order. */
  stop(): Promise<void>
  /** The signal that ended it, or its exit code. */
  readonly ended: Promise<string | number | null>
}

const CHILD = fileURLToPath(new URL('./nodeProcess.ts', import.meta.url))

/**
 * Starts a node and waits until it is up.
 * @throws Error with the code of the error for which it would not start, or with its last words
 */
export async function startNodeProcess(settingsFile: string, roles: readonly Role[]): Promise<NodeProcess> {
  const child = fork(CHILD, [settingsFile, ...roles], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let lastWords = ''
  child.stderr!.on('data', (chunk) => {
    lastWords = `${lastWords}${chunk}`.slice(-4000)
  })
  const ended = once(child, 'exit').then(([code, signal]) => signal ?? code)
  const word = async () => {
    const said = await Promise.race([once(child, 'message'), ended])
    if (!Array.isArray(said)) throw new Error(`the node ended with ${said}: ${lastWords}`)
    return said[0] as Word
  }
  const order = async (order: Order) => {
    const noted = word()
    child.send(order)
    await noted
  }
  const first = await word()
  if (first.kind !== 'up') {
    await ended
    throw new Error(first.kind === 'failed' ? first.code : first.kind)
  }
  return {
    url: first.url,
    metricsUrl: first.metricsUrl,
    pid: child.pid!,
    dieAt: (step) => order({ kind: 'die-at', step }),
    fillDisk: (isFull) => order({ kind: 'fill-disk', isFull }),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      child.send({ kind: 'stop' } satisfies Order)
      await ended
    },
    ended,
  }
}
