import { FIELD_ORDER, toField } from '../../src/field.ts'
import { invert } from './invert.ts'
import type { R1cs, SparseMatrix } from './readR1cs.ts'

/** What the Jacobian of all rows says at one witness. */
export type JacobianAnalysis = {
  readonly rank: number
  /**
   * As many wires as can be chosen freely to first order, ascending; empty when the rank is full. Which ones of those that can only move
   * together is a matter of order: inputs first, then the lowest.
   */
  readonly freeWires: readonly number[]
  /**
   * The rows that some linear relation between rows names, ascending. Without one of them alone the rank stays; without any other row it drops, so
   * that a further wire becomes free: those rows are essential.
   */
  listRedundantRows(): readonly number[]
}

const [OPEN, SOLVED, PARAMETER] = [0, 1, 2]

/**
 * The derivatives of the rows of a circuit, `b da + a db - dc`, with respect to every wire that is not given: the constant, public inputs, and what
 * the caller adds. The pattern is laid out once; `analyse` and `listFreeWires` fill in the values of a witness.
 *
 * Elimination follows the way in which a witness is determined. A row with one open wire solves it: nothing fills in, because what else stands
 * in the row is solved already. Bits start this, and sums, products and hashes follow. Where nothing more can be solved an open wire becomes
 * a parameter (a salt, say), and every wire that depends on it holds a linear expression in the parameters. Rows that solve nothing are
 * relations between the parameters; there are few, so they are eliminated densely.
 */
export class Jacobian {
  readonly #r1cs: R1cs
  readonly #isGiven: Uint8Array
  /** Entries row by row: wire, and its coefficients in a, b and c. */
  readonly #rowStarts: Uint32Array
  readonly #wires: Uint32Array
  readonly #coefficients: {
    readonly a: readonly bigint[]
    readonly b: readonly bigint[]
    readonly c: readonly bigint[]
  }
  /** The same entries wire by wire, as positions in the above, and the row of each entry. */
  readonly #wireStarts: Uint32Array
  readonly #entriesOfWire: Uint32Array
  readonly #rowOfEntry: Uint32Array
  /** In the order in which they are made parameters: private inputs, then wires inside, then outputs. */
  readonly #candidates: readonly number[]

  /** @param given wires that are held fixed beside the constant and the public inputs */
  constructor(r1cs: R1cs, given: Iterable<number> = []) {
    this.#r1cs = r1cs
    const { nWires, nPubOut, nPubIn, nConstraints } = r1cs
    this.#isGiven = new Uint8Array(nWires)
    this.#isGiven[0] = 1
    this.#isGiven.fill(1, 1 + nPubOut, 1 + nPubOut + nPubIn)
    for (const wire of given) this.#isGiven[wire] = 1

    const wires: number[] = []
    const rows: number[] = []
    const coefficients = { a: [] as bigint[], b: [] as bigint[], c: [] as bigint[] }
    this.#rowStarts = new Uint32Array(nConstraints + 1)
    const entryOf = new Map<number, number>()
    for (let row = 0; row < nConstraints; row++) {
      entryOf.clear()
      for (const name of ['a', 'b', 'c'] as const) {
        const { rowStarts, wires: all, coefficients: indices } = r1cs[name]
        for (let term = rowStarts[row]!; term < rowStarts[row + 1]!; term++) {
          const wire = all[term]!
          if (this.#isGiven[wire]) continue
          const entry = entryOf.get(wire) ?? wires.length
          if (entry === wires.length) {
            entryOf.set(wire, entry)
            wires.push(wire)
            rows.push(row)
            for (const list of Object.values(coefficients)) list.push(0n)
          }
          coefficients[name][entry]! += r1cs.coefficients[indices[term]!]!
        }
      }
      this.#rowStarts[row + 1] = wires.length
    }
    this.#wires = Uint32Array.from(wires)
    this.#rowOfEntry = Uint32Array.from(rows)
    this.#coefficients = coefficients

    this.#wireStarts = new Uint32Array(nWires + 1)
    for (const wire of wires) this.#wireStarts[wire + 1]!++
    for (let wire = 0; wire < nWires; wire++) this.#wireStarts[wire + 1]! += this.#wireStarts[wire]!
    const next = this.#wireStarts.slice()
    this.#entriesOfWire = new Uint32Array(wires.length)
    for (const [entry, wire] of wires.entries()) this.#entriesOfWire[next[wire]!++] = entry
    this.#candidates = [
      ...Array.from({ length: nWires - 1 - nPubOut }, (_, i) => 1 + nPubOut + i),
      ...Array.from({ length: nPubOut }, (_, i) => 1 + i),
    ].filter((wire) => !this.#isGiven[wire])
  }

  /** How many wires can move: the rank of a circuit without freedom. */
  get wireCount(): number {
    return this.#candidates.length
  }

  /** @param witness values of all wires; it satisfies every row */
  analyse(witness: readonly bigint[]): JacobianAnalysis {
    const values = this.#valuesAt(witness)
    const { nWires, nConstraints } = this.#r1cs
    const state = new Uint8Array(nWires)
    const openInRow = new Uint32Array(nConstraints)
    for (const [entry, row] of this.#rowOfEntry.entries()) if (values[entry] !== 0n) openInRow[row]!++

    const free: number[] = []
    const parameters: number[] = []
    /** The wire that a row solves; -1 for rows that solve none. */
    const solvedBy = new Int32Array(nConstraints).fill(-1)
    /** Rows in the order in which they solve, and what each solved wire is in terms of the parameters (undefined: 0). */
    const order: number[] = []
    const expressions: (bigint[] | undefined)[] = new Array(nWires)

    const ready: number[] = []
    for (let row = 0; row < nConstraints; row++) if (openInRow[row] === 1) ready.push(row)
    const close = (wire: number, as: number) => {
      state[wire] = as
      for (const entry of this.#entriesOf(wire)) {
        const row = this.#rowOfEntry[entry]!
        if (values[entry] !== 0n && --openInRow[row]! === 1) ready.push(row)
      }
    }
    let candidate = 0
    for (;;) {
      for (let row = ready.pop(); row !== undefined; row = ready.pop()) {
        if (openInRow[row] !== 1) continue // another row solved its wire
        const pivot = this.#findOpen(row, values, state)
        const wire = this.#wires[pivot]!
        const sum = this.#express(row, values, state, expressions, parameters)
        if (sum !== undefined) {
          const scale = toField(-invert(values[pivot]!))
          expressions[wire] = sum.map((value) => (value * scale) % FIELD_ORDER)
        } else if (parameters.length > 0) expressions[wire] = undefined
        solvedBy[row] = wire
        order.push(pivot)
        close(wire, SOLVED)
      }
      while (candidate < this.#candidates.length && state[this.#candidates[candidate]!] !== OPEN) candidate++
      const wire = this.#candidates[candidate]
      if (wire === undefined) break
      if (this.#entriesOf(wire).every((entry) => values[entry] === 0n)) {
        state[wire] = SOLVED // it stands in no row: free whatever the others do
        free.push(wire)
      } else {
        expressions[wire] = [...Array<bigint>(parameters.length).fill(0n), 1n]
        parameters.push(wire)
        close(wire, PARAMETER)
      }
    }

    const left = Array.from(solvedBy.keys()).filter((row) => solvedBy[row]! < 0)
    const relations = eliminate(
      left.map((row) => this.#express(row, values, state, expressions, parameters) ?? []),
      parameters.length,
    )
    for (const i of relations.freeColumns) free.push(parameters[i]!)
    return {
      rank: order.length + relations.rank,
      freeWires: free.sort((a, b) => a - b),
      listRedundantRows: () => {
        const weights = Array<bigint>(nConstraints).fill(0n)
        for (const [i, weight] of relations.drawDependency().entries()) weights[left[i]!] = weight
        // A solved wire stands in its own row and in rows that come later or solve nothing, so going backwards each row's weight follows.
        for (const pivot of order.toReversed()) {
          let sum = 0n
          for (const entry of this.#entriesOf(this.#wires[pivot]!))
            sum += weights[this.#rowOfEntry[entry]!]! * values[entry]!
          sum %= FIELD_ORDER
          if (sum !== 0n) weights[this.#rowOfEntry[pivot]!] = toField(-sum * invert(values[pivot]!))
        }
        return Array.from(weights.keys()).filter((row) => weights[row] !== 0n)
      },
    }
  }

  /**
   * The wires that can take another value while all others keep theirs. It is decided for all values of the field: with a change d of one wire a row
   * becomes d (derivative + d a b), with the wire's coefficients a and b in the row's factors. So a row lets at most one d pass, unless it lets all.
   * @param witness values of all wires; it satisfies every row
   */
  listFreeWires(witness: readonly bigint[]): number[] {
    const values = this.#valuesAt(witness)
    const { a, b } = this.#coefficients
    return this.#candidates
      .filter((wire) => {
        /** What still passes: undefined for every change. */
        let change: bigint | undefined
        for (const entry of this.#entriesOf(wire)) {
          const square = toField(a[entry]! * b[entry]!)
          if (square === 0n && values[entry] === 0n) continue
          if (square === 0n || values[entry] === 0n) return false
          const passing = toField(-values[entry]! * invert(square))
          if (change !== undefined && change !== passing) return false
          change = passing
        }
        return true
      })
      .sort((a, b) => a - b)
  }

  #entriesOf(wire: number): Uint32Array {
    return this.#entriesOfWire.subarray(this.#wireStarts[wire]!, this.#wireStarts[wire + 1]!)
  }

  #findOpen(row: number, values: readonly bigint[], state: Uint8Array): number {
    for (let entry = this.#rowStarts[row]!; ; entry++) {
      if (values[entry] !== 0n && state[this.#wires[entry]!] === OPEN) return entry
    }
  }

  /** The part of a row that is not open, in terms of the parameters; undefined when it depends on none. */
  #express(
    row: number,
    values: readonly bigint[],
    state: Uint8Array,
    expressions: readonly (readonly bigint[] | undefined)[],
    parameters: readonly number[],
  ): bigint[] | undefined {
    let sum: bigint[] | undefined
    for (let entry = this.#rowStarts[row]!; entry < this.#rowStarts[row + 1]!; entry++) {
      const wire = this.#wires[entry]!
      const expression = state[wire] === OPEN ? undefined : expressions[wire]
      if (expression === undefined || values[entry] === 0n) continue
      sum ??= Array<bigint>(parameters.length).fill(0n)
      for (let i = 0; i < expression.length; i++) if (expression[i] !== 0n) sum[i]! += values[entry]! * expression[i]!
    }
    return sum?.map((value) => value % FIELD_ORDER)
  }

  /** The value of each entry, in (-r, r). */
  #valuesAt(witness: readonly bigint[]): bigint[] {
    const { a, b, c } = this.#coefficients
    const values: bigint[] = new Array(this.#wires.length)
    for (let row = 0; row < this.#r1cs.nConstraints; row++) {
      const [left, right] = [this.#r1cs.a, this.#r1cs.b].map((matrix) => this.#dotRow(matrix, row, witness)) as [
        bigint,
        bigint,
      ]
      for (let entry = this.#rowStarts[row]!; entry < this.#rowStarts[row + 1]!; entry++) {
        values[entry] = (a[entry]! * right + b[entry]! * left - c[entry]!) % FIELD_ORDER
      }
    }
    return values
  }

  #dotRow(matrix: SparseMatrix, row: number, witness: readonly bigint[]): bigint {
    const { coefficients } = this.#r1cs
    let sum = 0n
    for (let term = matrix.rowStarts[row]!; term < matrix.rowStarts[row + 1]!; term++) {
      sum += coefficients[matrix.coefficients[term]!]! * witness[matrix.wires[term]!]!
    }
    return sum % FIELD_ORDER
  }
}

type Elimination = {
  readonly rank: number
  /** Columns without a pivot. */
  readonly freeColumns: readonly number[]
  /** An arbitrary element of the left null space: but for chance rows / r, it is 0 only where all elements are. */
  drawDependency(): bigint[]
}

/** Gaussian elimination of a small dense matrix mod r. Rows may be shorter than `width`; what is missing is 0. */
function eliminate(rows: readonly (readonly bigint[])[], width: number): Elimination {
  /** By column: the row that has its pivot there, and that row as a combination of those given. */
  const pivots: {
    readonly reduced: readonly bigint[]
    readonly combination: Map<number, bigint>
    readonly column: number
  }[] = []
  const dependencies: Map<number, bigint>[] = []
  for (const [index, given] of rows.entries()) {
    const reduced = [...given, ...Array<bigint>(width - given.length).fill(0n)]
    const combination = new Map([[index, 1n]])
    for (const pivot of pivots) {
      const factor = toField(reduced[pivot.column]!)
      if (factor === 0n) continue
      for (let i = 0; i < width; i++) reduced[i] = (reduced[i]! - factor * pivot.reduced[i]!) % FIELD_ORDER
      for (const [row, weight] of pivot.combination) {
        combination.set(row, toField((combination.get(row) ?? 0n) - factor * weight))
      }
    }
    const column = reduced.findIndex((value) => value !== 0n)
    if (column < 0) {
      dependencies.push(combination)
      continue
    }
    const scale = invert(reduced[column]!)
    pivots.push({
      reduced: reduced.map((value) => (value * scale) % FIELD_ORDER),
      combination: new Map([...combination].map(([row, weight]) => [row, (weight * scale) % FIELD_ORDER])),
      column,
    })
  }
  const taken = new Set(pivots.map(({ column }) => column))
  return {
    rank: pivots.length,
    freeColumns: Array.from({ length: width }, (_, i) => i).filter((i) => !taken.has(i)),
    drawDependency: () => {
      const sum = Array<bigint>(rows.length).fill(0n)
      let factor = 1n
      for (const dependency of dependencies) {
        factor = (factor * ARBITRARY) % FIELD_ORDER
        for (const [row, weight] of dependency) sum[row] = (sum[row]! + factor * weight) % FIELD_ORDER
      }
      return sum
    },
  }
}

const ARBITRARY = 0x1f3a5c7e9b8d6f4a2c1e3b5d7f9a8c6e4b2d1f3a5c7e9b8d6f4a2c1e3b5d7f9an % FIELD_ORDER
