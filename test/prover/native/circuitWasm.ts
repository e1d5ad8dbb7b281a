import { readFile } from 'node:fs/promises'
import type { CircuitInput, SignalValue } from '../../../prover/proving/prepareInput.ts'
import { writeWitness } from '../../../prover/proving/snarkjs.ts'
import { toField } from '../../../src/field.ts'

/** What circom's generator exports; names of signals go in as the two halves of their FNV-1a hash, elements as eight words, the lowest first. */
type Generator = {
  init(checks: number): void
  getInputSignalSize(high: number, low: number): number
  setInputSignal(high: number, low: number, index: number): void
  writeSharedRWMemory(word: number, value: number): void
  readSharedRWMemory(word: number): number
  getWitnessSize(): number
  getWitness(wire: number): void
}

/**
 * Circom's generator, compiled once: snarkjs compiles it for every witness, which takes longer than all else.
 * @returns a function from inputs to the bytes of a .wtns file; it throws where there is no witness
 */
export async function openCircuitWasm(path: string): Promise<(input: CircuitInput) => Uint8Array> {
  const ignore = () => {}
  const exceptionHandler = (code: number) => {
    throw new Error(`circom's generator failed with code ${code}`)
  }
  const runtime = {
    exceptionHandler,
    printErrorMessage: ignore,
    writeBufferMessage: ignore,
    showSharedRWMemory: ignore,
  }
  const module = await WebAssembly.compile(await readFile(path))
  const generator = new WebAssembly.Instance(module, { runtime }).exports as unknown as Generator
  return (input) => {
    generator.init(0)
    for (const [name, value] of Object.entries(input)) {
      const hash = fnv1a(name)
      const [high, low] = [Number(hash >> 32n) | 0, Number(hash & 0xffffffffn) | 0]
      const values = flatten(value)
      if (values.length !== generator.getInputSignalSize(high, low)) throw new Error(`${name} does not fit`)
      for (const [i, decimal] of values.entries()) {
        const element = toField(BigInt(decimal))
        for (let word = 0; word < 8; word++)
          generator.writeSharedRWMemory(word, Number((element >> BigInt(32 * word)) & 0xffffffffn) | 0)
        generator.setInputSignal(high, low, i)
      }
    }
    const wires = generator.getWitnessSize()
    const witness = writeWitness(Array<bigint>(wires).fill(0n))
    const view = new DataView(witness.buffer)
    const valuesAt = witness.length - 32 * wires
    for (let wire = 0; wire < wires; wire++) {
      generator.getWitness(wire)
      for (let word = 0; word < 8; word++)
        view.setUint32(valuesAt + 32 * wire + 4 * word, generator.readSharedRWMemory(word), true)
    }
    return witness
  }
}

function flatten(value: SignalValue): string[] {
  return typeof value === 'string' ? [value] : value.flatMap(flatten)
}

function fnv1a(text: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (const character of text) hash = BigInt.asUintN(64, (hash ^ BigInt(character.charCodeAt(0))) * 0x100000001b3n)
  return hash
}
