import { prepareInput } from '../../../prover/proving/prepareInput.ts'
import { PoaError } from '../../../src/errors.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { attributionBatchOf } from '../../circuits/compileCircuit.ts'
import { checkConstraints } from '../../circuits/readR1cs.ts'
import { SignalGraph } from '../../circuits/SignalGraph.ts'
import { seededRandom } from '../../randomBatch.ts'
import type { Depth, Figure, Part } from '../Part.ts'
import { listAdviceLies } from './advice.ts'
import { listAliases, listCarriedLies } from './aliases.ts'
import { BATCH_KIND_COUNT, drawBatch } from './batches.ts'
import { examineFreedom, type Freedom } from './freedom.ts'
import { Scene, type Subject } from './Subject.ts'
import { openTemplates, openWhole } from './subjects.ts'
import { Tally } from './Tally.ts'

const SHAPE = shapeNamed('tiny')
const SEED = 20

/** How much is examined: witnesses for layers 1 and 2, of these so many for lies, and of the lies one in so many. */
const DEPTHS: Readonly<
  Record<Depth, { witnesses: number; lying: number; oneInWhole: number; oneInTemplates: number }>
> = {
  fast: { witnesses: BATCH_KIND_COUNT, lying: 2, oneInWhole: 40, oneInTemplates: 20 },
  full: { witnesses: 120, lying: 24, oneInWhole: 8, oneInTemplates: 4 },
}

export const part: Part = {
  title: 'Constraints: is every wire determined, and is every lie refused?',
  async run(depth, report) {
    const { witnesses, lying, oneInWhole, oneInTemplates } = DEPTHS[depth]
    const random = seededRandom(SEED)
    report(0, 'compile templates')
    const graph = await SignalGraph.open(attributionBatchOf(SHAPE))
    const whole = await openWhole(SHAPE, graph)
    const templates = await openTemplates(SHAPE, graph, (share) => report(0.1 * share, 'compile templates'))

    const freedom: Freedom = { wires: new Tally(), ranks: new Tally(), allowed: new Map() }
    const aliases = new Tally()
    const carried = new Tally()
    const advice = new Tally()
    let wholeWitnesses = 0
    for (let index = 0; index < witnesses; index++) {
      report(0.1 + (0.9 * index) / witnesses, `witness ${index + 1} of ${witnesses}`)
      const { input } = prepareInput(drawBatch(SHAPE, random, index))
      const values = graph.compute(input)
      if (index === 0) await requireSameWitness(whole, input, values)
      // Spread over all kinds of batches.
      const isLying = Math.floor((index * lying) / witnesses) !== Math.floor(((index + 1) * lying) / witnesses)
      for (const subject of [whole, ...templates]) {
        const scene = openScene(subject, index, values)
        examineFreedom(scene, freedom)
        if (subject === whole) wholeWitnesses++
        if (!isLying) continue
        const oneIn = subject === whole ? oneInWhole : oneInTemplates
        const name = `${subject.name}, witness ${index}`
        const judge = (tally: Tally, lies: Iterable<{ kind: string; lies: ReadonlyMap<number, bigint> }>) => {
          for (const lie of lies) {
            if (random.integer(1, oneIn) > 1) continue
            const verdict = scene.judge(lie.lies)
            if (verdict === undefined) continue
            const [signal] = lie.lies.keys()
            tally.count(verdict === 'refused', lie.kind, `${name}: ${lie.kind}: ${graph.names[signal!]}`)
          }
        }
        judge(aliases, listAliases(scene, random))
        judge(carried, listCarriedLies(scene, random))
        if (subject === whole) judge(advice, listAdviceLies(scene, SHAPE, random))
      }
    }
    return listFigures(depth, { freedom, wholeWitnesses, aliases, carried, advice, subjects: 1 + templates.length })
  },
}

/** The subject where it stands this time: its places take turns. */
function openScene(subject: Subject, index: number, values: readonly bigint[]): Scene {
  const scene = new Scene(subject.places[index % subject.places.length]!, values)
  const violated = checkConstraints(subject.circuit.r1cs, scene.witness)
  if (violated !== undefined)
    throw new PoaError('ASSURANCE_WITNESS_INVALID', `An honest witness of ${subject.name} breaks its row ${violated}`)
  return scene
}

/** The graph computes what the real generator does. */
async function requireSameWitness(
  whole: Subject,
  input: Parameters<SignalGraph['compute']>[0],
  values: readonly bigint[],
): Promise<void> {
  const { witness } = new Scene(whole.places[0]!, values)
  const real = await whole.circuit.computeWitness(input)
  const different = real.findIndex((value, wire) => value !== witness[wire])
  if (different >= 0)
    throw new PoaError('ASSURANCE_WITNESS_INVALID', `The graph computes another ${whole.circuit.nameOf(different)}`)
}

type Measured = {
  readonly freedom: Freedom
  readonly wholeWitnesses: number
  readonly aliases: Tally
  readonly carried: Tally
  readonly advice: Tally
  readonly subjects: number
}

function listFigures(
  depth: Depth,
  { freedom, wholeWitnesses, aliases, carried, advice, subjects }: Measured,
): Figure[] {
  const all = { atLeast: 100 }
  const share = (name: string, title: string, tally: Tally, notes: readonly string[]): Figure => ({
    name,
    title,
    value: tally.good,
    total: tally.total,
    gate: all,
    notes: [...tally.failures, ...notes],
  })
  const allowed = [...freedom.allowed].map(
    ([reason, times]) => `allowed ${times.toLocaleString('en')} times: ${reason}`,
  )
  return [
    share('wiresKilled', 'wires killed, each at every other value', freedom.wires, allowed),
    share('fullRankWitnesses', 'witnesses with a Jacobian of full rank', freedom.ranks, [
      `of ${subjects} circuits: the whole and each template alone; salts count as given`,
    ]),
    {
      name: 'rankCheckedWitnesses',
      title: 'of them, witnesses of the whole circuit',
      value: wholeWitnesses,
      ...(depth === 'full' ? { gate: all } : {}),
    },
    share('aliasesRefused', 'alias witnesses refused', aliases, aliases.kinds()),
    share('carriedLiesRefused', 'computed values replaced and carried through, refused', carried, carried.kinds()),
    share('adviceLiesRefused', "lies in the prover's advice refused", advice, advice.kinds()),
  ]
}
