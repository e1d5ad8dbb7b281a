import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SingleBar } from 'cli-progress'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { type Artifacts, loadArtifacts, writeManifest } from '../../prover/proving/artifacts.ts'
import { terminate } from '../../prover/proving/snarkjs.ts'
import { reportAndExit } from '../../prover/reportAndExit.ts'
import { PoaError } from '../../src/errors.ts'
import { SHAPE_NAMES } from '../../src/shape.ts'
import { compileShape, shapeDirectory } from '../circuits/compileCircuit.ts'
import { readR1cs } from '../circuits/readR1cs.ts'
import { DEV_SEED, type KeyProgress } from './createDevKeys.ts'
import { createProductionKeys } from './createProductionKeys.ts'
import { ensureDevKeysOfShape } from './ensureDevKeys.ts'
import type { KeyEngine } from './GeneratorMultiplier.ts'

type Options = {
  readonly shape: string
  readonly seed: string
  readonly threads?: number
  readonly force: boolean
  readonly ptau?: string
  readonly ptauSha256?: string
  readonly contributions: number
  readonly beacon?: string
  readonly beaconIterations: number
  readonly json: boolean
}

const integer = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('An integer is needed.')
  return Number(text)
}

const program = new Command('npm run keys --')
  .description('Compiles a circuit where needed and makes its proving and verification keys in build/<shape>/.')
  .addArgument(
    new Argument('[setup]', 'dev: seconds, anyone can forge; production: from a powers-of-tau file')
      .choices(['dev', 'production'])
      .default('dev'),
  )
  .addOption(new Option('--shape <name>', 'circuit of circuits/circuits.json').choices(SHAPE_NAMES).default('small'))
  .option('--seed <text>', 'dev: the published seed', DEV_SEED)
  .option('--threads <n>', 'dev: worker threads; the keys do not depend on it (default: one a core)', integer)
  .option('--force', 'dev: make the keys again even if they are there', false)
  .option('--ptau <file>', 'production: a public powers-of-tau file, prepared for phase 2')
  .option('--ptau-sha256 <hex>', 'production: the hash of that file as its ceremony published it')
  .option('--contributions <n>', 'production: how many contributions to make', integer, 1)
  .option('--beacon <hex>', 'production: a value that nobody could know before the last contribution')
  .option('--beacon-iterations <exponent>', 'production: hash the beacon 2^exponent times', integer, 10)
  .option('--json', 'print nothing but one JSON object', false)
  .addHelpText(
    'after',
    `
Examples:
  npm run keys -- --shape tiny
  npm run keys -- dev --shape small --json
  npm run keys -- production --shape small --ptau powersOfTau28_hez_final_16.ptau --ptau-sha256 1f3a..9c --beacon 0102..1f20`,
  )
  .action(run)

await reportAndExit(program)

async function run(setup: 'dev' | 'production', options: Options): Promise<void> {
  const bar = new SingleBar({
    format: '{bar} {percentage}% {stage}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  })
  // In a pipe or a log there is nobody to watch a bar.
  const watched = process.stderr.isTTY && !options.json
  if (watched) bar.start(1, 0, { stage: 'starting' })
  const onProgress: KeyProgress = (fraction, stage) => watched && bar.update(fraction, { stage })
  try {
    const made: MadeKeys =
      setup === 'dev'
        ? await ensureDevKeysOfShape(options.shape, { ...options, onProgress })
        : { artifacts: await produce(options, onProgress), cached: false }
    bar.stop()
    report(made, options.json)
  } finally {
    bar.stop()
    await terminate()
  }
}

async function produce(options: Options, onProgress: KeyProgress): Promise<Artifacts> {
  const { shape, ptau, ptauSha256, beacon, beaconIterations } = options
  if (ptau === undefined) throw new PoaError('KEYS_NO_PTAU', 'Production keys need --ptau <file>')
  if (ptauSha256 === undefined) throw new PoaError('KEYS_NO_PTAU_HASH', 'Production keys need --ptau-sha256 <hex>')
  if (beacon === undefined) throw new PoaError('KEYS_NO_BEACON', 'Production keys need --beacon <hex>')
  // Never from a cache: whoever could write there would choose what these keys are for.
  const { compiler, sourceHash } = await compileShape(shape, { force: true })
  const directory = shapeDirectory(shape)
  await mkdir(directory, { recursive: true })
  const r1csPath = join(directory, 'circuit.r1cs')
  const keys = await createProductionKeys({
    r1csPath,
    ptauPath: ptau,
    ptauSha256,
    zkeyPath: join(directory, 'proving.zkey'),
    contributions: Array.from({ length: options.contributions }, (_, i) => ({ name: `contribution ${i + 1}` })),
    beacon: { hash: beacon, iterationsExponent: beaconIterations },
    onProgress,
  })
  await writeFile(join(directory, 'verification-key.json'), `${JSON.stringify(keys.verificationKey, null, 2)}\n`)
  const { nConstraints, nWires } = await readR1cs(r1csPath)
  await writeManifest(directory, {
    setup: 'production',
    ceremony: {
      ptauSha256,
      contributionHashes: [...keys.contributionHashes],
      beacon: { hash: beacon, iterationsExponent: beaconIterations },
    },
    ...{
      shape,
      compiler,
      sourceHash,
      constraints: nConstraints,
      wires: nWires,
      publicCount: keys.verificationKey.nPublic,
    },
  })
  return loadArtifacts(directory)
}

function describeEngine(engine: KeyEngine): string {
  return engine === 'webassembly'
    ? 'in WebAssembly (the native engine is faster: node prover/native/build.mjs)'
    : `by the native engine (${engine})`
}

/** DEV keys that were made say what made them. */
type MadeKeys = { readonly artifacts: Artifacts; readonly cached: boolean; readonly engine?: KeyEngine }

function report({ artifacts: { directory, manifest }, cached, engine }: MadeKeys, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ ok: true, cached, engine, directory, manifest })}\n`)
    return
  }
  const { setup, shape, constraints, circuitId, circuitKeyHash } = manifest
  const state = cached ? 'unchanged' : 'made'
  const by = engine === undefined ? '' : ` ${describeEngine(engine)}`
  const warning = setup === 'dev' ? '\nDEV keys: anyone can forge proofs; refused on any chain that is not local.' : ''
  process.stdout.write(
    `${setup} keys of ${shape} ${state}${by} in ${directory}\n${constraints} constraints, circuit id ${circuitId}, key hash ${circuitKeyHash}${warning}\n`,
  )
}
