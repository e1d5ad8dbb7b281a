import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { CircuitInput, SignalValue } from '../../prover/prepareInput.ts'
import { calculateWitness, witnessValues } from '../../prover/snarkjs.ts'
import { compileCircuit, type MainComponent, REPOSITORY_ROOT } from '../../scripts/circuits/compileCircuit.ts'
import { checkConstraints, type R1cs, readR1cs } from '../../scripts/circuits/readR1cs.ts'
import { FIELD_ORDER, toField } from '../../src/field.ts'

/** New values of signals, by name below `main`: `{ 'range.decomposition.out[3]': 1n }`. */
export type Edits = Readonly<Record<string, bigint | number>>

/**
 * A template compiled alone, exactly as in production (--O2), with its constraints open for inspection.
 *
 * That the honest witness generator throws says nothing about soundness: an attacker writes their own. So a forged witness is a valid one in
 * which signals are edited, and it is the constraints that must reject it.
 */
export class Circuit {
  readonly r1cs: R1cs
  readonly #wasmPath: string
  /** Wire of each signal; undefined where --O2 replaced the signal by a linear combination of others. */
  readonly #wires: ReadonlyMap<string, number | undefined>

  constructor(r1cs: R1cs, wasmPath: string, wires: ReadonlyMap<string, number | undefined>) {
    this.r1cs = r1cs
    this.#wasmPath = wasmPath
    this.#wires = wires
  }

  /** The honest witness; it must satisfy every constraint. */
  async expectPass(input: CircuitInput): Promise<Witness> {
    const values = await witnessValues(await calculateWitness(this.#wasmPath, input))
    expect(checkConstraints(this.r1cs, values)).toBeUndefined()
    return new Witness(this, values)
  }

  /** The witness generator finds no witness. */
  async expectRefused(input: CircuitInput): Promise<void> {
    await expect(calculateWitness(this.#wasmPath, input)).rejects.toThrow(/Assert Failed/)
  }

  wireOf(signal: string): number | undefined {
    if (!this.#wires.has(signal)) throw new Error(`the circuit has no signal ${signal}`)
    return this.#wires.get(signal)
  }
}

/** A satisfying assignment that can be read by signal name and forged. */
export class Witness {
  readonly values: readonly bigint[]
  readonly #circuit: Circuit

  constructor(circuit: Circuit, values: readonly bigint[]) {
    this.#circuit = circuit
    this.values = values
  }

  /** A signal's value, centred: in (-r/2, r/2]. The signal must not have been optimised away. */
  signal(name: string): bigint {
    const wire = this.#circuit.wireOf(name)
    if (wire === undefined) throw new Error(`--O2 has replaced ${name}`)
    const value = this.values[wire]!
    return value > FIELD_ORDER / 2n ? value - FIELD_ORDER : value
  }

  signals(name: string, length: number): bigint[] {
    return Array.from({ length }, (_, i) => this.signal(`${name}[${i}]`))
  }

  /**
   * Applies the edits and expects that some constraint is violated. Edits of signals that --O2 replaced follow from the others and are passed
   * over, but at least one wire must really change.
   */
  expectForgeryRejected(edits: Edits): void {
    expect(checkConstraints(this.#circuit.r1cs, this.#edited(edits))).toBeTypeOf('number')
  }

  /** Applies edits that leave the witness valid: the control that a forgery differs from it in one thing only. */
  expectStillSatisfied(edits: Edits): void {
    expect(checkConstraints(this.#circuit.r1cs, this.#edited(edits))).toBeUndefined()
  }

  #edited(edits: Edits): bigint[] {
    const values = [...this.values]
    for (const [name, value] of Object.entries(edits)) {
      const wire = this.#circuit.wireOf(name)
      if (wire !== undefined) values[wire] = toField(BigInt(value))
    }
    if (values.every((value, wire) => value === this.values[wire])) throw new Error('these edits change no wire')
    return values
  }
}

/** The bits of a value as edits of a decomposition: `bitEdits('bits.out', 5n, 3)`. */
export function bitEdits(signal: string, value: bigint, bits: number): Edits {
  return Object.fromEntries(Array.from({ length: bits }, (_, i) => [`${signal}[${i}]`, (value >> BigInt(i)) & 1n]))
}

/** Numbers and bigints as the decimal strings that the witness generator takes. */
export function toInput(values: Readonly<Record<string, unknown>>): CircuitInput {
  const convert = (value: unknown): SignalValue => (Array.isArray(value) ? value.map(convert) : String(value))
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, convert(value)]))
}

/** Compiles a template (cached by content below build/) and opens it for tests. */
export async function openCircuit(main: MainComponent): Promise<Circuit> {
  const name = main.template.replaceAll('/', '-')
  const hash = createHash('sha256').update(JSON.stringify(main)).digest('hex').slice(0, 8)
  const directory = join(REPOSITORY_ROOT, 'build', 'test-circuits', `${name}-${hash}`)
  await compileCircuit(main, directory)
  const [r1cs, symbols] = await Promise.all([
    readR1cs(join(directory, 'circuit.r1cs')),
    readFile(join(directory, 'circuit.sym'), 'utf8'),
  ])
  // A line of a .sym file: label, wire or -1, component, name.
  const wires = new Map(
    symbols
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [, wire, , signal] = line.split(',') as [string, string, string, string]
        return [signal.replace(/^main\./, ''), wire === '-1' ? undefined : Number(wire)] as const
      }),
  )
  return new Circuit(r1cs, join(directory, 'circuit.wasm'), wires)
}
