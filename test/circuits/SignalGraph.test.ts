import { beforeAll, describe, expect, test } from 'vitest'
import { type Circuit, openCircuit } from '../../scripts/circuits/Circuit.ts'
import { SignalGraph, toSigned } from '../../scripts/circuits/SignalGraph.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import { toInput } from './openCircuit.ts'

const MARGIN = { template: 'trace/MarginGradient', parameters: [3, 20], publicInputs: ['logits', 'isLabel'] }
const INPUT = toInput({ logits: [3_000, 900, 2_000], isLabel: [1, 0, 0] })

let graph: SignalGraph
let circuit: Circuit
beforeAll(async () => {
  graph = await SignalGraph.open(MARGIN)
  circuit = await openCircuit(MARGIN)
})

describe('SignalGraph', () => {
  test('default: computes what the witness generator does, for every signal that is a wire', async () => {
    const values = graph.compute(INPUT)
    const witness = await circuit.computeWitness(INPUT)
    for (const [wire, value] of witness.entries()) {
      for (const name of circuit.namesOf(wire)) expect(values[graph.numberOf(name)], name).toBe(value)
    }
  })

  test('behavior: knows every hint', () => {
    expect(graph.gadgets.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([
      'decomposition runnerUpRange.decomposition.',
      ...[0, 1, 2].map((k) => `decomposition weight[${k}].bits.`),
      ...[0, 1, 2].map((k) => `isZero weight[${k}].counts.`),
      'runnerUp ',
    ])
    expect(graph.originOf(graph.numberOf('logits[0]'))).toBe('input')
    expect(graph.originOf(graph.numberOf('runnerUp'))).toBe('hint')
    expect(graph.originOf(graph.numberOf('delta[0]'))).toBe('row')
  })

  test('behavior: a lie carries through to all that follows, and only that', () => {
    const values = graph.compute(INPUT)
    const changed = graph.tamper(values, new Map([[graph.numberOf('logits[1]'), 1_100n]]))
    const honest = graph.compute(toInput({ logits: [3_000, 1_100, 2_000], isLabel: [1, 0, 0] }))
    const expected = honest.flatMap((value, signal) => (value === values[signal] ? [] : [[signal, value] as const]))
    expect([...changed].sort(([a], [b]) => a - b)).toEqual(expected)
  })

  test('behavior: what is overridden is not computed', () => {
    const values = graph.compute(INPUT)
    const lies = new Map([
      [graph.numberOf('runnerUp'), 900n],
      [graph.numberOf('weight[0].counts.inv'), 0n],
    ])
    const changed = graph.tamper(values, lies)
    expect(changed.get(graph.numberOf('runnerUp'))).toBe(900n)
    expect(toSigned(changed.get(graph.numberOf('distance[2]'))!)).toBe(-1_100n)
    expect(changed.get(graph.numberOf('weight[0].counts.inv'))).toBe(0n)
    expect(values[graph.numberOf('runnerUp')]).toBe(2_000n)
  })

  test('behavior: outside of its scope nothing is computed again', () => {
    const values = graph.compute(INPUT)
    const scope = Uint8Array.from(graph.names, (name) => (name.startsWith('weight[1].') ? 1 : 0))
    const changed = graph.tamper(values, new Map([[graph.numberOf('weight[1].distance'), 5n]]), scope)
    expect(changed.has(graph.numberOf('weight[1].weight'))).toBe(true)
    expect(changed.has(graph.numberOf('delta[1]'))).toBe(false)
  })

  test('error: a signal that is not there', () => {
    expect(() => graph.numberOf('typo')).toThrow('the circuit has no signal typo')
  })

  test('error: a hint of a kind that nobody thought of', () => {
    const empty = { rowStarts: new Uint32Array(1), wires: new Uint32Array(0), coefficients: new Uint32Array(0) }
    const counts = { nWires: 3, nPubOut: 0, nPubIn: 0, nPrvIn: 1, nConstraints: 0 }
    const r1cs = { prime: FIELD_ORDER, ...counts, a: empty, b: empty, c: empty, coefficients: [] }
    const symbols = new Map([
      ['square', 1],
      ['root', 2],
    ])
    expect(() => new SignalGraph(r1cs, symbols)).toThrow('no row and no known kind of hint computes root')
  })

  test('error: a row that defines what something else defines', () => {
    const one = { rowStarts: Uint32Array.of(0, 1), wires: Uint32Array.of(1), coefficients: Uint32Array.of(0) }
    const none = { rowStarts: new Uint32Array(2), wires: new Uint32Array(0), coefficients: new Uint32Array(0) }
    const counts = { nWires: 2, nPubOut: 0, nPubIn: 0, nPrvIn: 1, nConstraints: 1 }
    const r1cs = { prime: FIELD_ORDER, ...counts, a: none, b: none, c: one, coefficients: [1n] }
    expect(() => new SignalGraph(r1cs, new Map([['given', 1]]))).toThrow('a row defines nothing')
  })
})
