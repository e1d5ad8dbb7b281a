import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect } from 'vitest'
import type { CircuitInput, SignalValue } from '../../prover/proving/prepareInput.ts'
import { calculateWitness } from '../../prover/proving/snarkjs.ts'
import { witnessValues } from '../../prover/proving/witnessFile.ts'
import {
  type Circuit as CompiledCircuit,
  openCircuit as compileAndOpen,
  openCompiled as open,
  parseSymbols,
  TEST_BUILDS,
} from '../../scripts/circuits/Circuit.ts'
import { CIRCUITS_DIRECTORY, type MainComponent } from '../../scripts/circuits/compileCircuit.ts'
import { compileForger, type Rewrites } from '../../scripts/circuits/compileForger.ts'
import { Jacobian } from '../../scripts/circuits/Jacobian.ts'
import { listViolations, wiresOfRow } from '../../scripts/circuits/listViolations.ts'
import { checkConstraints, type R1cs } from '../../scripts/circuits/readR1cs.ts'
import { FIELD_ORDER, toField } from '../../src/field.ts'

/** New values of signals, by name below `main`: `{ 'range.decomposition.out[3]': 1n }`. */
export type Edits = Readonly<Record<string, bigint | number>>

/**
 * A template compiled alone, with what tests expect of it.
 *
 * That the honest witness generator throws says nothing about soundness: an attacker writes their own. So a forged witness comes from a generator
 * without checks that lies in one line, or is a valid witness in which wires are edited, and it is the constraints that must reject it.
 * The number of constraints that do so is part of each test: a forgery that differs in one thing breaks one or few.
 *
 * Tests make all inputs of a template public. --O2 would otherwise drop inputs that follow from outputs, and a forgery could move them.
 */
export class Circuit {
  readonly #circuit: CompiledCircuit

  constructor(circuit: CompiledCircuit) {
    this.#circuit = circuit
  }

  /** The honest witness; it must satisfy every constraint. */
  async expectPass(input: CircuitInput): Promise<Witness> {
    const values = await this.#circuit.computeWitness(input)
    expect(checkConstraints(this.r1cs, values)).toBeUndefined()
    return new Witness(this, values)
  }

  /** The witness generator finds no witness. */
  async expectRefused(input: CircuitInput): Promise<void> {
    await expect(this.#circuit.computeWitness(input)).rejects.toThrow(/Assert Failed/)
  }

  /** What a generator makes of an input that refuses nothing, with some of its lines rewritten. Check the result with `expectRejected`. */
  async forge(input: CircuitInput, rewrites: Rewrites = {}): Promise<Witness> {
    const forger = await compileForger(this.#circuit.main, rewrites)
    const [witness, symbols] = await Promise.all([
      calculateWitness(forger.wasmPath, input),
      readFile(forger.symbolsPath, 'utf8'),
    ])
    const forged = witnessValues(witness)
    const forgedWires = parseSymbols(symbols)
    const values = Array.from({ length: this.r1cs.nWires }, (_, wire) => {
      const name = this.#circuit.namesOf(wire)[0]
      if (name === undefined) return 1n
      const forgedWire = forgedWires.get(name)
      if (forgedWire === undefined) throw new Error(`the forger has no signal ${name}`)
      return forged[forgedWire]!
    })
    return new Witness(this, values, (name) => forged[forgedWires.get(name)!]!)
  }

  get r1cs(): R1cs {
    return this.#circuit.r1cs
  }

  wireOf(signal: string): number | undefined {
    return this.#circuit.wireOf(signal)
  }

  nameOf(wire: number): string {
    return this.#circuit.nameOf(wire)
  }
}

/** An assignment of all wires that can be read by signal name and forged. */
export class Witness {
  readonly values: readonly bigint[]
  readonly #circuit: Circuit
  /** What the forger made of a signal that has no wire. */
  readonly #replaced: ((name: string) => bigint) | undefined

  constructor(circuit: Circuit, values: readonly bigint[], replaced?: (name: string) => bigint) {
    this.#circuit = circuit
    this.values = values
    this.#replaced = replaced
  }

  /** A signal's value, centred: in (-r/2, r/2]. In a witness that was not forged the signal must not have been optimised away. */
  signal(name: string): bigint {
    const wire = this.#circuit.wireOf(name)
    const value = wire === undefined ? this.#replaced?.(name) : this.values[wire]
    if (value === undefined) throw new Error(`--O2 has replaced ${name}`)
    return value > FIELD_ORDER / 2n ? value - FIELD_ORDER : value
  }

  signals(name: string, length: number): bigint[] {
    return Array.from({ length }, (_, i) => this.signal(`${name}[${i}]`))
  }

  /**
   * The witness with new values of some signals. Edits of signals that --O2 replaced follow from the others and are passed over, but at
   * least one wire must really change.
   */
  edited(edits: Edits): Witness {
    const values = [...this.values]
    for (const [name, value] of Object.entries(edits)) {
      const wire = this.#circuit.wireOf(name)
      if (wire !== undefined) values[wire] = toField(BigInt(value))
    }
    if (values.every((value, wire) => value === this.values[wire])) throw new Error('these edits change no wire')
    return new Witness(this.#circuit, values)
  }

  /** Exactly so many constraints are violated. */
  expectRejected(violations: number): void {
    expect(violations).toBeGreaterThan(0)
    const violated = this.#violations()
    expect(violated.length, `violated constraints:\n${violated.join('\n')}`).toBe(violations)
  }

  expectSatisfied(): void {
    expect(this.#violations()).toEqual([])
  }

  /** Applies edits and expects that exactly so many constraints are violated. */
  expectForgeryRejected(edits: Edits, violations: number): void {
    this.edited(edits).expectRejected(violations)
  }

  /**
   * Layers 1 and 2 of the under-constraint harness: no wire but a public input can take another value while the others keep theirs, and to first
   * order no wires can move together.
   * @param free signals that are exempt, each with the reason; exactly these must be free
   */
  expectNoFreeWire(free: Readonly<Record<string, string>> = {}): void {
    this.expectSatisfied()
    const exempt = Object.keys(free).sort()
    expect(this.listFreeWires()).toEqual(exempt)
    expect(this.listFreeDirections()).toEqual(exempt)
  }

  /** Layer 1 alone: the signals that can take another value while the others keep theirs. */
  listFreeWires(): string[] {
    return this.#namesOf(new Jacobian(this.#circuit.r1cs).listFreeWires(this.values))
  }

  /**
   * Layer 2 alone: as many signals as can be chosen freely to first order, when public inputs and the named signals are given.
   */
  listFreeDirections(given: readonly string[] = []): string[] {
    const wires = given.map((name) => this.#circuit.wireOf(name)).filter((wire) => wire !== undefined)
    return this.#namesOf(new Jacobian(this.#circuit.r1cs, wires).analyse(this.values).freeWires)
  }

  #namesOf(wires: readonly number[]): string[] {
    return wires.map((wire) => this.#circuit.nameOf(wire)).sort()
  }

  /** Each violated constraint by the signals that it names, so that a failing test says which. */
  #violations(): string[] {
    const { r1cs } = this.#circuit
    return listViolations(r1cs, this.values).map((row) => {
      const names = [...wiresOfRow(r1cs, row)].map((wire) => this.#circuit.nameOf(wire))
      return `${row}: ${names.slice(0, 12).join(', ')}`
    })
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
  return new Circuit(await compileAndOpen(main))
}

/**
 * Expects that parameters out of bounds compile to no circuit, because of an assertion in the template's own file.
 */
export async function expectNoCircuit(main: MainComponent): Promise<void> {
  await expect(compileAndOpen(main)).rejects.toMatchObject({
    code: 'CIRCUIT_COMPILATION_FAILED',
    message: expect.stringMatching(new RegExp(`False assert reached[^"]*"circuits/${main.template}\\.circom"`)),
  })
}

/** Opens what `compileCircuit` wrote into a directory. */
export async function openCompiled(main: MainComponent, directory: string): Promise<Circuit> {
  return new Circuit(await open(main, directory))
}

/**
 * Opens a template that a test wrote itself, to look at functions or at what a template is when used badly.
 * @param source the template, which may include files by their path below circuits/
 */
export async function openSource(
  template: string,
  source: string,
  publicInputs: readonly string[] = [],
): Promise<Circuit> {
  // The name holds the hash because compileCircuit's own cache knows the sources below circuits/ only.
  const hash = createHash('sha256').update(source).digest('hex').slice(0, 8)
  const directory = join(TEST_BUILDS, `source-${template}-${hash}`)
  await mkdir(directory, { recursive: true })
  const toCircuits = relative(directory, CIRCUITS_DIRECTORY)
  await writeFile(join(directory, `${template}.circom`), source.replaceAll('include "', `include "${toCircuits}/`))
  return openCircuit({
    template: relative(CIRCUITS_DIRECTORY, join(directory, template)),
    parameters: [],
    publicInputs,
  })
}
