import { PoaError } from '../../../src/errors.ts'
import type { Circuit } from '../../circuits/Circuit.ts'
import { Jacobian } from '../../circuits/Jacobian.ts'
import { isViolated, residualOf, wiresOfRow } from '../../circuits/listViolations.ts'
import { checkConstraints } from '../../circuits/readR1cs.ts'
import type { Gadget, SignalGraph } from '../../circuits/SignalGraph.ts'

/** What is examined: the whole circuit, or one template compiled alone, at the places where it stands in the whole circuit. */
export class Subject {
  readonly name: string
  readonly circuit: Circuit
  readonly jacobian: Jacobian
  /** Where the template stands: paths of components with a dot behind, `slot[0].margin.`; empty for the whole. */
  readonly places: readonly Place[]
  readonly #rowsOfWire: readonly (readonly number[])[]

  /** @param given signals that are as good as public: any value makes a valid statement */
  constructor(name: string, circuit: Circuit, graph: SignalGraph, paths: readonly string[], given: readonly string[]) {
    this.name = name
    this.circuit = circuit
    const { r1cs } = circuit
    const wires = given.map((signal) => circuit.wireOf(signal)).filter((wire) => wire !== undefined)
    this.jacobian = new Jacobian(r1cs, wires)
    const rowsOfWire: number[][] = Array.from({ length: r1cs.nWires }, () => [])
    for (let row = 0; row < r1cs.nConstraints; row++)
      for (const wire of wiresOfRow(r1cs, row)) rowsOfWire[wire]!.push(row)
    this.#rowsOfWire = rowsOfWire
    this.places = paths.map((path) => new Place(this, graph, path))
  }

  rowsOf(wire: number): readonly number[] {
    return this.#rowsOfWire[wire]!
  }
}

/** One place of a subject: which signals of the whole circuit its wires are. */
export class Place {
  readonly subject: Subject
  readonly graph: SignalGraph
  readonly path: string
  readonly gadgets: readonly Gadget[]
  /** By signal: whether it stands inside; undefined where everything does. */
  readonly isInside: Uint8Array | undefined
  /** The signal of each wire: of several that share it the one that is computed first, from which the others follow. */
  readonly signals: Int32Array
  readonly #wireOfSignal = new Map<number, number>()

  constructor(subject: Subject, graph: SignalGraph, path: string) {
    this.subject = subject
    this.graph = graph
    this.path = path
    this.gadgets = graph.gadgets.filter((gadget) => gadget.path.startsWith(path))
    this.isInside = path === '' ? undefined : Uint8Array.from(graph.names, (name) => (name.startsWith(path) ? 1 : 0))
    const { circuit } = subject
    this.signals = new Int32Array(circuit.r1cs.nWires)
    for (let wire = 1; wire < this.signals.length; wire++) {
      const signals = circuit.namesOf(wire).map((name) => graph.numberOf(path + name))
      const first = signals.reduce((a, b) => (graph.placeOf(b) < graph.placeOf(a) ? b : a))
      this.signals[wire] = first
      this.#wireOfSignal.set(first, wire)
    }
  }

  /** Whether the subject sees a signal from outside: a template's input, or an input of the whole. */
  isInput(signal: number): boolean {
    if (this.graph.originOf(signal) === 'input') return true
    return this.isInside !== undefined && this.graph.sourcesOf(signal).some((source) => this.isInside![source] === 0)
  }

  /** The wire of a signal; undefined when --O2 replaced it, or when it shares the wire of a signal from which it follows. */
  wireOf(signal: number): number | undefined {
    return this.#wireOfSignal.get(signal)
  }
}

/** A valid witness at a place. */
export class Scene {
  readonly place: Place
  /** Of all signals of the whole circuit. */
  readonly values: readonly bigint[]
  readonly #witness: bigint[]

  /** @throws PoaError ASSURANCE_WITNESS_INVALID when the values do not satisfy the subject */
  constructor(place: Place, values: readonly bigint[]) {
    this.place = place
    this.values = values
    this.#witness = Array.from(place.signals, (signal) => values[signal]!)
    const { name, circuit } = place.subject
    const violated = checkConstraints(circuit.r1cs, this.#witness)
    if (violated !== undefined)
      throw new PoaError('ASSURANCE_WITNESS_INVALID', `An honest witness of ${name} breaks its row ${violated}`)
  }

  get witness(): readonly bigint[] {
    return this.#witness
  }

  /** The value of a signal by its full name. */
  read(name: string): bigint {
    return this.values[this.place.graph.numberOf(name)]!
  }

  /** What changes when signals are overridden and all that follows inside the place is computed again. */
  tamper(lies: Lies): Map<number, bigint> {
    return this.place.graph.tamper(this.values, lies, this.place.isInside)
  }

  /** What the constraints say to a lie that carries through; undefined when it changes no wire, so that it is none. */
  judge(lies: Lies): 'refused' | 'accepted' | undefined {
    const refusals = this.listRefusals(lies, 1)
    return refusals === undefined ? undefined : refusals.length > 0 ? 'refused' : 'accepted'
  }

  /**
   * The rows that a lie breaks that carries through, not more than `most`; undefined when it changes no wire. A row that alone is broken is
   * needed: without it the lie would pass.
   */
  listRefusals(lies: Lies, most: number): number[] | undefined {
    const { subject } = this.place
    return this.#with(lies, (wires) => {
      if (wires.length === 0) return undefined
      const broken = new Set<number>()
      for (const wire of wires) {
        for (const row of subject.rowsOf(wire)) {
          if (isViolated(subject.circuit.r1cs, row, this.#witness)) broken.add(row)
          if (broken.size === most) return [...broken]
        }
      }
      return [...broken]
    })
  }

  /** By how much a lie that carries through misses a row: a b - c mod r. */
  residual(row: number, lies: Lies): bigint {
    return this.#with(lies, () => residualOf(this.place.subject.circuit.r1cs, row, this.#witness))
  }

  /** Looks at the witness while a lie stands in it. */
  #with<Result>(lies: Lies, look: (wires: readonly number[]) => Result): Result {
    const { place } = this
    const wires: number[] = []
    for (const [signal, value] of this.tamper(lies)) {
      const wire = place.wireOf(signal)
      if (wire === undefined) continue
      wires.push(wire)
      this.#witness[wire] = value
    }
    const result = look(wires)
    for (const wire of wires) this.#witness[wire] = this.values[place.signals[wire]!]!
    return result
  }
}

/** New values of signals by number, any integers. */
export type Lies = ReadonlyMap<number, bigint>
