/** `npm run bench`: what proving costs on this machine, by snarkjs and by the native prover in turn. */
import { availableParallelism, cpus } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { formatTable } from '../../../prover/commands/formatTable.ts'
import { ENGINE_BUILDS, loadEngine } from '../../../prover/proving/native/loadEngine.ts'
import { terminate } from '../../../prover/proving/snarkjs.ts'
import { reportAndExit } from '../../../prover/reportAndExit.ts'
import { StageProgress } from '../../../prover/StageProgress.ts'
import { SHAPE_NAMES, shapeNamed } from '../../../src/shape.ts'
import { buildNativeProver } from '../../buildNativeProver.ts'
import { ensureDevKeysOfShape } from '../../keys/ensureDevKeys.ts'
import { compareProvers, type ProverFigures } from './compareProvers.ts'
import type { MeasuredProverName } from './MeasuredProver.ts'
import { type GrowthPoint, measureGrowth } from './measureGrowth.ts'
import { measureThroughput } from './measureThroughput.ts'

type Options = {
  readonly shapes: readonly string[]
  readonly provers?: readonly MeasuredProverName[]
  readonly runs: number
  readonly batches: number
  readonly growth: boolean
  readonly json?: boolean
}

type ShapeFigures = {
  readonly shape: string
  readonly constraints: number
  readonly provers: readonly ProverFigures[]
  /** Of the node's pipeline with two batches under way. */
  readonly tracesPerSecond: number
}

const program = new Command('npm run bench --')
  .description(
    [
      'Measures proving: snarkjs and the native prover in turn, in one run; then the pipeline of a node; then how the cost grows.',
      'Builds what is missing. The first run makes keys and prepares them: minutes for standard.',
    ].join(' '),
  )
  .option('--shapes <names>', 'shapes to prove, separated by commas', parseShapes, ['small', 'standard'])
  .option(
    '--provers <names>',
    `of snarkjs, ${ENGINE_BUILDS.join(', ')}, separated by commas (default: snarkjs and the fastest build)`,
    parseProvers,
  )
  .option('--runs <number>', 'proofs that count, of each prover', parseCount, 5)
  .option('--batches <number>', 'batches through the pipeline', parseCount, 10)
  .option('--no-growth', 'leave out the table of other shapes')
  .option('--json', 'print the figures as JSON on stdout')
  .addHelpText(
    'after',
    '\nExamples:\n  npm run bench\n  npm run bench -- --shapes small --provers snarkjs,mulx,plain --no-growth --json',
  )
  .action(runBenchmark)

async function runBenchmark({ shapes, provers, runs, batches, growth, json = false }: Options): Promise<void> {
  const progress = new StageProgress({ isQuiet: json })
  const threads = availableParallelism()
  await buildNativeProver(progress, { all: provers !== undefined })
  const fastest = loadEngine().instructionSet
  const measured: ShapeFigures[] = []
  for (const name of shapes) {
    const shape = shapeNamed(name)
    const { artifacts } = await progress.run(`keys of ${name}`, `Circuit and keys: ${name}`, (onProgress) =>
      ensureDevKeysOfShape(name, { onProgress }),
    )
    const figures = await progress.run(name, `Provers in turn: ${name}`, (report) =>
      compareProvers(shape, artifacts, provers ?? ['snarkjs', fastest], { runs, threads }, report),
    )
    const tracesPerSecond = await progress.run(`pipeline of ${name}`, `Pipeline: ${name}`, (report) =>
      measureThroughput(shape, artifacts, batches, report),
    )
    measured.push({ shape: name, constraints: artifacts.manifest.constraints, provers: figures, tracesPerSecond })
  }
  const points = growth
    ? await progress.run('growth', 'Growth with traces and contributors', (report) =>
        measureGrowth(fastest, { runs, threads }, report),
      )
    : undefined
  await terminate() // snarkjs exported verification keys, and its threads would keep the process alive
  const machine = { processor: cpus()[0]!.model, threads, node: process.versions.node }
  if (json)
    console.log(
      JSON.stringify(
        { ok: true, machine, runs, shapes: measured, growth: points, seconds: progress.seconds },
        undefined,
        2,
      ),
    )
  else console.log(describe(machine, measured, points).join('\n'))
}

function describe(
  { processor, threads, node }: { readonly processor: string; readonly threads: number; readonly node: string },
  measured: readonly ShapeFigures[],
  growth: readonly GrowthPoint[] | undefined,
): string[] {
  return [
    `${processor}, ${threads} threads, Node ${node}. Medians; every proof was verified.`,
    ...measured.flatMap(describeShape),
    ...(growth === undefined ? [] : describeGrowth(growth)),
  ]
}

function describeShape({ shape, constraints, provers, tracesPerSecond }: ShapeFigures): string[] {
  const reference = provers.find(({ prover }) => prover === 'snarkjs')?.proveMs.median
  const rows = provers.map(({ prover, proveMs, proveCpuMs, witnessMs, peakMiB, openKeyMs }) => [
    prover,
    ...[proveMs.median, proveMs.least, proveMs.most, proveCpuMs, witnessMs.median].map(milliseconds),
    reference === undefined ? '-' : (reference / proveMs.median).toFixed(1),
    peakMiB.toFixed(0),
    openKeyMs === undefined ? '-' : milliseconds(openKeyMs),
  ])
  const header = [
    'prover',
    'prove ms',
    'least',
    'most',
    'CPU ms',
    'witness ms',
    'times snarkjs',
    'peak MiB',
    'open key ms',
  ]
  return [
    '',
    `${shape}: ${constraints} constraints`,
    ...formatTable(header, rows),
    `pipeline of the node: ${tracesPerSecond.toFixed(1)} traces/s`,
  ]
}

function describeGrowth(points: readonly GrowthPoint[]): string[] {
  const rows = points.map(({ traces, contributors, constraints, domainPower, figures: { proveMs, witnessMs } }) => [
    ...[traces, contributors, constraints].map(String),
    `2^${domainPower}`,
    milliseconds(proveMs.median),
    (proveMs.median / traces).toFixed(2),
    milliseconds(witnessMs.median),
  ])
  const header = ['traces', 'contributors', 'constraints', 'domain', 'prove ms', 'ms a trace', 'witness ms']
  return ['', `Growth around small, ${points[0]!.figures.prover}`, ...formatTable(header, rows)]
}

const milliseconds = (value: number) => value.toFixed(value < 100 ? 1 : 0)

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It is an integer in 1 .. 9999.')
  return Number(text)
}

function parseShapes(text: string): string[] {
  const names = text.split(',')
  const unknown = names.find((name) => !SHAPE_NAMES.some((known) => known === name))
  if (unknown !== undefined)
    throw new InvalidArgumentError(`${unknown} is no shape; there are ${SHAPE_NAMES.join(', ')}.`)
  return names
}

function parseProvers(text: string): MeasuredProverName[] {
  return text.split(',').map((name) => {
    const known = (['snarkjs', ...ENGINE_BUILDS] as const).find((each) => each === name)
    if (known === undefined) throw new InvalidArgumentError(`${name} is no prover.`)
    return known
  })
}

await reportAndExit(program)
