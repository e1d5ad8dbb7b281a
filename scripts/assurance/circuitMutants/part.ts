import { prepareInput } from '../../../prover/proving/prepareInput.ts'
import { PoaError } from '../../../src/errors.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { openCircuit } from '../../circuits/Circuit.ts'
import { attributionBatchOf } from '../../circuits/compileCircuit.ts'
import { wiresOfRow } from '../../circuits/listViolations.ts'
import { SignalGraph } from '../../circuits/SignalGraph.ts'
import { seededRandom } from '../../randomBatch.ts'
import { BATCH_KIND_COUNT, drawBatch } from '../circuits/batches.ts'
import { Scene, Subject } from '../circuits/Subject.ts'
import { openTemplates } from '../circuits/subjects.ts'
import type { Depth, Figure, Part } from '../Part.ts'
import type { SourceMutant } from './mutateCircom.ts'
import { EQUIVALENT_MUTANTS, NEEDLESS_ROWS } from './reasons.ts'
import { removeRows } from './rowMutants.ts'
import { Sandbox } from './Sandbox.ts'
import { type JudgedMutant, judgeMutants, listSourceMutants, listTestsByFile } from './sourceMutants.ts'

const SHAPE = shapeNamed('tiny')
const SEED = 23
const LANES = 2
const WHOLE_FILE = 'AttributionBatch.circom'
/** Of the mutants that do more than take constraints away, a full run judges every so many: all would take hours. */
const SAMPLE = 3
/** Of the whole circuit, and of the hash that stands in most templates, fewer: much is compiled anew for each. */
const COSTLY_SAMPLE = 6
const COSTLY_FILES = [WHOLE_FILE, 'hashing/TaggedHash.circom']

export const part: Part = {
  title: 'Circuit mutants: is every constraint missed when it is gone?',
  async run(depth, report) {
    const rows = await measureRows((fraction) => report(0.1 * fraction, 'rows removed in turn'))
    const all = await listSourceMutants()
    const mutants = all.filter(depth === 'full' ? isSampled : isFast)
    report(0.1, `${mutants.length} source mutants`)
    const tests = await listTestsByFile()
    // What is argued to be equivalent would only keep all tests busy; the closest one still may refute the argument.
    const testsOf = (mutant: SourceMutant) => tests.get(mutant.file)!.slice(0, reasonFor(mutant) ? 1 : undefined)
    const judged = await judgeMutants(mutants, depth === 'full' ? LANES : 1, testsOf, (one, done) => {
      // Into the part's log: a full run takes long, and whoever mends a survivor wants to see which it is before the end.
      console.log(`${one.seconds.toFixed(1)} s ${one.verdict.fate}: ${describeMutant(one.mutant)}`)
      report(0.1 + (0.85 * done) / mutants.length, `mutant ${done} of ${mutants.length}`)
    })
    const planted = await findPlantedSurvivor()
    return [...listSourceFigures(depth, judged, all.length), ...rows, planted]
  },
}

/** Each constraint removed or weakened in turn, each mutant that a reason speaks of, and a sample of the others. */
const isSampled = (mutant: SourceMutant, i: number) =>
  isWeakening(mutant) ||
  reasonFor(mutant) !== undefined ||
  i % (COSTLY_FILES.includes(mutant.file) ? COSTLY_SAMPLE : SAMPLE) === 0

/** Of the whole circuit a constraint counts as one, however many turns its loop has. */
const isWeakening = ({ operator, removesOnly, file }: SourceMutant) =>
  (removesOnly && !(file === WHOLE_FILE && operator.endsWith(' in the last turn'))) ||
  operator === 'range one bit wider'

/** Every equality of a template, the Freivalds checks among them. Those of the whole circuit take longer. */
const isFast = ({ operator, file }: SourceMutant) => operator === 'equality deleted' && file !== WHOLE_FILE

const describeMutant = ({ file, line, operator, before, after }: SourceMutant) =>
  `${file}:${line} ${operator}: ${before} -> ${after}`

const reasonFor = ({ file, before, after }: SourceMutant) =>
  EQUIVALENT_MUTANTS.find((one) => one.file === file && one.before === before && one.after === after)

function listSourceFigures(depth: Depth, judged: readonly JudgedMutant[], existing: number): Figure[] {
  const ofFate = (fate: string) => judged.filter(({ verdict }) => verdict.fate === fate)
  const survivors = ofFate('survived').map(({ mutant }) => mutant)
  const reasons = survivors.map(reasonFor)
  // The same line can stand in a file twice; a reason is about one of them.
  const unexcused = survivors.filter((_, i) => reasons[i] === undefined || reasons.indexOf(reasons[i]) !== i)
  const needed = new Set(reasons)
  const stale = depth === 'full' ? EQUIVALENT_MUTANTS.filter((reason) => !needed.has(reason)) : []
  const killed = ofFate('killed')
  const byForgery = killed.filter(({ verdict }) => verdict.fate === 'killed' && verdict.by === 'a forged witness')
  return [
    {
      name: 'circuitMutantsKilled',
      title: 'circuit mutants killed',
      value: killed.length,
      total: killed.length + unexcused.length,
      gate: { atLeast: 100 },
      notes: [
        ...unexcused.map((mutant) => `SURVIVED ${describeMutant(mutant)}`),
        ...survivors.flatMap((mutant) => {
          const reason = unexcused.includes(mutant) ? undefined : reasonFor(mutant)
          return reason === undefined ? [] : [`equivalent: ${describeMutant(mutant)}: ${reason.reason}`]
        }),
        `${byForgery.length} by a forged witness that the mutant accepts and the original refuses, the others by a test`,
        `${judged.length} of ${existing} mutants judged` +
          (depth === 'full'
            ? `: all that remove or weaken a constraint, of the others every ${SAMPLE}rd, in ${COSTLY_FILES.join(' and ')} every ${COSTLY_SAMPLE}th`
            : ': every deleted equality of a template'),
      ],
    },
    {
      name: 'circuitMutantsStillborn',
      title: 'mutants that do not compile, not counted',
      value: ofFate('stillborn').length,
    },
    {
      name: 'staleMutantReasons',
      title: 'reasons for mutants that do not survive',
      value: stale.length,
      gate: { atMost: 0 },
      notes: stale.map(({ file, before, after }) => `${file}: ${before} -> ${after}`),
    },
  ]
}

/** Each row of each template alone removed in turn; of MarginGradient with one class more as well, because a row is needed only then. */
async function measureRows(report: (fraction: number) => void): Promise<Figure[]> {
  const random = seededRandom(SEED)
  const graph = await SignalGraph.open(attributionBatchOf(SHAPE))
  const batches = Array.from({ length: BATCH_KIND_COUNT }, (_, i) =>
    graph.compute(prepareInput(drawBatch(SHAPE, random, i)).input),
  )
  const subjects = await openTemplates(SHAPE, graph, (share) => report(share / 2))
  const cases = subjects.map((subject) => ({
    subject,
    scenes: batches.flatMap((values, i) =>
      [i, 3 * i + 1].map((place) => new Scene(subject.places[place % subject.places.length]!, values)),
    ),
  }))
  cases.push(await openFourClasses())

  let [total, killed, byRank] = [0, 0, 0]
  const notes: string[] = []
  const needed = new Set<unknown>()
  for (const [i, { subject, scenes }] of cases.entries()) {
    const verdict = removeRows(subject, scenes, random)
    byRank += verdict.byRank
    killed += verdict.byRank + verdict.byLie
    total += verdict.byRank + verdict.byLie
    for (const row of verdict.survivors) {
      const names = [...wiresOfRow(subject.circuit.r1cs, row)].filter((wire) => wire > 0)
      const signals = names.map((wire) => subject.circuit.nameOf(wire)).join(' ')
      const reason = NEEDLESS_ROWS.find((one) => one.circuit.test(subject.name) && one.row.test(signals))
      needed.add(reason)
      if (reason === undefined) total++
      notes.push(
        `${reason === undefined ? 'SURVIVED' : 'needless:'} ${subject.name}, ${signals}${reason ? `: ${reason.reason}` : ''}`,
      )
    }
    report(0.5 + i / cases.length / 2)
  }
  const stale = NEEDLESS_ROWS.filter((reason) => !needed.has(reason))
  return [
    {
      name: 'rowMutantsKilled',
      title: 'rows of templates, each killed when removed',
      value: killed,
      total,
      gate: { atLeast: 100 },
      notes: [
        ...notes,
        `${byRank} because the Jacobian loses rank without them, the others by a lie that they alone refuse; ${cases.length} circuits`,
      ],
    },
    {
      name: 'staleRowReasons',
      title: 'reasons for rows that do not survive',
      value: stale.length,
      gate: { atMost: 0 },
    },
  ]
}

/** The gradient with three competitors that tie. */
async function openFourClasses(): Promise<{ subject: Subject; scenes: Scene[] }> {
  const main = { template: 'trace/MarginGradient', parameters: [4, 26], publicInputs: ['logits', 'isLabel'] }
  const graph = await SignalGraph.open(main)
  const subject = new Subject('MarginGradient(4, 26)', await openCircuit(main), graph, [''], [])
  const scenes = [0, 1, 2, 3].flatMap((label) =>
    [
      [5, 5, 5, 5],
      [900, 300, -7, 120],
    ].map((logits) => {
      const highest = Math.max(...logits)
      const input = {
        logits: logits.map((logit, k) => String(k === label ? highest : logit)),
        isLabel: logits.map((_, k) => (k === label ? '1' : '0')),
      }
      return new Scene(subject.places[0]!, graph.compute(input))
    }),
  )
  return { subject, scenes }
}

/** A mutant can survive: judged by a test that does not look at it, a wider pool is one. */
async function findPlantedSurvivor(): Promise<Figure> {
  const mutant = (await listSourceMutants()).find(({ after }) => after === 'component poolRange = UnsignedRange(97);')
  if (mutant === undefined)
    throw new PoaError('MUTATION_SANDBOX_STALE', 'PoolRate has no range of 96 bits for its pool')
  const sandbox = await Sandbox.open('planted')
  try {
    const verdicts = [
      await sandbox.judge(mutant, ['test/circuits/UnsignedRange.test.ts']),
      await sandbox.judge(mutant, ['test/circuits/PoolRate.test.ts']),
    ]
    return {
      name: 'plantedSurvivorsFound',
      title: 'a mutant survives where its test is left out',
      value: verdicts[0]!.fate === 'survived' && verdicts[1]!.fate === 'killed' ? 1 : 0,
      total: 1,
      gate: { atLeast: 100 },
    }
  } finally {
    await sandbox.close()
  }
}
