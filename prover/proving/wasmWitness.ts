import { readFile } from 'node:fs/promises'
import { FIELD_ORDER } from '../../src/field.ts'
import type { CircuitInput, SignalValue } from './prepareInput.ts'
import { allocateWitness, setFieldElement } from './witnessFile.ts'

/** What circom 2 exports of a circuit's generator. A value passes through one shared place in its memory: 32 bytes, the lowest first. */
type Generator = {
  readonly memory: WebAssembly.Memory
  getSharedRWMemoryStart(): number
  init(sanityCheck: number): void
  /** Negative for a name that is no input. */
  getInputSignalSize(hashHigh: number, hashLow: number): number
  /** Takes the shared value. With the last input it computes every wire. */
  setInputSignal(hashHigh: number, hashLow: number, position: number): void
  getInputSize(): number
  getWitnessSize(): number
  /** Leaves a wire's value, in standard form, in the shared place. */
  getWitness(wire: number): void
  /** The next character of a message; 0 after the last. */
  getMessageChar(): number
}

const WORDS = 8

/**
 * A circuit's own witness generator, compiled once. Every call runs it in a fresh instance, so nothing of one batch is left for the next.
 * @returns a function from the input to the bytes of a .wtns file, which hold private data. It throws an Error with the generator's message, which
 * may quote values of the input, when no witness exists or an input is missing, unknown, too short or too long.
 */
export async function openWasmWitness(wasmPath: string): Promise<(input: CircuitInput) => Uint8Array> {
  const module = await WebAssembly.compile(new Uint8Array(await readFile(wasmPath)))
  return (input) => {
    let message = ''
    const readMessage = () => {
      for (let c = generator.getMessageChar(); c !== 0; c = generator.getMessageChar())
        message += String.fromCharCode(c)
    }
    const instance = new WebAssembly.Instance(module, {
      runtime: {
        exceptionHandler: (code: number) => {
          throw new Error(`the generator ended with code ${code}: ${message}`)
        },
        printErrorMessage: readMessage,
        // What circuits log is of no use here.
        writeBufferMessage: () => undefined,
        showSharedRWMemory: () => undefined,
      },
    })
    const generator = instance.exports as unknown as Generator
    generator.init(0)
    const shared = generator.getSharedRWMemoryStart()
    setInputs(generator, shared, input)
    return readWires(generator, shared)
  }
}

function setInputs(generator: Generator, shared: number, input: CircuitInput): void {
  const place = new DataView(generator.memory.buffer, shared)
  let count = 0
  for (const [name, value] of Object.entries(input)) {
    const [high, low] = hashName(name)
    const values = leavesOf(value)
    const size = generator.getInputSignalSize(high, low)
    if (size < 0) throw new Error(`the circuit has no input ${name}`)
    if (size !== values.length)
      throw new Error(`the input ${name} has ${values.length} values, the circuit takes ${size}`)
    for (const [position, text] of values.entries()) {
      const reduced = BigInt(text) % FIELD_ORDER
      setFieldElement(place, 0, reduced < 0n ? reduced + FIELD_ORDER : reduced)
      generator.setInputSignal(high, low, position)
    }
    count += values.length
  }
  const expected = generator.getInputSize()
  if (count !== expected) throw new Error(`${count} of ${expected} inputs are given`)
}

function readWires(generator: Generator, shared: number): Uint8Array {
  const count = generator.getWitnessSize()
  const { file, values } = allocateWitness(count)
  const place = new DataView(generator.memory.buffer, shared)
  let at = 0
  for (let wire = 0; wire < count; wire++) {
    generator.getWitness(wire)
    for (let word = 0; word < WORDS; word++, at += 4) values.setUint32(at, place.getUint32(4 * word, true), true)
  }
  return file
}

/** In row-major order, as circom counts them. */
function leavesOf(value: SignalValue): readonly string[] {
  return typeof value === 'string' ? [value] : value.flatMap(leavesOf)
}

/** FNV-1a of 64 bits (www.isthe.com/chongo/tech/comp/fnv), by which circom's generators know their inputs; two words. */
function hashName(name: string): readonly [number, number] {
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(name)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return [Number(hash >> 32n), Number(hash & 0xffffffffn)]
}
