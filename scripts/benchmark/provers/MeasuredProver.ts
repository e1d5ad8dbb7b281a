import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Artifacts } from '../../../prover/proving/artifacts.ts'
import type { EngineBuildName } from '../../../prover/proving/native/loadEngine.ts'
import type { CircuitInput } from '../../../prover/proving/prepareInput.ts'
import { PoaError } from '../../../src/errors.ts'
import type { Shape } from '../../../src/shape.ts'

/** snarkjs, or a build of the native prover. */
export type MeasuredProverName = 'snarkjs' | EngineBuildName

/** Elapsed time, and processor time over all threads. */
export type Cost = { readonly wallMs: number; readonly cpuMs: number }

export type ProverSetup = {
  readonly prover: MeasuredProverName
  /** Of the native prover; snarkjs takes a worker a core. */
  readonly threads: number
  readonly artifacts: Artifacts
  readonly shape: Shape
}
export type ProverRequest = { readonly input: CircuitInput }

/** One proof. `peakMiB` is the largest resident memory that the process has had so far, Node itself included. */
export type Measurement = {
  /** Of opening the key, which includes making it ready if it never was. */
  readonly preparation: Cost | undefined
  readonly witness: Cost
  readonly prove: Cost
  readonly peakMiB: number
}
export type ProverReply =
  | ({ readonly kind: 'measured' } & Measurement)
  | { readonly kind: 'failed'; readonly message: string }

const PROCESS_PATH = fileURLToPath(new URL('./proverProcess.ts', import.meta.url))

/** A prover in a process of its own. Asked for one proof at a time. */
export class MeasuredProver {
  readonly #process: ChildProcess
  readonly #name: MeasuredProverName

  constructor(setup: ProverSetup) {
    this.#name = setup.prover
    this.#process = fork(PROCESS_PATH, [JSON.stringify(setup)], {
      execArgv: ['--import', import.meta.resolve('tsx')],
      serialization: 'advanced',
      stdio: ['ignore', 2, 2, 'ipc'],
    })
  }

  /** @throws PoaError PROVER_FAILED when there is no proof or it does not verify */
  async prove(input: CircuitInput): Promise<Measurement> {
    const ended = new AbortController()
    const reply = Promise.race([
      once(this.#process, 'message', { signal: ended.signal }) as Promise<[ProverReply]>,
      once(this.#process, 'exit', { signal: ended.signal }).then(([code]): [ProverReply] => [
        { kind: 'failed', message: `its process ended with ${code}` },
      ]),
    ])
    const request: ProverRequest = { input }
    this.#process.send(request)
    const [answer] = await reply.finally(() => ended.abort())
    if (answer.kind === 'failed') throw new PoaError('PROVER_FAILED', `${this.#name}: ${answer.message}`)
    return answer
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const exited = once(this.#process, 'exit')
    if (this.#process.connected) this.#process.disconnect()
    await exited
  }
}
