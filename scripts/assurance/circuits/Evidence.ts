import type { SeededRandom } from '../../randomBatch.ts'
import { type Lie, listAliases, listCarriedLies } from './aliases.ts'
import type { Scene } from './Subject.ts'
import { Tally } from './Tally.ts'

/** Of so many lies of each sort one is tried, by chance. */
export type OneIn = { readonly aliases: number; readonly carried: number; readonly advice: number }

/** What the layers found, over all scenes that were examined. */
export class Evidence {
  /** Layer 1: wires that no constraint lets change alone. */
  readonly wires = new Tally()
  /** Layer 2: witnesses of which no wires can move together, to first order. */
  readonly ranks = new Tally()
  /** Layer 3. */
  readonly aliases = new Tally()
  readonly carried = new Tally()
  readonly advice = new Tally()
  /** How often a wire was allowed to move, by reason. */
  readonly allowed = new Map<string, number>()

  /** Layers 1 and 2 at one witness. */
  examineFreedom(scene: Scene): void {
    const { subject } = scene.place
    const name = (wire: number) => `${subject.name}: ${subject.circuit.nameOf(wire)}`
    const free = subject.jacobian.listFreeWires(scene.witness)
    for (const wire of free) {
      const reason = reasonToMove(scene, wire)
      if (reason === undefined) this.wires.count(false, name(wire))
      else this.allowed.set(reason, (this.allowed.get(reason) ?? 0) + 1)
    }
    this.wires.countGood(subject.jacobian.wireCount - free.length)

    const { freeWires } = subject.jacobian.analyse(scene.witness)
    const unexplained = freeWires.filter((wire) => reasonToMove(scene, wire) !== INVERSE_OF_ZERO)
    this.ranks.count(unexplained.length === 0, unexplained.slice(0, 5).map(name).join(', '))
  }

  /** Layer 3 at one witness. */
  examineLies(scene: Scene, random: SeededRandom, oneIn: OneIn = ALL): void {
    judge(scene, this.aliases, listAliases(scene, random), random, oneIn.aliases)
    judge(scene, this.carried, listCarriedLies(scene, random), random, oneIn.carried)
  }

  /** The lies of `listAdviceLies`, which only the whole circuit can refuse. */
  examineAdvice(scene: Scene, lies: Iterable<Lie>, random: SeededRandom, oneIn: OneIn = ALL): void {
    judge(scene, this.advice, lies, random, oneIn.advice)
  }
}

const ALL: OneIn = { aliases: 1, carried: 1, advice: 1 }

function judge(scene: Scene, tally: Tally, lies: Iterable<Lie>, random: SeededRandom, oneIn: number): void {
  const { graph, path, subject } = scene.place
  for (const { kind, lies: overrides } of lies) {
    if (random.integer(1, oneIn) > 1) continue
    const verdict = scene.judge(overrides)
    if (verdict === undefined) continue
    const [signal] = overrides.keys()
    tally.count(verdict === 'refused', `${subject.name}: ${kind}: ${graph.names[signal!]!.slice(path.length)}`, kind)
  }
}

const INVERSE_OF_ZERO = 'the inverse hint of a value that is 0: it is multiplied by that 0'
const TIED_RUNNER_UP = 'which of the competitors that tie is called the runner-up'

/**
 * The reason for which a wire may move; undefined when there is none. It is checked at the witness, not taken from the name: the value is 0, the
 * competitors tie, and in either case nothing follows from the wire.
 */
function reasonToMove(scene: Scene, wire: number): string | undefined {
  const { graph, signals } = scene.place
  const signal = signals[wire]!
  const name = graph.names[signal]!
  const gadget = graph.gadgets.find(({ path }) => name.startsWith(path) && !name.slice(path.length).includes('.'))
  if (gadget === undefined || scene.tamper(new Map([[signal, scene.values[signal]! ^ 1n]])).size > 1) return undefined
  const { kind, path } = gadget
  if (kind === 'isZero' && name === `${path}inv` && scene.read(`${path}in`) === 0n) return INVERSE_OF_ZERO
  if (kind === 'runnerUp' && name.startsWith(`${path}isRunnerUp[`)) {
    const isTied = (k: number) =>
      scene.read(`${path}isLabel[${k}]`) === 0n && scene.read(`${path}distance[${k}]`) === 0n
    const own = Number(name.slice(`${path}isRunnerUp[`.length, -1))
    const others = Array.from({ length: gadget.classes }, (_, k) => k).filter((k) => k !== own)
    if (isTied(own) && others.some(isTied)) return TIED_RUNNER_UP
  }
  return undefined
}
