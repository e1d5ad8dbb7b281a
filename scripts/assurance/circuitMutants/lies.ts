import { toField } from '../../../src/field.ts'
import { invert } from '../../circuits/invert.ts'
import { wiresOfRow } from '../../circuits/listViolations.ts'
import { toSigned } from '../../circuits/SignalGraph.ts'
import type { SeededRandom } from '../../randomBatch.ts'
import { listAliases } from '../circuits/aliases.ts'
import type { Lies, Scene } from '../circuits/Subject.ts'

/** Lies of which few rows know: aliases of every gadget, and every signal moved by one. All that follows from them is computed again. */
export function* listLies(scene: Scene, random: SeededRandom): Generator<Lies> {
  for (const { lies } of listAliases(scene, random)) yield lies
  yield* listMovedLabels(scene)
  yield* listSharedRunnersUp(scene)
  yield* listLabelsOfThirds(scene)
  yield* listMovedValues(scene)
}

/** Every signal moved by one: also those that share a wire with others, or that --O2 replaced. */
function* listMovedValues({ place, values }: Scene): Generator<Lies> {
  for (const signal of values.keys()) {
    if (signal === 0 || place.isInside?.[signal] === 0) continue
    yield new Map([[signal, values[signal]! + 1n]])
  }
}

/** Labels out of range whose places have the right sum and position: two ones, and minus one where only one row knows better. */
function* listMovedLabels({ place }: Scene): Generator<Lies> {
  for (const gadget of place.gadgets) {
    if (gadget.kind !== 'oneHot') continue
    const { path, classes } = gadget
    for (let wrong = 0; wrong < classes; wrong++) {
      for (let first = 0; first < classes; first++) {
        for (let second = first + 1; second < classes; second++) {
          if (first === wrong || second === wrong) continue
          const ones = Array.from({ length: classes }, (_, k) =>
            k === wrong ? -1n : k === first || k === second ? 1n : 0n,
          )
          yield new Map([
            [place.graph.numberOf(`${path}label`), BigInt(first + second - wrong)],
            ...ones.map((one, k) => [place.graph.numberOf(`${path}isLabel[${k}]`), one] as const),
          ])
        }
      }
    }
  }
}

/**
 * The same labels out of range inside a slot, where the gradient has to hold as well: the class that is labelled minus one attains the runner-up, at
 * a distance of one, with a logit a third away from it. Only a product would notice such a logit.
 */
function* listLabelsOfThirds({ place, values }: Scene): Generator<Lies> {
  const { graph } = place
  for (const { kind, path } of place.gadgets) {
    const slot = path.replace(/oneHot\.$/, '')
    if (kind !== 'oneHot' || !graph.has(`${slot}margin.isRunnerUp[2]`) || graph.has(`${slot}margin.isRunnerUp[3]`))
      continue
    const classes = [0, 1, 2]
    for (const wrong of classes) {
      const labelled = classes.filter((k) => k !== wrong)
      const logits = labelled.map((k) => toSigned(values[graph.numberOf(`${slot}logits[${k}]`)]!))
      const runnerUp = logits.sort((a, b) => Number(a - b))[0]!
      const lies: Record<string, bigint> = {
        label: BigInt(labelled[0]! + labelled[1]! - wrong),
        'margin.runnerUp': runnerUp,
        [`logits[${wrong}]`]: runnerUp - invert(3n),
      }
      for (const k of classes) {
        lies[`oneHot.isLabel[${k}]`] = k === wrong ? -1n : 1n
        lies[`margin.isRunnerUp[${k}]`] = k === wrong ? 1n : 0n
      }
      yield new Map(Object.entries(lies).map(([name, value]) => [graph.numberOf(slot + name), value]))
    }
  }
}

/** Two runners-up, and minus one where a third class ties with them: the right sum, and only one place is no boolean. */
function* listSharedRunnersUp({ place }: Scene): Generator<Lies> {
  for (const gadget of place.gadgets) {
    if (gadget.kind !== 'runnerUp') continue
    const places = Array.from({ length: gadget.classes }, (_, k) => k)
    for (const wrong of places) {
      for (const none of places.filter((k) => k !== wrong)) {
        const shares = places.map((k) => (k === wrong ? 3n - BigInt(gadget.classes) : k === none ? 0n : 1n))
        yield new Map(shares.map((share, k) => [place.graph.numberOf(`${gadget.path}isRunnerUp[${k}]`), share]))
      }
    }
  }
}

/**
 * The same lie with one more signal moved so that one of the rows that refuse it holds again. A row is mostly linear in what stands in it; then moving an
 * input that it names mends it.
 * @param refusals the rows that refuse the lie
 */
export function* compensate(scene: Scene, lies: Lies, refusals: readonly number[]): Generator<Lies> {
  const { place } = scene
  for (const row of refusals) {
    for (const wire of wiresOfRow(place.subject.circuit.r1cs, row)) {
      const signal = place.signals[wire]!
      if (wire === 0 || lies.has(signal) || !isChosen(scene, signal)) continue
      const at = (change: bigint) => new Map([...lies, [signal, scene.values[signal]! + change]])
      const [none, one] = [scene.residual(row, at(0n)), scene.residual(row, at(1n))]
      if (one !== none) yield at(-none * invert(toField(one - none)))
    }
  }
}

/** What an attacker may choose without telling a second lie: inputs, and hints but digits, which are no integers then. */
function isChosen({ place }: Scene, signal: number): boolean {
  if (place.isInput(signal)) return true
  return place.graph.originOf(signal) === 'hint' && !place.graph.names[signal]!.includes('.out[')
}
