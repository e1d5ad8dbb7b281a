import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PoaError } from '../../src/errors.ts'
import { type Shape, shapeNamed } from '../../src/shape.ts'

export const REPOSITORY_ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const CIRCUITS_DIRECTORY = join(REPOSITORY_ROOT, 'circuits')

/** Where a shape's compiled circuit, keys and manifest live. */
export const shapeDirectory = (shapeName: string) => join(REPOSITORY_ROOT, 'build', shapeName)

/** A circuit's main component: a template of ours with its parameters. */
export type MainComponent = {
  /** Path of the template's file below circuits/, without `.circom`; its last part is the template's name. */
  readonly template: string
  readonly parameters: readonly number[]
  /** Names of the inputs that are public. */
  readonly publicInputs?: readonly string[]
}

/** What is known of a compiled circuit; stored beside it as compiled.json. */
export type CompiledCircuit = {
  /** sha256 over every circuit source, ours and circomlib's, the main component, the compiler and its flags. */
  readonly sourceHash: string
  readonly compiler: string
  readonly constraints: number
  readonly wires: number
  /** sha256 of each file that was written: a cached result counts only while it is what the compiler made. */
  readonly files: Readonly<Record<CompiledFile, string>>
}

const COMPILED_FILES = ['circuit.r1cs', 'circuit.wasm', 'circuit.sym'] as const
type CompiledFile = (typeof COMPILED_FILES)[number]

export type CompileOptions = {
  /** Compile even if the result is there. */
  readonly force?: boolean
}

/** Without --O2 circom leaves the linear rows of Poseidon in: 131 instead of 38 a hashed element. */
const OPTIMISATION = '--O2'

const require = createRequire(import.meta.url)
const packageVersion = (name: string): string => require(`${name}/package.json`).version
const execFileAsync = promisify(execFile)

const COMPILER = `circom2 ${packageVersion('circom2')} ${OPTIMISATION}, circomlib ${packageVersion('circomlib')}`

/** The main component of a registered shape. */
export function attributionBatchOf(shape: Shape): MainComponent {
  return {
    template: 'AttributionBatch',
    parameters: [shape.traces, shape.contributors, shape.classes, shape.features],
    publicInputs: ['weightsCommitment', 'indexCommitment', 'challenge', 'context'],
  }
}

/**
 * Compiles a registered shape into build/<shape>/.
 * @throws InvalidInputError when the registry has no such shape
 */
export function compileShape(shapeName: string, options?: CompileOptions): Promise<CompiledCircuit> {
  return compileCircuit(attributionBatchOf(shapeNamed(shapeName)), shapeDirectory(shapeName), options)
}

/**
 * What `compileShape` would record as `sourceHash`, without compiling: whether something made from a circuit is still current.
 * @throws InvalidInputError when the registry has no such shape
 */
export function hashSourcesOfShape(shapeName: string): Promise<string> {
  return hashSources(mainSource(attributionBatchOf(shapeNamed(shapeName)), shapeDirectory(shapeName)))
}

/**
 * Compiles to circuit.r1cs, circuit.wasm and circuit.sym in `directory`, which must lie inside the repository. Does nothing when the
 * directory already holds the result of the same sources, compiler and flags.
 * @throws PoaError CIRCUIT_COMPILATION_FAILED with the compiler's output
 */
export async function compileCircuit(
  main: MainComponent,
  directory: string,
  { force = false }: CompileOptions = {},
): Promise<CompiledCircuit> {
  // The compiler runs in WASI and sees only its working directory.
  if (relative(REPOSITORY_ROOT, directory).startsWith('..')) {
    throw new PoaError(
      'CIRCUIT_COMPILATION_FAILED',
      `the output directory must lie inside the repository, got ${directory}`,
    )
  }
  const source = mainSource(main, directory)
  const sourceHash = await hashSources(source)
  const recordPath = join(directory, 'compiled.json')
  const record = await readRecord(recordPath)
  if (!force && record?.sourceHash === sourceHash && (await isUnchanged(record, directory))) return record

  await mkdir(directory, { recursive: true })
  await rm(recordPath, { force: true }) // an interrupted compilation must not look finished
  await writeFile(join(directory, 'circuit.circom'), source)
  const input = relative(REPOSITORY_ROOT, join(directory, 'circuit.circom'))
  const flags = [
    '--r1cs',
    '--wasm',
    '--sym',
    OPTIMISATION,
    '-l',
    'node_modules',
    '-o',
    relative(REPOSITORY_ROOT, directory),
  ]
  const output = await runCompiler([input, ...flags])
  await rename(join(directory, 'circuit_js', 'circuit.wasm'), join(directory, 'circuit.wasm'))
  await rm(join(directory, 'circuit_js'), { recursive: true })

  const compiled = {
    sourceHash,
    compiler: COMPILER,
    constraints: countIn(output, 'non-linear constraints') + countIn(output, 'linear constraints'),
    wires: countIn(output, 'wires'),
    files: await hashFiles(directory),
  }
  await writeFile(recordPath, `${JSON.stringify(compiled, null, 2)}\n`)
  return compiled
}

function mainSource({ template, parameters, publicInputs = [] }: MainComponent, directory: string): string {
  const include = relative(directory, join(CIRCUITS_DIRECTORY, `${template}.circom`))
    .split(sep)
    .join('/')
  const publicList = publicInputs.length > 0 ? ` {public [${publicInputs.join(', ')}]}` : ''
  const call = `${template.split('/').at(-1)}(${parameters.join(', ')})`
  return `pragma circom 2.2.3;\ninclude "${include}";\ncomponent main${publicList} = ${call};\n`
}

/** sha256 over every circuit source, the main component, the compiler and its flags. */
async function hashSources(main: string): Promise<string> {
  const hash = createHash('sha256').update(`${COMPILER}\n${main}`)
  const library = join(dirname(require.resolve('circomlib/package.json')), 'circuits')
  for (const directory of [CIRCUITS_DIRECTORY, library]) {
    const names = await readdir(directory, { recursive: true })
    for (const name of names.filter((name) => name.endsWith('.circom')).sort()) {
      hash.update(`\n${name}\n`).update(await readFile(join(directory, name)))
    }
  }
  return hash.digest('hex')
}

async function hashFiles(directory: string): Promise<CompiledCircuit['files']> {
  const hashes = await Promise.all(
    COMPILED_FILES.map(async (name) => [
      name,
      createHash('sha256')
        .update(await readFile(join(directory, name)))
        .digest('hex'),
    ]),
  )
  return Object.fromEntries(hashes)
}

/** Keys made for a swapped circuit would be keys for whatever its author likes. */
async function isUnchanged({ files }: CompiledCircuit, directory: string): Promise<boolean> {
  const found = await hashFiles(directory).catch(() => undefined)
  return found !== undefined && COMPILED_FILES.every((name) => found[name] === files?.[name])
}

async function readRecord(path: string): Promise<CompiledCircuit | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined // absent or torn: compile
  }
}

/** Runs circom from the repository's root, the only folder that it sees. */
export async function runCompiler(args: string[]): Promise<string> {
  const cli = join(dirname(require.resolve('circom2/package.json')), 'cli.js')
  try {
    const { stdout } = await execFileAsync(process.execPath, ['--no-warnings', cli, ...args], {
      cwd: REPOSITORY_ROOT,
      maxBuffer: 1 << 26,
    })
    if (!stdout.includes('Everything went okay')) throw new Error(stdout)
    return stdout
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    throw new PoaError('CIRCUIT_COMPILATION_FAILED', `circom: ${(stdout + stderr || String(cause)).trim()}`, { cause })
  }
}

function countIn(output: string, label: string): number {
  const match = output.match(new RegExp(`^(?:\\S*\\[\\d+m)*${label}(?:\\S*\\[0?m)*: (\\d+)`, 'm'))
  if (!match) throw new PoaError('CIRCUIT_COMPILATION_FAILED', `circom printed no count of ${label}`)
  return Number(match[1])
}
