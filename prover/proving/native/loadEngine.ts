import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PoaError } from '../../../src/errors.ts'
import { hashSources, isWhole } from '../../native/build.mjs'

/** The builds of the native engine, the fastest first; see prover/native/README.md. */
export const ENGINE_BUILDS = ['ifma', 'mulx', 'plain'] as const
export type EngineBuildName = (typeof ENGINE_BUILDS)[number]

/** What a build exports (prover/native/src/addon.cpp). */
export interface NativeEngine {
  instructionSet: EngineBuildName
  /** What hashSources() was when it was built. */
  sources: string
  /**
   * Makes a key ready, which takes n log n multiplications of points, and writes it to `keyPath` by renaming: nobody ever sees half a file.
   * @param identity 32 bytes that say what the key is made from; openKey asks for the same ones
   * @param report takes the fraction that is done, rising, at most a hundred times
   * @throws (rejects) with code ZKEY_MALFORMED, R1CS_MALFORMED, POINT_NOT_ON_CURVE, POINT_NOT_IN_SUBGROUP, KEY_OF_OTHER_CIRCUIT, FILE_UNREADABLE,
   * FILE_UNWRITABLE, OUT_OF_MEMORY
   */
  prepareKey(
    zkeyPath: string,
    r1csPath: string,
    keyPath: string,
    identity: Uint8Array,
    threads: number,
    report: (fraction: number) => void,
  ): Promise<void>
  /**
   * Maps a key that prepareKey wrote. The file may be replaced meanwhile, but not changed in place.
   * @throws (rejects) with code FILE_UNREADABLE, KEY_FILE_DAMAGED (length or checksum), KEY_FILE_STALE (another identity, version or build)
   */
  openKey(keyPath: string, identity: Uint8Array, threads: number): Promise<PreparedKey>
  /**
   * @param witness a .wtns file
   * @param r and s: random integers below the group's order, 32 bytes, lowest first, used once
   * @returns the coordinates of A (x, y), B (x0, x1, y0, y1), C (x, y), then the public signals; 32 bytes each, lowest first
   * @throws (rejects) with code WITNESS_MALFORMED, KEY_WITNESS_MISMATCH, OUT_OF_MEMORY
   */
  prove(key: PreparedKey, witness: Uint8Array, r: Uint8Array, s: Uint8Array): Promise<Uint8Array>
  /**
   * Lays a circuit's wires out.
   * @param wires how many the circuit has, with the constant
   * @param shape traces, contributors, classes, features
   * @param poseidonConstants C, S, M and P of width 2, then of width 3 .. 17, in circomlib's optimised form; 32 bytes each, lowest first
   * @throws (rejects) with code LAYOUT_MISMATCH, FILE_UNREADABLE, ARGUMENT_INVALID, OUT_OF_MEMORY
   */
  openWitnessFiller(
    symPath: string,
    wires: number,
    shape: Uint32Array,
    poseidonConstants: Uint8Array,
    threads: number,
  ): Promise<WitnessLayout>
  /**
   * @param inputs all input signals in the order of their declaration, arrays row by row, integers below r of 32 bytes, lowest first
   * @returns the bytes of a .wtns file
   * @throws (rejects) with code WITNESS_FAILED (the message is the name of a signal), ARGUMENT_INVALID, OUT_OF_MEMORY
   */
  fillWitness(layout: WitnessLayout, inputs: Uint8Array): Promise<Uint8Array>
  /**
   * @param scalars integers below the group's order, 32 bytes each, lowest first
   * @returns scalar * generator for each, in the form of .zkey files: affine, coordinates times 2^256, infinity (for 0) all zero
   * @throws (rejects) with code SCALAR_TOO_LARGE, OUT_OF_MEMORY
   */
  multiplyGenerator(group: 'G1' | 'G2', scalars: Uint8Array, threads: number): Promise<Uint8Array>
  testing: NativeTestHooks
}

/** A mapped key and the threads that prove with it; freed when nobody refers to it. */
export type PreparedKey = { readonly __preparedKey: never }

/** A circuit's layout in the engine's memory; freed when nobody refers to it. */
export type WitnessLayout = { readonly __witnessLayout: never }

/**
 * Arithmetic on bytes in standard form, lowest byte first. Elements are 32 bytes (quadratic: 64), points 64 (G2: 128) and all zero for infinity.
 * An element that is not below its modulus is refused with code ELEMENT_TOO_LARGE.
 */
export interface NativeTestHooks {
  field(
    field: 'coordinate' | 'scalar' | 'quadratic',
    operation: FieldOperation,
    left: Uint8Array,
    right: Uint8Array,
  ): Uint8Array
  /** Adds points 2i and 2i + 1, in place. */
  addNeighbours(group: 'G1' | 'G2', points: Uint8Array): Uint8Array
  /** Adds points of a table; entries of left and right are 2 * index, plus 1 to negate the point. */
  addSignedPairs(group: 'G1' | 'G2', table: Uint8Array, left: Uint32Array, right: Uint32Array): Uint8Array
  /** forward: coefficients to values in bit-reversed order; inverse: back; oddCoset: values on the domain to values on the odd coset. */
  transform(operation: 'forward' | 'inverse' | 'oddCoset', elements: Uint8Array, threads: number): Uint8Array
  /** The sum twice over: with points at infinity as operands, and with a bitmap that leaves them out. Scalars are 32 bytes. */
  multiScalarMultiply(group: 'G1' | 'G2', points: Uint8Array, scalars: Uint8Array, threads: number): Uint8Array
  /** Each point of G1 times its own scalar; scalars are 32 bytes and below the group's order. */
  multiplyEach(points: Uint8Array, scalars: Uint8Array): Uint8Array
  /**
   * So many callers at once give one pool of threads `count` tasks each, of which those in `failing` throw; then once more without failures.
   * @returns for each caller three numbers of 32 bits: tasks that ran to their end at first, exceptions that reached it, halves of tasks that
   * ran the second time
   */
  runTasks(threads: number, callers: number, count: number, failing: Uint32Array): Uint8Array
  /** Nanoseconds a field multiplication, an inversion of one vector, an affine addition. */
  benchmark(): { multiply: number; inverse: number; addG1: number; addG2: number }
}

export type FieldOperation =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'square'
  | 'twice'
  | 'negate'
  | 'inverse'
  /** ((a + b)(a - b) - (ab + a)^2 - 2a)^2 - b, without a store in between. */
  | 'chain'
  /** 1 where ab = b^2, else 0. */
  | 'equal'
  /** From a * 2^256. */
  | 'fromFile'

const require = createRequire(import.meta.url)
const DIRECTORY = fileURLToPath(new URL('../../../build/native', import.meta.url))
const HINT = 'Run: npm run build'

/** Where a build lies. */
export function enginePath(build: EngineBuildName | 'cpuFeatures'): string {
  return join(DIRECTORY, `${build}.node`)
}

function load(build: EngineBuildName | 'cpuFeatures'): unknown {
  if (!existsSync(enginePath(build)))
    throw new PoaError('NATIVE_NOT_BUILT', `the native prover is not built${readObstacle()}`, { hint: HINT })
  if (!isWhole(enginePath(build)))
    throw new PoaError('NATIVE_NOT_RUNNABLE', `the native prover's ${build} build is damaged`, { hint: HINT })
  try {
    return require(enginePath(build))
  } catch (cause) {
    const reason = (cause as Error).message
    throw new PoaError('NATIVE_NOT_RUNNABLE', `the native prover's ${build} build cannot be loaded: ${reason}`, {
      hint: HINT,
      cause,
    })
  }
}

/** What the last attempt to build left (prover/native/build.mjs). */
function readObstacle(): string {
  try {
    return `: ${readFileSync(join(DIRECTORY, 'not-built.txt'), 'utf8')}`
  } catch {
    return ''
  }
}

/**
 * Which builds this CPU can run, whether they exist or not, the fastest first.
 * @throws PoaError NATIVE_NOT_BUILT, NATIVE_NOT_RUNNABLE
 */
export function runnableBuilds(): EngineBuildName[] {
  const probe = load('cpuFeatures') as { cpuFeatures(): { mulx: boolean; ifma: boolean } }
  const features = probe.cpuFeatures()
  return ENGINE_BUILDS.filter((build) => build === 'plain' || features[build])
}

/**
 * Loads the native engine: the build asked for, or the fastest that is here, whole and current, and that this CPU can run. Compiles nothing.
 * @throws PoaError NATIVE_NOT_BUILT, also for one of other sources than are here; NATIVE_NOT_RUNNABLE when the build asked for needs instructions that
 * this CPU lacks, or cannot be loaded
 */
export function loadEngine(build?: EngineBuildName): NativeEngine {
  const runnable = runnableBuilds()
  if (build === undefined) return loadFastest(runnable)
  if (!runnable.includes(build))
    throw new PoaError('NATIVE_NOT_RUNNABLE', `this CPU cannot run the native prover's ${build} build`, {
      hint: `use one of: ${runnable.join(', ')}`,
    })
  return loadCurrent(build)
}

/** @throws what kept the fastest one from being loaded */
function loadFastest(builds: readonly EngineBuildName[]): NativeEngine {
  const failures: unknown[] = []
  for (const build of builds) {
    try {
      return loadCurrent(build)
    } catch (error) {
      failures.push(error)
    }
  }
  throw failures[0]
}

function loadCurrent(build: EngineBuildName): NativeEngine {
  const engine = load(build) as NativeEngine
  if (engine.sources !== hashSources())
    throw new PoaError('NATIVE_NOT_BUILT', `the native prover's ${build} build is of other sources`, { hint: HINT })
  return engine
}
