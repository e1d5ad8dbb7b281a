import { describe, expect, test } from 'vitest'
import { invert } from '../../scripts/circuits/invert.ts'
import { Jacobian } from '../../scripts/circuits/Jacobian.ts'
import { isViolated } from '../../scripts/circuits/listViolations.ts'
import type { R1cs, SparseMatrix } from '../../scripts/circuits/readR1cs.ts'
import { type SeededRandom, seededRandom } from '../../scripts/randomBatch.ts'
import { FIELD_ORDER, toField } from '../../src/field.ts'

type Terms = ReadonlyMap<number, bigint>
type Row = { readonly a: Terms; readonly b: Terms; readonly c: Terms }

/** A system of these rows; wire 1 is a public input. */
function buildR1cs(rows: readonly Row[], nWires: number): R1cs {
  const coefficients: bigint[] = []
  const layOut = (matrix: 'a' | 'b' | 'c'): SparseMatrix => {
    const terms = rows.map((row) => [...row[matrix]])
    const rowStarts = Uint32Array.from([0, ...terms.map((_, i) => terms.slice(0, i + 1).flat().length)])
    const indices = terms.flat().map(([, coefficient]) => coefficients.push(coefficient) - 1)
    return {
      rowStarts,
      wires: Uint32Array.from(terms.flat(), ([wire]) => wire),
      coefficients: Uint32Array.from(indices),
    }
  }
  const [a, b, c] = [layOut('a'), layOut('b'), layOut('c')]
  const counts = { nWires, nPubOut: 0, nPubIn: 1, nPrvIn: 0, nConstraints: rows.length }
  return { prime: FIELD_ORDER, ...counts, a, b, c, coefficients }
}

/** Random rows that a random witness satisfies: the constant's coefficient in c makes each come out. */
function drawSystem(
  { integer, bigBits }: SeededRandom,
  nRows: number,
  nWires: number,
): { r1cs: R1cs; witness: bigint[] } {
  // Few values, so that derivatives vanish now and then.
  const witness = [
    1n,
    ...Array.from({ length: nWires - 1 }, () =>
      integer(0, 2) > 0 ? BigInt(integer(0, 2)) : bigBits(256) % FIELD_ORDER,
    ),
  ]
  const drawTerms = () =>
    new Map(Array.from({ length: integer(0, 3) }, () => [integer(1, nWires - 1), BigInt(integer(-2, 2))] as const))
  const dot = (terms: Terms) => [...terms].reduce((sum, [wire, coefficient]) => sum + coefficient * witness[wire]!, 0n)
  const rows = Array.from({ length: nRows }, () => {
    const [a, b, c] = [drawTerms(), drawTerms(), drawTerms()]
    return { a, b, c: new Map([...c, [0, toField(dot(a) * dot(b) - dot(c))]]) }
  })
  return { r1cs: buildR1cs(rows, nWires), witness }
}

/** Rank of the Jacobian without some rows, column by column of a dense matrix of differences: f(w + e) - f(w - e) = 2 df/dw for a quadric. */
function denseRank(r1cs: R1cs, witness: readonly bigint[], without?: number): number {
  const rows = Array.from({ length: r1cs.nConstraints }, (_, row) => row).filter((row) => row !== without)
  const evaluate = (row: number, values: readonly bigint[]) => {
    const [a, b, c] = (['a', 'b', 'c'] as const).map((name) => {
      let sum = 0n
      const { rowStarts, wires, coefficients } = r1cs[name]
      for (let term = rowStarts[row]!; term < rowStarts[row + 1]!; term++) {
        sum += r1cs.coefficients[coefficients[term]!]! * values[wires[term]!]!
      }
      return sum
    }) as [bigint, bigint, bigint]
    return a * b - c
  }
  const matrix = rows.map((row) =>
    Array.from({ length: r1cs.nWires - 2 }, (_, i) => {
      const at = (step: bigint) => evaluate(row, witness.with(i + 2, witness[i + 2]! + step))
      return toField(at(1n) - at(-1n))
    }),
  )
  let rank = 0
  for (let column = 0; column < r1cs.nWires - 2; column++) {
    const pivot = matrix.findIndex((row, i) => i >= rank && row[column] !== 0n)
    if (pivot < 0) continue
    ;[matrix[rank], matrix[pivot]] = [matrix[pivot]!, matrix[rank]!]
    const scale = invert(matrix[rank]![column]!)
    for (let i = rank + 1; i < matrix.length; i++) {
      const factor = matrix[i]![column]! * scale
      matrix[i] = matrix[i]!.map((value, j) => toField(value - factor * matrix[rank]![j]!))
    }
    rank++
  }
  return rank
}

describe('Jacobian', () => {
  test('default: rank, freedom and redundant rows are those of the dense matrix', () => {
    const random = seededRandom(30)
    for (let round = 0; round < 60; round++) {
      const { r1cs, witness } = drawSystem(random, random.integer(1, 14), random.integer(3, 12))
      const rank = denseRank(r1cs, witness)
      const analysis = new Jacobian(r1cs).analyse(witness)
      expect(analysis.rank).toBe(rank)
      expect(analysis.freeWires).toHaveLength(r1cs.nWires - 2 - rank)
      // With the free wires given nothing is free.
      expect(new Jacobian(r1cs, analysis.freeWires).analyse(witness).freeWires).toEqual([])
      const redundant = Array.from({ length: r1cs.nConstraints }, (_, row) => row).filter(
        (row) => denseRank(r1cs, witness, row) === rank,
      )
      expect(analysis.listRedundantRows()).toEqual(redundant)
    }
  })

  test('behavior: the free wires are those that some other value suits', () => {
    const random = seededRandom(31)
    let freeCount = 0
    for (let round = 0; round < 60; round++) {
      const { r1cs, witness } = drawSystem(random, random.integer(1, 8), random.integer(3, 10))
      const free = new Jacobian(r1cs).listFreeWires(witness)
      freeCount += free.length
      // Whatever small value or shift breaks no row shows a free wire.
      for (let wire = 2; wire < r1cs.nWires; wire++) {
        const others = [0n, 1n, 2n, 3n, -1n, -2n, witness[wire]! + 1n, -witness[wire]!].map(toField)
        const suits = (other: bigint) =>
          Array.from({ length: r1cs.nConstraints }, (_, row) => row).every(
            (row) => !isViolated(r1cs, row, witness.with(wire, other)),
          )
        if (others.some((other) => other !== witness[wire] && suits(other))) expect(free).toContain(wire)
      }
    }
    expect(freeCount).toBeGreaterThan(20)
  })

  test('behavior: a bit that only its own check binds is free to be the other one', () => {
    const bit = buildR1cs(
      [
        {
          a: new Map([[2, 1n]]),
          b: new Map([
            [2, 1n],
            [0, -1n],
          ]),
          c: new Map(),
        },
      ],
      3,
    )
    const jacobian = new Jacobian(bit)
    for (const value of [0n, 1n]) {
      expect(jacobian.listFreeWires([1n, 5n, value])).toEqual([2])
      expect(jacobian.analyse([1n, 5n, value])).toMatchObject({ rank: 1, freeWires: [] })
    }
  })

  test('behavior: public inputs and given wires do not count', () => {
    const sum = buildR1cs(
      [
        {
          a: new Map(),
          b: new Map(),
          c: new Map([
            [1, 1n],
            [2, 1n],
            [3, -1n],
          ]),
        },
      ],
      4,
    )
    const witness = [1n, 2n, 3n, 5n]
    expect(new Jacobian(sum).wireCount).toBe(2)
    expect(new Jacobian(sum).analyse(witness)).toMatchObject({ rank: 1, freeWires: [2] })
    expect(new Jacobian(sum, [2]).analyse(witness)).toMatchObject({ rank: 1, freeWires: [] })
  })
})
