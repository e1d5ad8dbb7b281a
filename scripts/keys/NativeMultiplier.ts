import type { NativeEngine } from '../../prover/proving/native/loadEngine.ts'
import { PoaError } from '../../src/errors.ts'
import { type GroupName, POINT_BYTES, SCALAR_BYTES } from './fixedBaseWorker.ts'
import type { GeneratorMultiplier } from './GeneratorMultiplier.ts'

/**
 * Scalars in one call of the engine, which reports no progress of its own. Each call makes its table anew: some percent of its time at this size.
 */
const SCALARS_AT_ONCE = 2 ** 16

const ENGINE_GROUPS = { g1: 'G1', g2: 'G2' } as const

/** Multiplies with the native engine. After a failure every later call fails in the same way. */
export class NativeMultiplier implements GeneratorMultiplier {
  readonly #engine: NativeEngine
  readonly #threads: number
  #last: Promise<unknown> = Promise.resolve()

  constructor(engine: NativeEngine, threads: number) {
    this.#engine = engine
    this.#threads = threads
  }

  get engine() {
    return this.#engine.instructionSet
  }

  multiply(
    group: GroupName,
    scalars: Uint8Array,
    onProgress: (multiplied: number) => void = () => {},
  ): Promise<Uint8Array> {
    const points = this.#last.then(() => this.#multiply(group, scalars, onProgress))
    this.#last = points
    return points
  }

  async #multiply(group: GroupName, scalars: Uint8Array, onProgress: (multiplied: number) => void) {
    const count = scalars.length / SCALAR_BYTES
    const points = new Uint8Array(count * POINT_BYTES[group])
    for (let start = 0; start < count; start += SCALARS_AT_ONCE) {
      const end = Math.min(start + SCALARS_AT_ONCE, count)
      const some = scalars.subarray(start * SCALAR_BYTES, end * SCALAR_BYTES)
      points.set(await this.#call(group, some), start * POINT_BYTES[group])
      onProgress(end - start)
    }
    return points
  }

  async #call(group: GroupName, scalars: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.#engine.multiplyGenerator(ENGINE_GROUPS[group], scalars, this.#threads)
    } catch (cause) {
      const { code, message } = cause as { code?: string; message: string }
      throw new PoaError('KEYS_ENGINE_FAILED', `The native engine failed: ${code ?? 'ENGINE_FAILED'}: ${message}`, {
        cause,
        hint: 'Bring the engine up to date: node prover/native/build.mjs',
      })
    }
  }

  async terminate(): Promise<void> {}
}
