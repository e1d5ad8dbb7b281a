import { readFile } from 'node:fs/promises'
import type { CircuitInput, SignalValue } from '../../prover/proving/prepareInput.ts'
import { FIELD_ORDER, toField } from '../../src/field.ts'
import { parseSymbols } from './Circuit.ts'
import type { MainComponent } from './compileCircuit.ts'
import { compileDefinitions } from './compileForger.ts'
import { invert } from './invert.ts'
import { type R1cs, readR1cs, type SparseMatrix } from './readR1cs.ts'

/** Values by signal number: an array, or one with changes laid over it. */
type Values = { at(signal: number): bigint | undefined }
/** Reads the value that a signal has by now. */
type Read = (signal: string) => bigint

/**
 * A value that no constraint defines (`<--`): our generator's choice, which constraints then have to check. An attacker's generator chooses what it
 * likes, so in the graph it can be overridden; otherwise it follows from what it is a hint about.
 */
type Hint = {
  readonly signals: readonly string[]
  readonly dependencies: readonly string[]
  /** Values of `signals`, in their order; any integers. */
  readonly compute: (read: Read) => readonly bigint[]
}

/** How a signal gets its value: a row of the system that is solved for it, or a hint. */
type Step = {
  readonly targets: readonly number[]
  readonly row?: number
  readonly hint?: Hint
}

/** What a hint belongs to, by which alias witnesses are built. */
export type Gadget =
  | { readonly kind: 'decomposition'; readonly path: string; readonly digits: number }
  | { readonly kind: 'isZero'; readonly path: string }
  | { readonly kind: 'oneHot'; readonly path: string; readonly classes: number }
  | { readonly kind: 'runnerUp'; readonly path: string; readonly classes: number }
  | { readonly kind: 'division'; readonly path: string }

/**
 * All signals of a circuit and how each follows from others: the generator that an attacker would write. It refuses nothing, lets any signal be
 * overridden, and computes everything anew that depends on it, hints and hashes included.
 *
 * It is read off the circuit itself, compiled without its `===` and without optimisation: each row that is left defines one signal (`<==`). What no
 * row defines is an input or a hint. Of hints it knows the kinds that our templates hold and refuses a circuit with another one, so that a
 * new gadget cannot slip by untested.
 */
export class SignalGraph {
  /** Every hint of the circuit, by what it belongs to. */
  readonly gadgets: readonly Gadget[]
  readonly #r1cs: R1cs
  readonly #names: readonly string[]
  readonly #wires: ReadonlyMap<string, number>
  readonly #steps: readonly Step[]
  /** Place of the step that computes a signal; -1 for inputs. */
  readonly #stepOf: Int32Array
  /** The steps that read a signal. */
  readonly #readers: readonly (readonly number[])[]

  /** Compiles (cached by content below build/) and reads what defines the signals of a circuit. */
  static async open(main: MainComponent): Promise<SignalGraph> {
    const { r1csPath, symbolsPath } = await compileDefinitions(main)
    const [r1cs, symbols] = await Promise.all([readR1cs(r1csPath), readFile(symbolsPath, 'utf8')])
    return new SignalGraph(r1cs, parseSymbols(symbols))
  }

  /**
   * @param r1cs rows that each define one signal
   * @param symbols every signal's wire by name
   * @throws Error when a signal is computed by none or several of rows, inputs and known hints
   */
  constructor(r1cs: R1cs, symbols: ReadonlyMap<string, number | undefined>) {
    this.#r1cs = r1cs
    const wires = new Map<string, number>()
    const names = Array<string>(r1cs.nWires).fill('one')
    for (const [name, wire] of symbols) {
      if (wire === undefined) throw new Error(`without optimisation ${name} should be a wire`)
      wires.set(name, wire)
      names[wire] = name
    }
    this.#wires = wires
    this.#names = names
    const { gadgets, hints } = findHints(names, wires)
    this.gadgets = gadgets
    this.#steps = this.#sortSteps(hints)
    this.#stepOf = new Int32Array(r1cs.nWires).fill(-1)
    const readers: number[][] = names.map(() => [])
    for (const [place, step] of this.#steps.entries()) {
      for (const target of step.targets) this.#stepOf[target] = place
      for (const wire of this.#readBy(step)) if (!step.targets.includes(wire)) readers[wire]!.push(place)
    }
    this.#readers = readers
  }

  /** Every signal's name below main, by its number here; number 0 is the constant one. */
  get names(): readonly string[] {
    return this.#names
  }

  has(name: string): boolean {
    return this.#wires.has(name)
  }

  numberOf(name: string): number {
    const wire = this.#wires.get(name)
    if (wire === undefined) throw new Error(`the circuit has no signal ${name}`)
    return wire
  }

  /** Where in the order of computation a signal stands; inputs come first. */
  placeOf(signal: number): number {
    return this.#stepOf[signal]!
  }

  /** What computes a signal. */
  originOf(signal: number): 'input' | 'hint' | 'row' {
    const place = this.#stepOf[signal]!
    return place < 0 ? 'input' : this.#steps[place]!.hint === undefined ? 'row' : 'hint'
  }

  /** The signals from which a signal follows directly. */
  sourcesOf(signal: number): readonly number[] {
    const place = this.#stepOf[signal]!
    if (place < 0) return []
    const step = this.#steps[place]!
    return this.#readBy(step).filter((wire) => wire !== 0 && !step.targets.includes(wire))
  }

  /** The values of all signals that follow from an input of the whole circuit. */
  compute(input: CircuitInput): bigint[] {
    const values = Array<bigint>(this.#r1cs.nWires).fill(0n)
    values[0] = 1n
    const place = (name: string, value: SignalValue) => {
      if (typeof value === 'string') values[this.numberOf(name)] = toField(BigInt(value))
      else for (const [i, item] of value.entries()) place(`${name}[${i}]`, item)
    }
    for (const [name, value] of Object.entries(input)) place(name, value)
    for (const step of this.#steps) {
      for (const [i, value] of this.#evaluate(step, values).entries()) values[step.targets[i]!] = value
    }
    return values
  }

  /**
   * What a lie leads to: all signals that change when some are overridden and everything that follows from them is computed again.
   * @param values of all signals; not changed
   * @param lies new values by signal number, any integers; nothing else computes these signals
   * @param isInScope by signal number, where to compute again; everywhere when left out
   * @returns the new values of the signals that differ
   */
  tamper(values: readonly bigint[], lies: ReadonlyMap<number, bigint>, isInScope?: Uint8Array): Map<number, bigint> {
    const changed = new Map<number, bigint>()
    const isDirty = new Uint8Array(this.#steps.length)
    let first = this.#steps.length
    const change = (signal: number, value: bigint) => {
      if (value === values[signal]) return
      changed.set(signal, value)
      for (const reader of this.#readers[signal]!) {
        isDirty[reader] = 1
        if (reader < first) first = reader
      }
    }
    for (const [signal, value] of lies) change(signal, toField(value))
    const current = new Overlay(values, changed)
    for (let place = first; place < this.#steps.length; place++) {
      if (isDirty[place] === 0) continue
      const step = this.#steps[place]!
      if (isInScope !== undefined && isInScope[step.targets[0]!] === 0) continue
      for (const [i, value] of this.#evaluate(step, current).entries()) {
        const target = step.targets[i]!
        if (!lies.has(target)) change(target, value)
      }
    }
    return changed
  }

  #evaluate(step: Step, values: Values): readonly bigint[] {
    if (step.hint === undefined) return [this.#solve(step, values)]
    return step.hint.compute((name) => values.at(this.numberOf(name))!).map(toField)
  }

  /** The value of its target that satisfies a row. The target stands in c alone, so a b - c is linear in it. */
  #solve({ row, targets }: Step, values: Values): bigint {
    const target = targets[0]!
    const { a, b, c } = this.#r1cs
    const rest =
      (this.#dot(a, row!, target, values) * this.#dot(b, row!, target, values) - this.#dot(c, row!, target, values)) %
      FIELD_ORDER
    const own = this.#coefficientOf(c, row!, target)
    return toField(own === 1n ? rest : own === -1n ? -rest : rest * invert(own))
  }

  /** The sum of a row's terms but for those of one signal. */
  #dot(matrix: SparseMatrix, row: number, without: number, values: Values): bigint {
    const { coefficients } = this.#r1cs
    let sum = 0n
    for (let term = matrix.rowStarts[row]!; term < matrix.rowStarts[row + 1]!; term++) {
      const signal = matrix.wires[term]!
      if (signal !== without) sum += coefficients[matrix.coefficients[term]!]! * values.at(signal)!
    }
    return sum
  }

  #coefficientOf(matrix: SparseMatrix, row: number, signal: number): bigint {
    let sum = 0n
    for (let term = matrix.rowStarts[row]!; term < matrix.rowStarts[row + 1]!; term++) {
      if (matrix.wires[term] === signal) sum += this.#r1cs.coefficients[matrix.coefficients[term]!]!
    }
    return sum
  }

  #readBy(step: Step): number[] {
    if (step.hint !== undefined) return step.hint.dependencies.map((name) => this.numberOf(name))
    return [...new Set([this.#r1cs.a, this.#r1cs.b, this.#r1cs.c].flatMap((matrix) => wiresOf(matrix, step.row!)))]
  }

  /** Rows and hints in an order in which each finds what it reads. Each row must define one signal that nothing else defines. */
  #sortSteps(hints: readonly Hint[]): Step[] {
    const { a, b, c, nConstraints, nWires, nPubOut, nPubIn, nPrvIn } = this.#r1cs
    const isKnown = new Uint8Array(nWires)
    isKnown[0] = 1
    isKnown.fill(1, 1 + nPubOut, 1 + nPubOut + nPubIn + nPrvIn)
    const readers: number[][] = this.#names.map(() => [])
    /** Rows first, then hints: how many of their signals are not known. */
    const unknown: number[] = []
    const rows = Array.from({ length: nConstraints }, (_, row) => [
      ...new Set([a, b, c].flatMap((matrix) => wiresOf(matrix, row))),
    ])
    const reads = [...rows, ...hints.map(({ dependencies }) => dependencies.map((name) => this.numberOf(name)))]
    const isHinted = new Set(hints.flatMap(({ signals }) => signals.map((name) => this.numberOf(name))))
    const ready: number[] = []
    for (const [index, wires] of reads.entries()) {
      unknown[index] = wires.filter((wire) => !isKnown[wire]).length
      for (const wire of wires) if (!isKnown[wire]) readers[wire]!.push(index)
      if (unknown[index] === (index < nConstraints ? 1 : 0)) ready.push(index)
    }
    const steps: Step[] = []
    const learn = (wire: number) => {
      if (isKnown[wire]) throw new Error(`${this.#names[wire]} is defined twice`)
      isKnown[wire] = 1
      for (const index of readers[wire]!) {
        unknown[index]!--
        if (unknown[index] === (index < nConstraints ? 1 : 0)) ready.push(index)
      }
    }
    for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
      if (index >= nConstraints) {
        const hint = hints[index - nConstraints]!
        const targets = hint.signals.map((name) => this.numberOf(name))
        steps.push({ targets, hint })
        for (const target of targets) learn(target)
        continue
      }
      const target = rows[index]!.find((wire) => !isKnown[wire])
      if (target === undefined) throw new Error(`row ${index} defines nothing`)
      const isFactor = [a, b].some((matrix) => wiresOf(matrix, index).includes(target))
      if (isFactor || isHinted.has(target)) throw new Error(`row ${index} does not define ${this.#names[target]}`)
      steps.push({ targets: [target], row: index })
      learn(target)
    }
    const lost = isKnown.indexOf(0)
    if (lost >= 0) throw new Error(`no row and no known kind of hint computes ${this.#names[lost]}`)
    if (steps.length !== reads.length) throw new Error('a row defines nothing')
    return steps
  }
}

/** Values of which some have changed. */
class Overlay {
  readonly #values: readonly bigint[]
  readonly #changed: ReadonlyMap<number, bigint>

  constructor(values: readonly bigint[], changed: ReadonlyMap<number, bigint>) {
    this.#values = values
    this.#changed = changed
  }

  at(signal: number): bigint {
    return this.#changed.get(signal) ?? this.#values[signal]!
  }
}

/** A field element as the signed integer that it stands for: in (-r/2, r/2]. */
export function toSigned(value: bigint): bigint {
  return value > FIELD_ORDER >> 1n ? value - FIELD_ORDER : value
}

/** The hints of our templates, recognised by the names of their signals, and how our generator computes each. */
function findHints(names: readonly string[], wires: ReadonlyMap<string, number>): { gadgets: Gadget[]; hints: Hint[] } {
  const gadgets: Gadget[] = []
  const hints: Hint[] = []
  const count = (name: string) => {
    let length = 0
    while (wires.has(`${name}[${length}]`)) length++
    return length
  }
  const list = (name: string, length: number) => Array.from({ length }, (_, i) => `${name}[${i}]`)
  for (const name of names) {
    const split = name.lastIndexOf('.')
    const [path, signal] = [name.slice(0, split + 1), name.slice(split + 1)]
    if (signal === 'out[0]' && wires.has(`${path}in`)) {
      const digits = count(`${path}out`)
      gadgets.push({ kind: 'decomposition', path, digits })
      hints.push({
        signals: list(`${path}out`, digits),
        dependencies: [`${path}in`],
        compute: (read) => digitsOf(read(`${path}in`), digits),
      })
    } else if (signal === 'inv') {
      gadgets.push({ kind: 'isZero', path })
      hints.push({
        signals: [name],
        dependencies: [`${path}in`],
        compute: (read) => [read(`${path}in`) === 0n ? 0n : invert(read(`${path}in`))],
      })
    } else if (signal === 'isLabel[0]' && wires.has(`${path}label`)) {
      const classes = count(`${path}isLabel`)
      gadgets.push({ kind: 'oneHot', path, classes })
      hints.push({
        signals: list(`${path}isLabel`, classes),
        dependencies: [`${path}label`],
        compute: (read) => Array.from({ length: classes }, (_, k) => (read(`${path}label`) === BigInt(k) ? 1n : 0n)),
      })
    } else if (signal === 'runnerUp') {
      const classes = count(`${path}isRunnerUp`)
      gadgets.push({ kind: 'runnerUp', path, classes })
      hints.push({
        signals: [name, ...list(`${path}isRunnerUp`, classes)],
        dependencies: [...list(`${path}logits`, classes), ...list(`${path}isLabel`, classes)],
        compute: (read) => {
          const logits = list(`${path}logits`, classes).map((logit) => toSigned(read(logit)))
          let best: number | undefined
          for (let k = 0; k < classes; k++) {
            if (read(`${path}isLabel[${k}]`) === 0n && (best === undefined || logits[k]! > logits[best]!)) best = k
          }
          return [logits[best ?? 0]!, ...logits.map((_, k) => (k === (best ?? 0) ? 1n : 0n))]
        },
      })
    } else if (signal === 'remainder') {
      gadgets.push({ kind: 'division', path })
      hints.push({
        signals: [`${path}rate`, name],
        dependencies: [`${path}dividend`, `${path}divisor`],
        compute: (read) => {
          const [dividend, divisor] = [read(`${path}dividend`), read(`${path}divisor`)]
          return divisor === 0n ? [0n, 0n] : [dividend / divisor, dividend % divisor]
        },
      })
    }
  }
  return { gadgets, hints }
}

/** Bits, lowest first; what a value that does not fit has left over is in the last digit, so that the sum is right and only that is no bit. */
export function digitsOf(value: bigint, digits: number): bigint[] {
  return Array.from({ length: digits }, (_, i) => (i === digits - 1 ? value >> BigInt(i) : (value >> BigInt(i)) & 1n))
}

function wiresOf(matrix: SparseMatrix, row: number): number[] {
  return [...matrix.wires.subarray(matrix.rowStarts[row]!, matrix.rowStarts[row + 1]!)]
}
