import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { getPriority, setPriority } from 'node:os'
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

export type SnarkjsBackendOptions = {
  /** How long one proof may take once it is its turn; without it, for ever. */
  readonly timeoutMs?: number
  /** Of the proving process, -20 .. 19: the higher, the more it leaves to everything else. Never below our own. */
  readonly niceness?: number
}

/** Characters of a dead process' stderr that are worth showing. */
const LAST_WORDS_LENGTH = 500

const PROCESS_PATH = fileURLToPath(new URL('./snarkjsProcess.ts', import.meta.url))

/**
 * Proves with snarkjs in one child process, one proof at a time, in the order of the calls. The process starts with the first proof and
 * lives until `close`; a dead one is replaced at the next call, and so is one that was killed because its proof took too long or was called off.
 * After `close` every call is refused with BACKEND_CLOSED.
 */
export function openSnarkjsBackend(
  artifacts: Artifacts,
  { timeoutMs, niceness = 10 }: SnarkjsBackendOptions = {},
): ProvingBackend {
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
    if (started.pid !== undefined) lowerPriority(started.pid, niceness)
    // Kept for the message when the process dies; circom's noise about a bad input is of no use to anybody.
    started.stderr!.on('data', (chunk: Buffer) => {
      lastWords.set(started, `${lastWords.get(started) ?? ''}${chunk}`.slice(-LAST_WORDS_LENGTH))
    })
    const forget = () => {
      if (child === started) child = undefined
    }
    // One that could not be started never exits. And whoever sends to a process that is just dying gets an error after its exit.
    started.once('exit', forget).on('error', () => started.pid === undefined && forget())
    return started
  }

  function run(input: CircuitInput, onStage?: (stage: ProvingStage) => void, signal?: AbortSignal): Promise<RawProof> {
    if (signal?.aborted) return Promise.reject(aborted())
    if (!child?.connected) child = start()
    const running = child
    return new Promise<RawProof>((resolve, reject) => {
      let reason: PoaError | undefined
      // snarkjs cannot be interrupted, so the process has to go. What it still says is not listened to: the next proof must not meet it.
      const kill = (why: PoaError) => {
        reason ??= why
        running.kill('SIGKILL')
      }
      const onAbort = () => kill(aborted())
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => kill(timedOut(timeoutMs)), timeoutMs)
      const settle = (finish: () => void) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        running.off('message', onMessage).off('exit', onExit).off('error', onError)
        finish()
      }
      const onMessage = (reply: ProvingReply) => {
        if (reason !== undefined) return
        if (reply.kind === 'stage') onStage?.(reply.stage)
        else if (reply.kind === 'proof') settle(() => resolve(reply.result))
        else settle(() => reject(new PoaError(reply.code, reply.message)))
      }
      const onExit = (code: number | null, killedBy: string | null) =>
        settle(() => {
          if (reason !== undefined) return reject(reason)
          const said = lastWords.get(running)
          const message = `the proving process ended (${killedBy ?? `exit code ${code}`})${said === undefined ? '' : `: ${said.trim()}`}`
          reject(new PoaError('PROVER_PROCESS_ENDED', message))
        })
      const onError = (cause: Error) =>
        settle(() => reject(new PoaError('PROVER_PROCESS_ENDED', 'the proving process cannot be reached', { cause })))
      running.on('message', onMessage).on('exit', onExit).on('error', onError)
      signal?.addEventListener('abort', onAbort)
      const job: ProvingJob = { input, wasmPath: artifacts.wasmPath, zkeyPath: artifacts.zkeyPath }
      running.send(job)
    })
  }

  return {
    prove(input, onStage, signal) {
      if (isClosed) return Promise.reject(new PoaError('BACKEND_CLOSED', 'this proving backend is closed'))
      const result = queue.then(() => run(input, onStage, signal))
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

/** Proving may take every core for minutes; whoever serves requests beside it must not notice. Threads of the process inherit it. */
function lowerPriority(pid: number, niceness: number): void {
  try {
    setPriority(pid, Math.max(niceness, getPriority()))
  } catch {
    // It has ended already, which its exit will tell, or the system knows no priorities.
  }
}

const aborted = () => new PoaError('PROOF_ABORTED', 'the proof was called off')
const timedOut = (timeoutMs: number) =>
  new PoaError('PROVER_TIMED_OUT', `the proof took longer than ${timeoutMs / 1000} s`)
