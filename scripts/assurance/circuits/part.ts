import { type CircuitInput, prepareInput } from '../../../prover/proving/prepareInput.ts'
import { PoaError } from '../../../src/errors.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { attributionBatchOf } from '../../circuits/compileCircuit.ts'
import { SignalGraph } from '../../circuits/SignalGraph.ts'
import { seededRandom } from '../../randomBatch.ts'
import type { Depth, Figure, Part } from '../Part.ts'
import { listAdviceLies } from './advice.ts'
import { BATCH_KIND_COUNT, drawBatch } from './batches.ts'
import { Evidence, type OneIn } from './Evidence.ts'
import { Scene, type Subject } from './Subject.ts'
import { openTemplates, openWhole } from './subjects.ts'
import type { Tally } from './Tally.ts'

const SHAPE = shapeNamed('tiny')
const SEED = 20

type Extent = {
  readonly witnesses: number
  /** Lies are told at the first `lying` of every `cycle` witnesses. */
  readonly cycle: number
  readonly lying: number
  readonly oneIn: OneIn
}
const EXTENTS: Readonly<Record<Depth, Extent>> = {
  fast: { witnesses: BATCH_KIND_COUNT, cycle: 6, lying: 1, oneIn: { aliases: 10, carried: 50, advice: 20 } },
  full: {
    witnesses: 10 * BATCH_KIND_COUNT,
    cycle: 10 * BATCH_KIND_COUNT,
    lying: BATCH_KIND_COUNT,
    oneIn: { aliases: 1, carried: 8, advice: 2 },
  },
}

export const part: Part = {
  title: 'Constraints: is every wire determined, and is every lie refused?',
  async run(depth, report) {
    const { witnesses, cycle, lying, oneIn } = EXTENTS[depth]
    const random = seededRandom(SEED)
    report(0, 'compile templates')
    const graph = await SignalGraph.open(attributionBatchOf(SHAPE))
    const whole = await openWhole(SHAPE, graph)
    const templates = await openTemplates(SHAPE, graph, (share) => report(0.1 * share, 'compile templates'))

    const evidence = new Evidence()
    for (let index = 0; index < witnesses; index++) {
      report(0.1 + (0.9 * index) / witnesses, `witness ${index + 1} of ${witnesses}`)
      const { input } = prepareInput(drawBatch(SHAPE, random, index))
      const values = graph.compute(input)
      if (index === 0) await requireSameWitness(whole, input, values)
      for (const subject of [whole, ...templates]) {
        // The places of a template take turns.
        const scene = new Scene(subject.places[index % subject.places.length]!, values)
        evidence.examineFreedom(scene)
        if (index % cycle >= lying) continue
        evidence.examineLies(scene, random, oneIn)
        if (subject === whole) evidence.examineAdvice(scene, listAdviceLies(scene, SHAPE, random), random, oneIn)
      }
    }
    return listFigures(evidence, 1 + templates.length, witnesses, depth)
  },
}

/** The graph computes what the real generator does. */
async function requireSameWitness(whole: Subject, input: CircuitInput, values: readonly bigint[]): Promise<void> {
  const { witness } = new Scene(whole.places[0]!, values)
  const different = (await whole.circuit.computeWitness(input)).findIndex((value, wire) => value !== witness[wire])
  if (different >= 0)
    throw new PoaError('ASSURANCE_WITNESS_INVALID', `The graph computes another ${whole.circuit.nameOf(different)}`)
}

function listFigures(evidence: Evidence, circuits: number, witnesses: number, depth: Depth): Figure[] {
  const { wires, ranks, aliases, carried, advice, allowed } = evidence
  const share = (name: string, title: string, tally: Tally, notes: readonly string[] = tally.listKinds()): Figure => ({
    name,
    title,
    value: tally.good,
    total: tally.total,
    gate: { atLeast: 100 },
    notes: [...tally.failures, ...notes],
  })
  const reasons = [...allowed].map(([reason, times]) => `allowed ${times.toLocaleString('en')} times: ${reason}`)
  return [
    share('wiresKilled', 'wires killed, for every other value', wires, reasons),
    share('fullRankWitnesses', 'witnesses with a Jacobian of full rank', ranks, [
      `of ${circuits} circuits: the whole and each template alone; salts count as given`,
    ]),
    {
      name: 'rankCheckedWitnesses',
      title: 'witnesses of each of these circuits',
      value: witnesses,
      ...(depth === 'full' ? { gate: { atLeast: 100 } } : {}),
    },
    share('aliasesRefused', 'alias witnesses refused', aliases),
    share('carriedLiesRefused', 'computed values replaced and carried through: refused', carried),
    share('adviceLiesRefused', "lies in the prover's advice refused", advice),
  ]
}
