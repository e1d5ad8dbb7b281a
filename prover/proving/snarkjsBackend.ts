import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { PoaError } from '../../src/errors.ts'
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

/** Characters of a dead process' stderr that are worth showing. */
const LAST_WORDS_LENGTH = 500

const PROCESS_PATH = fileURLToPath(new URL('./snarkjsProcess.ts', import.meta.url))

/**
 * Proves with snarkjs in one child process, one proof at a time, in the order of the calls. The process starts with the first proof and
 * lives until `close`; a dead one is replaced at the next call. After `close` every call is refused with BACKEND_CLOSED.
 */
export function openSnarkjsBackend(artifacts: Artifacts): ProvingBackend {
  let child: ChildProcess | undefined
  let isClosed = false
  let queue: Promise<unknown> = Promise.resolve()
  const lastWords = new WeakMap<ChildProcess, string>()

  function start(): ChildProcess {
    // 'advanced' serialisation carries bigints; stdout stays ours, since commands may print JSON there.
    const started = fork(PROCESS_PATH, {
      execArgv: ['--import', import.meta.resolve('tsx')],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    // Kept for the message when the process dies; circom's noise about a bad input is of no use to anybody.
    started.stderr!.on('data', (chunk: Buffer) => {
      lastWords.set(started, `${lastWords.get(started) ?? ''}${chunk}`.slice(-LAST_WORDS_LENGTH))
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
        settle(() => {
          const said = lastWords.get(running)
          const message = `the proving process ended (${signal ?? `exit code ${code}`})${said === undefined ? '' : `: ${said.trim()}`}`
          reject(new PoaError('PROVER_PROCESS_ENDED', message))
        })
      const onError = (cause: Error) =>
        settle(() => reject(new PoaError('PROVER_PROCESS_ENDED', 'the proving process cannot be reached', { cause })))
      running.on('message', onMessage).on('exit', onExit).on('error', onError)
      const job: ProvingJob = { input, wasmPath: artifacts.wasmPath, zkeyPath: artifacts.zkeyPath }
      running.send(job)
    })
  }

  return {
    prove(input, onStage) {
      if (isClosed) return Promise.reject(new PoaError('BACKEND_CLOSED', 'this proving backend is closed'))
      const result = queue.then(() => run(input, onStage))
      queue = result.catch(() => undefined)
      return result
    },
    async close() {
      isClosed = true
      await queue
      if (child === undefined) return
      const ended = once(child, 'exit')
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
