import type { Scene } from './Subject.ts'
import type { Tally } from './Tally.ts'

export type Freedom = {
  /** Layer 1: wires of witnesses that no constraint lets change alone. */
  readonly wires: Tally
  /** Layer 2: witnesses of which no wires can move together, to first order. */
  readonly ranks: Tally
  /** Wires that may move, by reason. */
  readonly allowed: Map<string, number>
}

const INVERSE_OF_ZERO = 'the inverse hint of a value that is 0: it is multiplied by that 0 and enters nothing else'

/** Layers 1 and 2 at one witness. */
export function examineFreedom(scene: Scene, { wires, ranks, allowed }: Freedom): void {
  const { subject } = scene.place
  const isAllowed = (wire: number) => isInverseOfZero(scene, wire)
  const name = (wire: number) => `${subject.name}: ${subject.circuit.nameOf(wire)}`

  const free = subject.jacobian.listFreeWires(scene.witness)
  const excused = free.filter(isAllowed)
  allowed.set(INVERSE_OF_ZERO, (allowed.get(INVERSE_OF_ZERO) ?? 0) + excused.length)
  for (const wire of free) if (!isAllowed(wire)) wires.count(false, 'wire', name(wire))
  wires.countGood(subject.jacobian.wireCount - free.length)

  const unexcused = subject.jacobian.analyse(scene.witness).freeWires.filter((wire) => !isAllowed(wire))
  ranks.count(unexcused.length === 0, 'witness', unexcused.slice(0, 5).map(name).join(', '))
}

/** Checks the reason, not the name alone: the value of which it is the inverse is 0 here, and one row names it. */
function isInverseOfZero(scene: Scene, wire: number): boolean {
  const { place } = scene
  const name = place.graph.names[place.signals[wire]!]!
  if (
    !name.endsWith('.inv') ||
    !place.graph.gadgets.some(({ kind, path }) => kind === 'isZero' && `${path}inv` === name)
  ) {
    return false
  }
  return scene.read(name.replace(/inv$/, 'in')) === 0n && place.subject.rowsOf(wire).length === 1
}
