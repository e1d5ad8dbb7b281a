import type { Shape } from '../../../src/shape.ts'
import { toSigned } from '../../circuits/SignalGraph.ts'
import type { SeededRandom } from '../../randomBatch.ts'
import type { Lie } from './aliases.ts'
import type { Scene } from './Subject.ts'

/**
 * Lies about what the prover chooses, in the whole circuit: every element of every private input but the salts, and every hint but digits (aliases
 * take those). Public inputs stay; all that follows is computed again: gradient, rate and earnings, X, digest, the Freivalds
 * challenge and the evaluation. The contract's challenge stays too: the evaluation of any X at any point satisfies the circuit.
 *
 * What is listed is never another honest statement: a feature counts only while a product sees it, another label only if it is no argmax.
 */
export function* listAdviceLies(scene: Scene, shape: Shape, random: SeededRandom): Generator<Lie> {
  const { traces: B, contributors: K, classes: C, features: H } = shape
  const { graph } = scene.place
  const signed = (name: string) => toSigned(scene.read(name))
  const lieAbout = (kind: string, values: Readonly<Record<string, bigint>>): Lie => ({
    kind,
    lies: new Map(Object.entries(values).map(([name, value]) => [graph.numberOf(name), value])),
  })
  /** Other values of one signal. */
  function* others(kind: string, name: string): Generator<Lie> {
    const value = signed(name)
    const candidates = [
      value + 1n,
      value - 1n,
      0n,
      -value,
      2n * value,
      value + (1n << BigInt(random.integer(1, 24))),
      random.bigBits(250),
    ]
    for (const other of new Set(candidates)) if (other !== value) yield lieAbout(kind, { [name]: other })
  }
  /** Elements of one row exchanged, or one of them moved to the other. */
  function* exchanges(kind: string, names: readonly string[]): Generator<Lie> {
    for (const [i, name] of names.entries()) {
      const other = names[(i + 1) % names.length]!
      const [value, second] = [signed(name), signed(other)]
      if (name === other) continue
      if (value !== second) yield lieAbout(`${kind} swapped`, { [name]: second, [other]: value })
      yield lieAbout(`${kind} moved to another`, { [name]: value + 1n, [other]: second - 1n })
    }
    yield lieAbout(`${kind}: all plus one`, Object.fromEntries(names.map((name) => [name, signed(name) + 1n])))
  }
  const row = (name: string, length: number) => Array.from({ length }, (_, i) => `${name}[${i}]`)

  for (const name of graph.names) {
    if (/^(weights|vectors|scales)\[/.test(name)) yield* others('model', name)
  }
  for (let b = 0; b < B; b++) {
    const logits = row(`logits[${b}]`, C)
    const rawScores = row(`rawScores[${b}]`, K)
    for (const name of logits) yield* others('logit', name)
    yield* exchanges('logit', logits)
    for (const name of rawScores) yield* others('raw score', name)
    yield* exchanges('raw score', rawScores)

    const delta = row(`slot[${b}].delta`, C).map(signed)
    for (let j = 0; j < H; j++) {
      const isSeen =
        j === H - 1 ||
        row('weights', C).some((weights) => signed(`${weights}[${j}]`) !== 0n) ||
        row('vectors', K).some(
          (vector) => delta.reduce((sum, d, k) => sum + d * signed(`${vector}[${k}][${j}]`), 0n) !== 0n,
        )
      if (isSeen) yield* others('feature', `features[${b}][${j}]`)
    }
    const values = logits.map((name) => Number(signed(name)))
    for (let k = -1; k <= C; k++) {
      if (values[k] !== Math.max(...values)) yield lieAbout('label', { [`labels[${b}]`]: BigInt(k) })
    }
    const pool = signed(`pools[${b}]`)
    const active = signed(`active[${b}]`)
    for (const other of [2n, -1n, 1n << 64n, random.bigBits(250)]) yield lieAbout('active', { [`active[${b}]`]: other })
    if (active === 1n && pool !== 0n) yield lieAbout('active', { [`active[${b}]`]: 0n })
    for (const other of [1n << 96n, -1n, pool - (1n << 96n)]) yield lieAbout('pool', { [`pools[${b}]`]: other })
    if (active === 0n) for (const other of [1n, 10n ** 18n]) yield lieAbout('pool', { [`pools[${b}]`]: other })
  }
  for (const gadget of graph.gadgets) {
    const { path } = gadget
    if (gadget.kind === 'runnerUp') {
      yield* others('runner-up', `${path}runnerUp`)
      const isTied = (k: number) => signed(`${path}isLabel[${k}]`) === 0n && signed(`${path}distance[${k}]`) === 0n
      const tied = Array.from({ length: C }, (_, k) => k).filter(isTied)
      for (const [k, name] of row(`${path}isRunnerUp`, C).entries()) {
        for (const lie of others('runner-up', name)) {
          // Of competitors that tie either may attain; --O2 has put one share in terms of the others, so it follows.
          const isBoolean = [...lie.lies.values()].every((value) => value === 0n || value === 1n)
          if (!(isBoolean && tied.length > 1 && tied.includes(k))) yield lie
        }
      }
    } else if (gadget.kind === 'oneHot') {
      for (const name of row(`${path}isLabel`, C)) yield* others('label', name)
    } else if (gadget.kind === 'division') {
      yield* others('rate', `${path}rate`)
      yield* others('remainder', `${path}remainder`)
    } else if (gadget.kind === 'isZero' && scene.read(`${path}in`) !== 0n) yield* others('inverse', `${path}inv`)
  }
}
