/** The harness has to see: each layer finds the holes that it is there for, in circuits that have them, and nothing in ours. */
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareInput } from '../../../prover/proving/prepareInput.ts'
import { listAdviceLies } from '../../../scripts/assurance/circuits/advice.ts'
import { BATCH_KIND_COUNT, drawBatch } from '../../../scripts/assurance/circuits/batches.ts'
import { Evidence } from '../../../scripts/assurance/circuits/Evidence.ts'
import { Scene, Subject } from '../../../scripts/assurance/circuits/Subject.ts'
import { openTemplates, SALTS } from '../../../scripts/assurance/circuits/subjects.ts'
import { openCompiled } from '../../../scripts/circuits/Circuit.ts'
import { attributionBatchOf } from '../../../scripts/circuits/compileCircuit.ts'
import { compileWithHole, type Rewrites } from '../../../scripts/circuits/compileForger.ts'
import { SignalGraph } from '../../../scripts/circuits/SignalGraph.ts'
import { randomBatch, seededRandom } from '../../../scripts/randomBatch.ts'
import { type Shape, shapeNamed } from '../../../src/shape.ts'

const SHAPE = shapeNamed('tiny')
/** For the whole circuit with a hole, which has to be compiled. */
const SMALLEST: Shape = { name: 'test', traces: 1, contributors: 2, classes: 2, features: 2 }

let graph: SignalGraph
/** The signals of one honest batch of each kind. */
let batches: bigint[][]
let templates: Subject[]
beforeAll(async () => {
  graph = await SignalGraph.open(attributionBatchOf(SHAPE))
  const random = seededRandom(21)
  batches = Array.from({ length: BATCH_KIND_COUNT }, (_, i) =>
    graph.compute(prepareInput(drawBatch(SHAPE, random, i)).input),
  )
  templates = await openTemplates(SHAPE, graph, () => {})
})

/** What the layers find in a template of which some lines are rewritten. */
async function examine(template: string, rewrites: Rewrites): Promise<Evidence> {
  const { circuit, places } = requireTemplate(template)
  const broken = await openCompiled(circuit.main, await compileWithHole(circuit.main, rewrites))
  const paths = places.map(({ path }) => path)
  const subject = new Subject(template, broken, graph, paths, [])
  const evidence = new Evidence()
  const random = seededRandom(22)
  const oneIn = template === 'trace/TraceSlot' ? { aliases: 5, carried: 20, advice: 1 } : undefined
  for (const [i, values] of batches.entries()) {
    const scene = new Scene(subject.places[i % subject.places.length]!, values)
    evidence.examineFreedom(scene)
    evidence.examineLies(scene, random, oneIn)
  }
  return evidence
}

/** The same of the whole circuit, at one witness, with the lies about advice. */
async function examineWhole(rewrites: Rewrites): Promise<Evidence> {
  const main = attributionBatchOf(SMALLEST)
  const graph = await SignalGraph.open(main)
  const salts = graph.names.filter((name) => SALTS.test(name))
  const broken = await openCompiled(main, await compileWithHole(main, rewrites))
  const random = seededRandom(23)
  const batch = randomBatch(SMALLEST, random, { traces: 1, weight: () => random.integer(-30, 30) })
  const scene = new Scene(
    new Subject(main.template, broken, graph, [''], salts).places[0]!,
    graph.compute(prepareInput(batch).input),
  )
  const evidence = new Evidence()
  evidence.examineFreedom(scene)
  evidence.examineLies(scene, random, { aliases: 4, carried: 20, advice: 1 })
  evidence.examineAdvice(scene, listAdviceLies(scene, SMALLEST, random), random)
  return evidence
}

const requireTemplate = (template: string) => templates.find(({ circuit }) => circuit.main.template === template)!

/** The check of a digit in Num2Bits, with the hint before it, which no other template has. */
const BOOLEAN = 'out[i] <-- (in >> i) & 1;\n        out[i] * (out[i] -1 ) === 0;'

const LAYERS = ['wires', 'ranks', 'aliases', 'carried', 'advice'] as const
const findings = (evidence: Evidence) => LAYERS.flatMap((layer) => evidence[layer].failures)
/** The layers that found something. */
const layersThatSee = (evidence: Evidence) => LAYERS.filter((layer) => evidence[layer].good < evidence[layer].total)

describe('circuits', () => {
  test('default: nothing is found in a template of ours, and what may move has its reason', async () => {
    const evidence = await examine('trace/TraceSlot', {})
    expect(findings(evidence)).toEqual([])
    for (const layer of ['wires', 'ranks', 'aliases', 'carried'] as const)
      expect(evidence[layer].total).toBeGreaterThan(0)
    expect([...evidence.allowed.keys()]).toEqual([
      'the inverse hint of a value that is 0: it is multiplied by that 0',
      'which of the competitors that tie is called the runner-up',
    ])
  })

  test('behavior: the lies are of every kind that applies', async () => {
    const { aliases } = await examine('trace/MarginGradient', {})
    const kinds = aliases.listKinds().map((kind) => kind.replace(/^\S+ /, ''))
    expect(kinds.sort()).toEqual(
      [
        'a value out of its range, the excess in the last digit',
        'digits of the value plus a multiple of r',
        'digits: a bit turned over, another digit makes up for it',
        'digits: one moved by two, its neighbour makes up for it',
        'runner-up: above all, attained by none',
        'runner-up: another logit',
        'runner-up: attained by none',
        'runner-up: attained twice',
        'runner-up: halves',
        'runner-up: off',
        'runner-up: shares that sum to one',
        'runner-up: the right one, attained by another class',
        'sign: turned over, the next digit makes up for it',
        'sign: a zero that is negative',
        "table: another index's entry",
        'zero: another inverse',
        'zero: no inverse',
        'zero: the opposite claimed',
        'zero: twice claimed',
        'zero: twice the inverse',
      ].sort(),
    )
  })

  test.each<[string, string, Rewrites, string[], string]>([
    [
      'an entry of X that nothing defines',
      'trace/TraceSlot',
      { 'trace/TraceSlot': { 'inputEntry <== active': 'inputEntry <-- active' } },
      ['wires', 'ranks', 'aliases', 'carried'],
      'inputEntry',
    ],
    [
      'scores that nothing defines',
      'trace/TraceSlot',
      { 'trace/TraceSlot': { 'scores[c] <== scales': 'scores[c] <-- scales' } },
      ['wires', 'ranks', 'carried'],
      'scores',
    ],
    [
      'a digit that need not be a bit',
      'trace/PoolRate',
      { 'circomlib/bitify': { [BOOLEAN]: BOOLEAN.replace('out[i] *', 'if (i != 7) out[i] *') } },
      ['wires', 'ranks', 'aliases'],
      'decomposition.out',
    ],
    [
      'a last digit that need not be a bit, so that the range has no end',
      'range/UnsignedRange',
      { 'circomlib/bitify': { [BOOLEAN]: BOOLEAN.replace('out[i] *', 'if (i != n - 1) out[i] *') } },
      ['wires', 'aliases'],
      'out of its range',
    ],
    [
      'a remainder that may reach the divisor',
      'trace/PoolRate',
      {
        'trace/PoolRate': {
          'component slackRange = UnsignedRange(totalBits);': '',
          'slackRange.in <== divisor - 1 - remainder;': '',
        },
      },
      ['aliases'],
      'a quotient off',
    ],
    [
      'a rate without a range',
      'trace/PoolRate',
      { 'trace/PoolRate': { 'component rateRange = UnsignedRange(160);': '', 'rateRange.in <== rate;': '' } },
      ['aliases'],
      'wraps round the field',
    ],
    [
      'a total that may be claimed to be 0',
      'trace/PoolRate',
      { 'circomlib/comparators': { 'in*out === 0;': '' } },
      ['aliases'],
      'zero',
    ],
    [
      'a label whose position is not compared',
      'trace/OneHotLabel',
      { 'trace/OneHotLabel': { 'position === label;': '' } },
      ['aliases'],
      'another place',
    ],
    [
      'labels that are no booleans',
      'trace/OneHotLabel',
      { 'trace/OneHotLabel': { 'isLabel[k] * (isLabel[k] - 1) === 0;': '' } },
      ['ranks', 'aliases'],
      'the right sum and position',
    ],
    [
      'a runner-up that nobody has to attain',
      'trace/MarginGradient',
      { 'trace/MarginGradient': { 'isRunnerUp[k] * (distance[k] + isLabel[k]) === 0;': '' } },
      ['wires', 'aliases'],
      'runner-up',
    ],
    [
      'a look-up that one selection does not bind',
      'trace/WeightTable',
      { 'trace/WeightTable': { 'weight <== level3[0]': 'weight <-- level3[0]' } },
      ['wires', 'ranks', 'aliases', 'carried'],
      'another index',
    ],
    [
      'a product that one step of a sum does not bind',
      'batch/PolynomialEvaluation',
      { 'batch/PolynomialEvaluation': { 'evaluation <== partial[0];': 'evaluation <-- partial[0];' } },
      ['wires', 'ranks', 'carried'],
      'a computed value',
    ],
  ])('error: %s', async (_, template, rewrites, layers, finding) => {
    const evidence = await examine(template, rewrites)
    expect(layersThatSee(evidence)).toEqual(layers)
    expect(findings(evidence).join('\n')).toContain(finding)
  })

  test.each([
    ['logits', { 'batch/ProductCheck': { 'weightSum === logitSum;': '' } }, 'logit'],
    ['scores', { 'batch/ProductCheck': { 'deltaSum === scoreSum;': '' } }, 'raw score'],
  ])('error: no Freivalds equality of the %s: only lies about advice see it', async (_, rewrites, finding) => {
    const evidence = await examineWhole(rewrites)
    expect(layersThatSee(evidence)).toEqual(['advice'])
    expect(evidence.advice.failures.join('\n')).toContain(finding)
  })

  test('error: an honest witness that a circuit refuses', async () => {
    const { circuit, places } = requireTemplate('trace/OneHotLabel')
    const main = circuit.main
    const refusing = await compileWithHole(main, { 'trace/OneHotLabel': { 'ones === 1;': 'ones === 2;' } })
    const subject = new Subject('refusing', await openCompiled(main, refusing), graph, [places[0]!.path], [])
    expect(() => new Scene(subject.places[0]!, batches[0]!)).toThrow('An honest witness of refusing breaks its row')
  })
})
