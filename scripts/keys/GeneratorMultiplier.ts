import { availableParallelism } from 'node:os'
import { type EngineBuildName, loadEngine } from '../../prover/proving/native/loadEngine.ts'
import { PoaError } from '../../src/errors.ts'
import { FixedBasePool } from './FixedBasePool.ts'
import type { GroupName } from './fixedBaseWorker.ts'
import { NativeMultiplier } from './NativeMultiplier.ts'

/** What multiplies points: a build of the native engine, or WebAssembly, which every machine runs and which takes about fifteen times as long. */
export type KeyEngine = EngineBuildName | 'webassembly'

/** Multiplies the generators of BN254 by many scalars. The bytes depend neither on the implementation nor on its number of threads. */
export interface GeneratorMultiplier {
  readonly engine: KeyEngine
  /**
   * scalar * generator for each scalar (32 bytes little endian, below r), as affine Montgomery points, little endian: the
   * encoding of a zkey. The scalar 0 gives the point at infinity, all zero bytes. Calls queue up behind each other.
   * @param onProgress takes the number of points that have been made since its last call
   */
  multiply(group: GroupName, scalars: Uint8Array, onProgress?: (multiplied: number) => void): Promise<Uint8Array>
  terminate(): Promise<void>
}

/**
 * @param threads default: one a core
 * @param engine default: the fastest build of the native engine, or WebAssembly where none can be loaded
 * @throws PoaError of loadEngine, when a build is asked for that is not there or that this machine cannot run
 */
export async function openGeneratorMultiplier(
  threads: number = availableParallelism(),
  engine?: KeyEngine,
): Promise<GeneratorMultiplier> {
  if (engine === 'webassembly') return FixedBasePool.start(threads)
  try {
    return new NativeMultiplier(loadEngine(engine), threads)
  } catch (cause) {
    if (engine === undefined && cause instanceof PoaError) return FixedBasePool.start(threads)
    throw cause
  }
}
