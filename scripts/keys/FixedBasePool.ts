import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { buildBn128 } from 'ffjavascript'
import { PoaError } from '../../src/errors.ts'
import {
  type GroupName,
  type MultiplyTask,
  POINT_BYTES,
  SCALAR_BYTES,
  WORKER_ROLE,
  type WorkerReport,
  type WorkerSetup,
} from './fixedBaseWorker.ts'
import type { GeneratorMultiplier } from './GeneratorMultiplier.ts'

/** Multiplies in WebAssembly, on worker threads. */
export class FixedBasePool implements GeneratorMultiplier {
  readonly engine = 'webassembly'
  readonly #workers: readonly Worker[]
  readonly #pending = new Map<number, { report: (report: WorkerReport) => void; reject: (cause: unknown) => void }>()
  #lastId = 0
  #failure: PoaError | undefined

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers
    const fail = (cause: unknown) => {
      // The first one is the cause; a thread may also fail before anything has been asked of it.
      this.#failure ??= new PoaError('KEYS_WORKER_FAILED', 'A thread of the key set-up failed', { cause })
      for (const { reject } of this.#pending.values()) reject(this.#failure)
    }
    for (const worker of workers) {
      worker.on('message', (report: WorkerReport) => this.#pending.get(report.id)?.report(report))
      worker.on('error', fail)
      worker.on('exit', (code) => code !== 0 && fail(new Error(`exit code ${code}`)))
    }
  }

  static async start(threads: number = availableParallelism()): Promise<FixedBasePool> {
    const { tm } = await buildBn128(true)
    const setup: WorkerSetup = {
      role: WORKER_ROLE,
      module: await WebAssembly.compile(tm.code),
      generators: { g1: tm.pG1gen, g2: tm.pG2gen },
    }
    // Node 20 cannot run TypeScript by itself and a worker does not inherit its parent's loader, so each one brings its own.
    const loader = import.meta.resolve('tsx/esm/api')
    const script = new URL('./fixedBaseWorker.ts', import.meta.url).href
    const boot = `import(${JSON.stringify(loader)}).then((tsx) => tsx.tsImport(${JSON.stringify(script)}, ${JSON.stringify(script)}))`
    const start = () => new Worker(boot, { eval: true, workerData: setup })
    return new FixedBasePool(Array.from({ length: threads }, start))
  }

  multiply(
    group: GroupName,
    scalars: Uint8Array,
    onProgress: (multiplied: number) => void = () => {},
  ): Promise<Uint8Array> {
    const count = scalars.length / SCALAR_BYTES
    const task: MultiplyTask = {
      id: ++this.#lastId,
      group,
      scalars: shared(scalars),
      points: new Uint8Array(new SharedArrayBuffer(count * POINT_BYTES[group])),
      nextChunk: new Int32Array(new SharedArrayBuffer(4)),
    }
    return new Promise<Uint8Array>((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure
      let running = this.#workers.length
      const report = ({ multiplied, done }: WorkerReport) => {
        if (multiplied > 0) onProgress(multiplied)
        if (done && --running === 0) resolve(task.points)
      }
      this.#pending.set(task.id, { report, reject })
      for (const worker of this.#workers) worker.postMessage(task)
    }).finally(() => this.#pending.delete(task.id))
  }

  async terminate(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.removeAllListeners('exit').terminate()))
  }
}

function shared(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}
