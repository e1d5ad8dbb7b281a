import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CircuitInput } from '../../prover/proving/prepareInput.ts'
import { calculateWitness } from '../../prover/proving/snarkjs.ts'
import { witnessValues } from '../../prover/proving/witnessFile.ts'
import { compileCircuit, type MainComponent, REPOSITORY_ROOT } from './compileCircuit.ts'
import { type R1cs, readR1cs } from './readR1cs.ts'

/** A compiled circuit with its constraints open for inspection: what each wire is called, and which witness an input has. */
export class Circuit {
  readonly main: MainComponent
  readonly r1cs: R1cs
  readonly #wasmPath: string
  /** Wire of each signal; undefined where --O2 replaced the signal by a linear combination of others. */
  readonly #wires: ReadonlyMap<string, number | undefined>
  readonly #names: ReadonlyMap<number, readonly string[]>

  constructor(main: MainComponent, r1cs: R1cs, wasmPath: string, wires: ReadonlyMap<string, number | undefined>) {
    this.main = main
    this.r1cs = r1cs
    this.#wasmPath = wasmPath
    this.#wires = wires
    const names = new Map<number, string[]>()
    for (const [name, wire] of wires) if (wire !== undefined) names.set(wire, [...(names.get(wire) ?? []), name])
    this.#names = names
  }

  /**
   * The values of all wires that our own generator computes.
   * @throws Error with "Assert Failed" when it finds none
   */
  async computeWitness(input: CircuitInput): Promise<bigint[]> {
    return witnessValues(await calculateWitness(this.#wasmPath, input))
  }

  wireOf(signal: string): number | undefined {
    if (!this.#wires.has(signal)) throw new Error(`the circuit has no signal ${signal}`)
    return this.#wires.get(signal)
  }

  /** The signals that share a wire, the outermost first; none for the constant. */
  namesOf(wire: number): readonly string[] {
    return this.#names.get(wire) ?? []
  }

  nameOf(wire: number): string {
    return this.namesOf(wire)[0] ?? 'one'
  }
}

/** Compiles a template (cached by content below build/) exactly as in production (--O2) and opens it. */
export async function openCircuit(main: MainComponent): Promise<Circuit> {
  const name = main.template.split('/').at(-1)
  const hash = createHash('sha256').update(JSON.stringify(main)).digest('hex').slice(0, 8)
  const directory = join(TEST_BUILDS, `${name}-${hash}`)
  await compileCircuit(main, directory)
  return openCompiled(main, directory)
}

/** Opens what `compileCircuit` wrote into a directory. */
export async function openCompiled(main: MainComponent, directory: string): Promise<Circuit> {
  const [r1cs, symbols] = await Promise.all([
    readR1cs(join(directory, 'circuit.r1cs')),
    readFile(join(directory, 'circuit.sym'), 'utf8'),
  ])
  return new Circuit(main, r1cs, join(directory, 'circuit.wasm'), parseSymbols(symbols))
}

/** Circuits that are no artifact of the product: templates alone, forgers, circuits with a hole. */
export const TEST_BUILDS = join(REPOSITORY_ROOT, 'build', 'test-circuits')

/** The wire of each signal by its name below `main`, from a .sym file: lines of label, wire or -1, component, name. */
export function parseSymbols(symbols: string): Map<string, number | undefined> {
  return new Map(
    symbols
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [, wire, , signal] = line.split(',') as [string, string, string, string]
        return [signal.replace(/^main\./, ''), wire === '-1' ? undefined : Number(wire)] as const
      }),
  )
}
