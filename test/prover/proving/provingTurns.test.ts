/** Whose turn it is in a proving process, and for how long: with processes that are simulated, so that nothing takes time. */
import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type ChildProcessBackendOptions,
  openChildProcessBackend,
  type ProvingReply,
  type ProvingRequest,
  type ProvingSetup,
} from '../../../prover/proving/childProcessBackend.ts'
import type { ProvingStage, RawProof } from '../../../prover/proving/ProvingBackend.ts'
import { simulatedArtifacts } from './simulatedProver.ts'

type ReplyKind = Exclude<ProvingReply, { kind: 'preparing' }>

/** A process that answers what the test tells it to. */
class SimulatedProcess extends EventEmitter {
  readonly stderr = new EventEmitter()
  readonly requests: ProvingRequest[] = []
  connected = true
  pid = 1
  send(message: ProvingSetup | ProvingRequest): void {
    if ('id' in message) this.requests.push(message)
  }
  kill(signal: string): void {
    this.end(null, signal)
  }
  disconnect(): void {
    this.end(0, null)
  }
  end(code: number | null, signal: string | null): void {
    this.connected = false
    queueMicrotask(() => this.emit('exit', code, signal))
  }
  /** Answers the request that came as number `i`. */
  answer(
    i: number,
    reply: ReplyKind extends infer Reply ? (Reply extends ReplyKind ? Omit<Reply, 'id'> : never) : never,
  ) {
    this.emit('message', { id: this.requests[i]!.id, ...reply })
  }
  stage(i: number, stage: ProvingStage): void {
    this.answer(i, { kind: 'stage', stage })
  }
  get names(): unknown[] {
    return this.requests.map((request) => (request.kind === 'prove' ? request.input.name : request.kind))
  }
}

const processes = vi.hoisted(() => [] as unknown[]) as SimulatedProcess[]
vi.mock('node:child_process', async (importOriginal) => ({
  ...(await importOriginal<typeof import('node:child_process')>()),
  fork: () => {
    const started = new SimulatedProcess()
    processes.push(started)
    return started as unknown as ChildProcess
  },
}))
vi.mock('node:os', async (importOriginal) => ({
  ...(await importOriginal<typeof import('node:os')>()),
  setPriority: () => undefined,
}))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  processes.length = 0
})

const TIMEOUT_MS = 10_000
const open = (options: ChildProcessBackendOptions = {}) =>
  openChildProcessBackend({ ...simulatedArtifacts(), manifest: { files: {} } } as never, {
    prover: { name: 'snarkjs', reason: 'simulated' },
    timeoutMs: TIMEOUT_MS,
    ...options,
  })
const resultOf = (name: string) => ({ publicSignals: [], name }) as unknown as RawProof
/** What has become of a promise by now. */
async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  const waiting = 'waiting'
  await vi.advanceTimersByTimeAsync(0)
  return Promise.race([promise, Promise.resolve(waiting)]).catch((error) => error.code)
}

/** Two proofs: the first is being proved, the second's witness is being computed. */
function proveTwo(signals: readonly (AbortSignal | undefined)[] = []) {
  const backend = open()
  const stages: string[] = []
  const proofs = ['a', 'b'].map((name, i) =>
    backend.prove({ name }, (stage) => stages.push(`${name} ${stage}`), signals[i]),
  )
  for (const proof of proofs) proof.catch(() => undefined)
  const [process] = processes as [SimulatedProcess]
  process.stage(0, 'witness')
  process.stage(0, 'prove')
  process.stage(1, 'witness')
  return { backend, process, proofs: proofs as [Promise<RawProof>, Promise<RawProof>], stages }
}

describe('turns', () => {
  test('default: the next one is given to the process when the one before it is being proved, and no more than one', async () => {
    const backend = open()
    const proofs = ['a', 'b', 'c'].map((name) => backend.prove({ name }))
    const [process] = processes as [SimulatedProcess]
    expect(process.names).toEqual(['a'])
    process.stage(0, 'witness')
    expect(process.names).toEqual(['a'])
    process.stage(0, 'prove')
    process.stage(1, 'witness')
    expect(process.names).toEqual(['a', 'b'])
    process.answer(0, { kind: 'proof', result: resultOf('a') })
    expect(process.names).toEqual(['a', 'b'])
    process.stage(1, 'prove')
    expect(process.names).toEqual(['a', 'b', 'c'])
    process.answer(1, { kind: 'error', code: 'PROOF_FAILED', message: 'no' })
    process.answer(2, { kind: 'proof', result: resultOf('c') })
    expect(await Promise.allSettled(proofs)).toMatchObject([
      { value: { name: 'a' } },
      { reason: { code: 'PROOF_FAILED', message: 'no' } },
      { value: { name: 'c' } },
    ])
    expect(processes).toHaveLength(1)
  })

  test('behavior: a witness that fails while another is proved harms nobody', async () => {
    const { backend, process, proofs } = proveTwo()
    const third = backend.prove({ name: 'c' })
    process.answer(1, { kind: 'error', code: 'WITNESS_FAILED', message: 'line 1' })
    expect(await stateOf(proofs[1])).toBe('WITNESS_FAILED')
    expect(await stateOf(proofs[0])).toBe('waiting')
    expect(process.names).toEqual(['a', 'b', 'c'])
    process.answer(0, { kind: 'proof', result: resultOf('a') })
    process.answer(2, { kind: 'proof', result: resultOf('c') })
    expect(await Promise.all([proofs[0], third])).toMatchObject([{ name: 'a' }, { name: 'c' }])
  })
})

describe('a process that ends', () => {
  test('default: by itself: the first proof fails with what it said, the second is begun again', async () => {
    const { process, proofs, stages } = proveTwo()
    process.stderr.emit('data', Buffer.from('out of memory\n'))
    process.end(134, null)
    await expect(proofs[0]).rejects.toMatchObject({
      code: 'PROVER_PROCESS_ENDED',
      message: 'the proving process ended (exit code 134): out of memory',
    })
    const [, next] = processes as [SimulatedProcess, SimulatedProcess]
    expect(next.names).toEqual(['b'])
    next.stage(0, 'witness')
    next.stage(0, 'prove')
    next.answer(0, { kind: 'proof', result: resultOf('b') })
    expect(await proofs[1]).toMatchObject({ name: 'b' })
    expect(stages).toEqual(['a witness', 'a prove', 'b witness', 'b witness', 'b prove'])
  })

  test('behavior: again and again: each proof fails in its turn, none is tried for ever', async () => {
    const { process, proofs } = proveTwo()
    process.end(null, 'SIGSEGV')
    await vi.advanceTimersByTimeAsync(0)
    processes[1]!.end(null, 'SIGSEGV')
    expect(await stateOf(proofs[0])).toBe('PROVER_PROCESS_ENDED')
    expect(await stateOf(proofs[1])).toBe('PROVER_PROCESS_ENDED')
    expect(processes).toHaveLength(2)
  })

  test.each([
    ['first', 0, 1],
    ['second', 1, 0],
  ] as const)('behavior: because the %s is called off: the other is begun again', async (_, off, kept) => {
    const controller = new AbortController()
    const { backend, process, proofs } = proveTwo([0, 1].map((i) => (i === off ? controller.signal : undefined)))
    const third = backend.prove({ name: 'c' })
    controller.abort()
    // What a process says that is being ended does not count any more.
    process.answer(off, { kind: 'proof', result: resultOf('too late') })
    await expect(proofs[off]).rejects.toMatchObject({ code: 'PROOF_ABORTED' })
    const next = processes[1]!
    const name = ['a', 'b'][kept]
    expect(next.names).toEqual([name])
    next.stage(0, 'prove')
    next.answer(0, { kind: 'proof', result: resultOf(name!) })
    next.answer(1, { kind: 'proof', result: resultOf('c') })
    expect(await Promise.all([proofs[kept], third])).toMatchObject([{ name }, { name: 'c' }])
  })

  test('behavior: both are called off: nothing is begun again', async () => {
    const controller = new AbortController()
    const { proofs } = proveTwo([controller.signal, controller.signal])
    controller.abort()
    expect([await stateOf(proofs[0]), await stateOf(proofs[1])]).toEqual(['PROOF_ABORTED', 'PROOF_ABORTED'])
    expect(processes).toHaveLength(1)
  })

  test('behavior: that cannot even be started', async () => {
    const proof = open().prove({ name: 'a' })
    const [process] = processes as [SimulatedProcess]
    Object.assign(process, { pid: undefined, connected: false })
    process.emit('error', new Error('spawn EAGAIN'))
    await expect(proof).rejects.toMatchObject({
      code: 'PROVER_PROCESS_ENDED',
      message: 'the proving process ended (spawn EAGAIN)',
    })
  })
})

describe('time', () => {
  test('default: a proof has all of it from when the one before it is done', async () => {
    const { process, proofs } = proveTwo()
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1)
    process.answer(0, { kind: 'proof', result: resultOf('a') })
    expect(await stateOf(proofs[0])).toMatchObject({ name: 'a' })
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1)
    expect(await stateOf(proofs[1])).toBe('waiting')
    await vi.advanceTimersByTimeAsync(1)
    expect(await stateOf(proofs[1])).toBe('PROVER_TIMED_OUT')
    expect(processes).toHaveLength(1)
  })

  test('behavior: one that takes too long does not take the next one with it', async () => {
    const { proofs } = proveTwo()
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS)
    await expect(proofs[0]).rejects.toMatchObject({
      code: 'PROVER_TIMED_OUT',
      message: 'the proof took longer than 10 s',
    })
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1)
    processes[1]!.answer(0, { kind: 'proof', result: resultOf('b') })
    expect(await proofs[1]).toMatchObject({ name: 'b' })
  })

  test('behavior: preparing the key has its own', async () => {
    const backend = open()
    const fractions: number[] = []
    const prepared = backend.prepare((fraction) => fractions.push(fraction))
    const proof = backend.prove({ name: 'a' })
    const [process] = processes as [SimulatedProcess]
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1)
    process.emit('message', { kind: 'preparing', fraction: 0.5 })
    process.answer(0, { kind: 'prepared' })
    await prepared
    expect(fractions).toEqual([0.5])
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1)
    process.answer(1, { kind: 'proof', result: resultOf('a') })
    expect(await proof).toMatchObject({ name: 'a' })
    // It is open now.
    await backend.prepare()
    expect(process.names).toEqual(['prepare', 'a'])
  })
})
