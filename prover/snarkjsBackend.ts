import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { PoaError } from '../src/errors.ts'
import type { Artifacts } from './artifacts.ts'
import type { ProvingBackend, ProvingStage, RawProof } from './ProvingBackend.ts'
import type { CircuitInput } from './prepareInput.ts'

/** What the child is asked. The input travels over the pipe between the two processes and is never written to disk. */
export type ProvingJob = { readonly input: CircuitInput; readonly wasmPath: string; readonly zkeyPath: string }

/** What the child answers: any number of stages, then a result or an error. */
export type ProvingReply =
  | { readonly kind: 'stage'; readonly stage: ProvingStage }
  | { readonly kind: 'proof'; readonly result: RawProof }
  | { readonly kind: 'error'; readonly code: string; readonly message: string }

const PROCESS_PATH = fileURLToPath(new URL('./snarkjsProcess.ts', import.meta.url))

/**
 * Proves with snarkjs in one child process, one proof at a time, in the order of the calls. The process starts with the first proof and
 * lives until `close`; a dead one is replaced at the next call.
 */
export function openSnarkjsBackend(artifacts: Artifacts): ProvingBackend {
  let child: ChildProcess | undefined
  let queue: Promise<unknown> = Promise.resolve()

  function start(): ChildProcess {
    // 'advanced' serialisation carries bigints; stdout stays ours, since commands may print JSON there.
    const started = fork(PROCESS_PATH, {
      execArgv: ['--import', import.meta.resolve('tsx')],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    started.once('exit', () => {
      if (child === started) child = undefined
    })
    return started
  }

  function run(input: CircuitInput, onStage?: (stage: ProvingStage) => void): Promise<RawProof> {
    if (!child?.connected) child = start()
    const running = child
    return new Promise<RawProof>((resolve, reject) => {
      const settle = (finish: () => void) => {
        running.off('message', onMessage).off('exit', onExit).off('error', onError)
        finish()
      }
      const onMessage = (reply: ProvingReply) => {
        if (reply.kind === 'stage') onStage?.(reply.stage)
        else if (reply.kind === 'proof') settle(() => resolve(reply.result))
        else settle(() => reject(new PoaError(reply.code, reply.message)))
      }
      const onExit = (code: number | null, signal: string | null) =>
        settle(() =>
          reject(new PoaError('PROVER_PROCESS_ENDED', `the proving process ended (${signal ?? `exit code ${code}`})`)),
        )
      const onError = (cause: Error) =>
        settle(() => reject(new PoaError('PROVER_PROCESS_ENDED', 'the proving process cannot be reached', { cause })))
      running.on('message', onMessage).on('exit', onExit).on('error', onError)
      const job: ProvingJob = { input, wasmPath: artifacts.wasmPath, zkeyPath: artifacts.zkeyPath }
      running.send(job)
    })
  }

  return {
    prove(input, onStage) {
      const result = queue.then(() => run(input, onStage))
      queue = result.catch(() => undefined)
      return result
    },
    async close() {
      await queue
      if (!child?.connected) return
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}
