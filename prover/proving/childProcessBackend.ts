import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { getPriority, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { PoaError } from '../../src/errors.ts'
import type { Artifacts } from './artifacts.ts'
import { chooseProver, type Prover } from './chooseProver.ts'
import type { ProvingBackend, ProvingStage, RawProof } from './ProvingBackend.ts'
import type { CircuitInput } from './prepareInput.ts'

/** The first message to a proving process. */
export type ProvingSetup = { readonly prover: Prover; readonly artifacts: Artifacts }

/** What the process is asked then. The input travels over the pipe between the two processes and is never written to disk. */
export type ProvingRequest = { readonly id: number } & (
  | { readonly kind: 'prepare' }
  | { readonly kind: 'prove'; readonly input: CircuitInput }
)

/** What the process answers: any number of stages, then a result or an error. `preparing` answers nobody in particular. */
export type ProvingReply =
  | { readonly kind: 'preparing'; readonly fraction: number }
  | ({ readonly id: number } & (
      | { readonly kind: 'stage'; readonly stage: ProvingStage }
      | { readonly kind: 'prepared' }
      | { readonly kind: 'proof'; readonly result: RawProof }
      | { readonly kind: 'error'; readonly code: string; readonly message: string }
    ))

export type ChildProcessBackendOptions = {
  /** Default: what `chooseProver` chooses. */
  readonly prover?: Prover
  /** How long one proof may take once it is its turn; without it, for ever. Preparing a key may take as long as it needs. */
  readonly timeoutMs?: number
  /** Of the proving process, -20 .. 19: the higher, the more it leaves to everything else. Never below our own. */
  readonly niceness?: number
}

type Task = {
  readonly request: ProvingRequest
  readonly onProgress: ((fraction: number) => void) | undefined
  readonly onStage: ((stage: ProvingStage) => void) | undefined
  readonly resolve: (result: RawProof | undefined) => void
  readonly reject: (error: PoaError) => void
  /** Its witness is computed: the next one's can be. */
  isProving: boolean
  /** Why the process was ended for its sake. */
  failure: PoaError | undefined
}

type Child = {
  readonly process: ChildProcess
  /** What it works on: one that is proved, and one whose witness is computed meanwhile. */
  readonly tasks: Task[]
  /** Runs while the first of them has its turn. */
  timer: NodeJS.Timeout | undefined
  lastWords: string
  isPrepared: boolean
  isKilled: boolean
}

/** Characters of a dead process' stderr that are worth showing. */
const LAST_WORDS_LENGTH = 500

const PROCESS_PATH = fileURLToPath(new URL('./provingProcess.ts', import.meta.url))

/**
 * Proves in one child process, in the order of the calls: one proof at a time, and the witness of the next one meanwhile. The process starts with the
 * first call and lives until `close`. A proof that is called off or takes too long is ended with the process; whatever else the process was at is
 * begun again in the next one. Of a process that dies by itself the proof that it had had longest fails.
 * After `close` every call is refused with BACKEND_CLOSED.
 */
export function openChildProcessBackend(
  artifacts: Artifacts,
  { prover, timeoutMs, niceness = 10 }: ChildProcessBackendOptions = {},
): ProvingBackend {
  const waiting: Task[] = []
  const unsettled = new Set<Promise<unknown>>()
  let current: Child | undefined
  let isClosed = false
  let lastId = 0

  function start(): Child {
    // 'advanced' serialisation carries bigints; stdout stays ours, since commands may print JSON there.
    const started = fork(PROCESS_PATH, {
      execArgv: ['--import', import.meta.resolve('tsx')],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    if (started.pid !== undefined) lowerPriority(started.pid, niceness)
    const child: Child = {
      process: started,
      tasks: [],
      timer: undefined,
      lastWords: '',
      isPrepared: false,
      isKilled: false,
    }
    // Kept for the message when the process dies; circom's noise about a bad input is of no use to anybody.
    started.stderr!.on('data', (chunk: Buffer) => {
      child.lastWords = `${child.lastWords}${chunk}`.slice(-LAST_WORDS_LENGTH)
    })
    started.on('message', (reply: ProvingReply) => hear(child, reply))
    started.once('exit', (code, killedBy) => bury(child, killedBy ?? `exit code ${code}`))
    // One that could not be started never exits. And whoever sends to a process that is just dying gets an error besides its exit.
    started.on('error', (error) => started.pid === undefined && bury(child, error.message))
    // Chosen only here: many open a backend to ask about its circuit, and loading an engine is for those who prove.
    const setup: ProvingSetup = { prover: prover ?? chooseProver(), artifacts }
    started.send(setup)
    return child
  }

  /** Gives the process what it can begin with. */
  function advance(): void {
    // Ended, and its exit not heard of yet: what it was at has to be taken back first.
    if (current?.process.connected === false && current.tasks.length === 0) current = undefined
    if (current !== undefined && (current.isKilled || !current.process.connected)) return
    const last = current?.tasks.at(-1)
    if (last !== undefined && !last.isProving) return
    const next = waiting.shift()
    if (next === undefined) return
    current ??= start()
    current.tasks.push(next)
    if (current.tasks.length === 1) startTurn(current)
    current.process.send(next.request)
  }

  function startTurn(child: Child): void {
    clearTimeout(child.timer)
    const [first] = child.tasks
    if (first?.request.kind === 'prove' && timeoutMs !== undefined)
      child.timer = setTimeout(() => kill(child, first, timedOut(timeoutMs)), timeoutMs)
  }

  /** Neither a generator of witnesses nor a prover can be interrupted, so the process has to go. */
  function kill(child: Child, task: Task, why: PoaError): void {
    task.failure ??= why
    child.isKilled = true
    child.process.kill('SIGKILL')
  }

  function hear(child: Child, reply: ProvingReply): void {
    if (reply.kind === 'preparing') {
      for (const task of child.tasks) task.onProgress?.(reply.fraction)
      return
    }
    const task = child.tasks.find(({ request }) => request.id === reply.id)
    // One that the process is ended for has nothing to say any more.
    if (task === undefined || task.failure !== undefined) return
    if (reply.kind === 'stage') {
      task.isProving = reply.stage === 'prove'
      task.onStage?.(reply.stage)
    } else {
      const wasFirst = child.tasks[0] === task
      child.tasks.splice(child.tasks.indexOf(task), 1)
      if (wasFirst) startTurn(child)
      if (reply.kind === 'error') task.reject(new PoaError(reply.code, reply.message))
      else {
        child.isPrepared = true
        task.resolve(reply.kind === 'proof' ? reply.result : undefined)
      }
    }
    advance()
  }

  function bury(child: Child, cause: string): void {
    clearTimeout(child.timer)
    if (current === child) current = undefined
    const tasks = child.tasks.splice(0)
    if (tasks[0] !== undefined && tasks.every(({ failure }) => failure === undefined)) {
      const said = child.lastWords === '' ? '' : `: ${child.lastWords.trim()}`
      tasks[0].failure = new PoaError('PROVER_PROCESS_ENDED', `the proving process ended (${cause})${said}`)
    }
    for (const { failure, reject } of tasks) if (failure !== undefined) reject(failure)
    const innocent = tasks.filter(({ failure }) => failure === undefined)
    for (const task of innocent) task.isProving = false
    waiting.unshift(...innocent)
    advance()
  }

  function ask(
    request: ProvingRequest,
    signal: AbortSignal | undefined,
    listeners: Pick<Task, 'onProgress' | 'onStage'>,
  ): Promise<RawProof | undefined> {
    if (isClosed) return Promise.reject(new PoaError('BACKEND_CLOSED', 'this proving backend is closed'))
    if (signal?.aborted) return Promise.reject(aborted())
    let callOff = (): void => undefined
    const result = new Promise<RawProof | undefined>((resolve, reject) => {
      const task: Task = { request, resolve, reject, isProving: false, failure: undefined, ...listeners }
      callOff = () => {
        const place = waiting.indexOf(task)
        if (place >= 0) {
          waiting.splice(place, 1)
          reject(aborted())
        } else if (current?.tasks.includes(task)) kill(current, task, aborted())
      }
      signal?.addEventListener('abort', callOff)
      waiting.push(task)
      advance()
    })
    const settled = result.finally(() => {
      signal?.removeEventListener('abort', callOff)
      unsettled.delete(settled)
    })
    unsettled.add(settled)
    return settled
  }

  return {
    async prepare(onProgress, signal) {
      if (current?.isPrepared) return
      await ask({ id: ++lastId, kind: 'prepare' }, signal, { onProgress, onStage: undefined })
    },
    async prove(input, onStage, signal) {
      return (await ask({ id: ++lastId, kind: 'prove', input }, signal, { onProgress: undefined, onStage }))!
    },
    async close() {
      isClosed = true
      await Promise.allSettled(unsettled)
      if (current === undefined) return
      const ended = once(current.process, 'exit')
      if (current.process.connected) current.process.disconnect()
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
