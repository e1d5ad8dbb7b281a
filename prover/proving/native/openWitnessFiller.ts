import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { InvalidInputError, PoaError } from '../../../src/errors.ts'
import { FIELD_ORDER, toField } from '../../../src/field.ts'
import type { Shape } from '../../../src/shape.ts'
import type { CircuitInput, SignalValue } from '../prepareInput.ts'
import { type EngineBuildName, loadEngine } from './loadEngine.ts'

export type WitnessFillerOptions = {
  /** circuit.sym of the shape. */
  readonly symPath: string
  /** How many wires the circuit has, as its manifest says: a shortened circuit.sym is refused. */
  readonly wires: number
  readonly shape: Shape
  /** Threads of the engine; default: one a core. */
  readonly threads?: number
  /** Default: the fastest that this machine runs. */
  readonly build?: EngineBuildName
}

/** The native generator of one circuit's witnesses. */
export type WitnessFiller = {
  readonly build: EngineBuildName
  /**
   * Fills in every wire, off the event loop: the same bytes as computeWitness().
   * @returns the bytes of a .wtns file. They hold private data.
   * @throws PoaError WITNESS_FAILED when no witness exists. Its message names a signal whose constraint fails, and no value.
   */
  fill(input: CircuitInput): Promise<Uint8Array>
}

/**
 * Loads the engine and lays the circuit's wires out for it.
 * @throws PoaError LAYOUT_MISMATCH when the circuit is not the one that the engine's code mirrors (use computeWitness() then), FILE_UNREADABLE,
 * NATIVE_NOT_BUILT, NATIVE_NOT_RUNNABLE
 */
export async function openWitnessFiller({
  symPath,
  wires,
  shape,
  threads = availableParallelism(),
  build,
}: WitnessFillerOptions): Promise<WitnessFiller> {
  if (!Number.isInteger(threads) || threads < 1) throw new InvalidInputError('threads', 'a positive integer', threads)
  const engine = loadEngine(build)
  const { traces, contributors, classes, features } = shape
  const parameters = Uint32Array.of(traces, contributors, classes, features)
  const filler = await engine
    .openWitnessFiller(symPath, wires, parameters, await readPoseidonConstants(), threads)
    .catch((cause: { code?: string; message: string }) => {
      const message = `the native engine cannot fill witnesses for ${symPath}: ${cause.message}`
      throw new PoaError(cause.code ?? 'ENGINE_FAILED', message, { cause })
    })
  return {
    build: engine.instructionSet,
    async fill(input) {
      const inputs = flattenInput(input, shape)
      return engine.fillWitness(filler, inputs).catch((cause: { code?: string; message: string }) => {
        const { code, message } = cause
        const reason = code === 'WITNESS_FAILED' ? noWitness(`a constraint on ${message} fails`) : message
        throw new PoaError(code ?? 'ENGINE_FAILED', reason, { cause })
      })
    },
  }
}

const noWitness = (place: string) => `the circuit has no witness for this batch: ${place}`

/** Poseidon's constants for widths 2 to 17 in the form that circomlib's circuits use, 32 bytes each, in the order that the engine takes. */
async function readPoseidonConstants(): Promise<Uint8Array> {
  const file = new URL('./src/poseidon_constants_opt.json', import.meta.resolve('circomlibjs'))
  type Nested = string | readonly Nested[]
  const { C, S, M, P } = JSON.parse(await readFile(file, 'utf8')) as Record<'C' | 'S' | 'M' | 'P', readonly Nested[]>
  const lists = C.map((_, width) => [C[width]!, S[width]!, M[width]!, P[width]!]).flat(4) as string[]
  const hex = lists.map((constant) => constant.slice(2).padStart(64, '0')).join('')
  // Lowest byte first, constant by constant: reverse all bytes, then the order of the constants is reversed as well.
  const reversed = Buffer.from(hex, 'hex').reverse()
  const bytes = new Uint8Array(reversed.length)
  for (let at = 0; at < bytes.length; at += 32)
    bytes.set(reversed.subarray(reversed.length - at - 32, reversed.length - at), at)
  return bytes
}

/** The circuit's input signals in the order of their declaration, with their dimensions. */
function inputSignals({ traces, contributors, classes, features }: Shape): [name: string, dimensions: number[]][] {
  return [
    ['weightsCommitment', []],
    ['indexCommitment', []],
    ['challenge', []],
    ['context', []],
    ['weights', [classes, features]],
    ['vectors', [contributors, classes, features]],
    ['scales', [contributors]],
    ['active', [traces]],
    ['features', [traces, features]],
    ['inputSalts', [traces]],
    ['labels', [traces]],
    ['outputSalts', [traces]],
    ['pools', [traces]],
    ['batchSalt', []],
    ['logits', [traces, classes]],
    ['rawScores', [traces, contributors]],
  ]
}

/**
 * All values mod r, 32 bytes each, lowest first.
 * @throws PoaError WITNESS_FAILED unless the input has exactly the signals of the circuit in their sizes
 */
function flattenInput(input: CircuitInput, shape: Shape): Uint8Array {
  const signals = inputSignals(shape)
  const count = signals.reduce(
    (sum, [, dimensions]) => sum + dimensions.reduce((product, size) => product * size, 1),
    0,
  )
  const words = new Uint32Array(8 * count)
  let at = 0
  const flatten = (name: string, value: SignalValue | undefined, dimensions: readonly number[], depth: number) => {
    const size = dimensions[depth]
    if (size === undefined) {
      if (typeof value !== 'string' || !INTEGER.test(value)) throw misfit(name)
      writeInteger(words, at, value)
      at += 8
    } else {
      if (!Array.isArray(value) || value.length !== size) throw misfit(name)
      for (const item of value) flatten(name, item, dimensions, depth + 1)
    }
  }
  for (const [name, dimensions] of signals) flatten(name, input[name], dimensions, 0)
  const known = new Set(signals.map(([name]) => name))
  for (const name of Object.keys(input)) if (!known.has(name)) throw misfit(name)
  return new Uint8Array(words.buffer)
}

const misfit = (name: string) => new PoaError('WITNESS_FAILED', noWitness(`${name} does not fit the circuit`))

const INTEGER = /^-?\d+$/
/** Integers of so few characters are exact as numbers. */
const EXACT_LENGTH = 15
const WORD = 2 ** 32
const ORDER_WORDS = wordsOf(FIELD_ORDER)

/** Most inputs are small numbers, and those need no bigint: -x becomes r - x, which does not borrow from the words of r above 2^64. */
function writeInteger(words: Uint32Array, at: number, decimal: string): void {
  if (decimal.length > EXACT_LENGTH) {
    words.set(wordsOf(toField(BigInt(decimal))), at)
    return
  }
  const value = Number(decimal)
  const low = Math.abs(value) % WORD
  const high = Math.floor(Math.abs(value) / WORD)
  if (value >= 0) {
    words[at] = low
    words[at + 1] = high
  } else {
    words.set(ORDER_WORDS, at)
    words[at] = ORDER_WORDS[0]! - low
    words[at + 1] = ORDER_WORDS[1]! - high - (low > ORDER_WORDS[0]! ? 1 : 0)
  }
}

/** Eight words, the lowest first: the byte order in memory is little endian, on every processor that the engine is built for. */
function wordsOf(value: bigint): Uint32Array {
  return Uint32Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(32 * i)) & 0xffffffffn))
}
