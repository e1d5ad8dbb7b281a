import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { CIRCUITS_DIRECTORY, type MainComponent, REPOSITORY_ROOT, runCompiler } from './compileCircuit.ts'

/**
 * What an attacker's witness generator does otherwise than ours: by file (`trace/PoolRate`, `circomlib/comparators`) the pieces of source that
 * are replaced. Each piece must occur exactly once, so that a changed circuit cannot turn a forgery into an honest witness unnoticed.
 */
export type Rewrites = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A compiled generator; without optimisation every signal is a wire. */
export type Forger = { readonly wasmPath: string; readonly symbolsPath: string }

const require = createRequire(import.meta.url)
const CIRCOMLIB = join(dirname(require.resolve('circomlib/package.json')), 'circuits')
/** The files of circomlib that hold `===`; the others are taken as they are. */
const CHECKING_LIBRARY_FILES = ['bitify', 'comparators', 'aliascheck', 'compconstant', 'binsum']

const MAIN_FILE = 'circuit.circom'

/** A decomposition of a value that does not fit leaves the excess in its last digit: the sum is right and only that digit is no bit. */
const EXCESS_DIGIT = { 'out[i] <-- (in >> i) & 1;': 'out[i] <-- i == n - 1 ? in >> i : (in >> i) & 1;' }

/**
 * Compiles the generator that an attacker would write: that of the circuit without its `===`, which compute nothing and only make the
 * generator refuse, and with some lines rewritten. So a lie about one value carries through to everything that is computed from it,
 * hints and hashes included. Of an honest input it makes the honest witness. Cached by content below build/.
 */
export async function compileForger(main: MainComponent, rewrites: Rewrites): Promise<Forger> {
  const directory = await compileSources('forger', main, rewrites, ['--wasm', '--sym', '--O0'])
  return { wasmPath: join(directory, 'circuit_js', 'circuit.wasm'), symbolsPath: join(directory, 'circuit.sym') }
}

/** The definitions of a circuit alone: the forger's rows, of which each says what one signal is, and no row that only checks. */
export async function compileDefinitions(main: MainComponent): Promise<{ r1csPath: string; symbolsPath: string }> {
  const directory = await compileSources('definitions', main, {}, ['--r1cs', '--sym', '--O0'])
  return { r1csPath: join(directory, 'circuit.r1cs'), symbolsPath: join(directory, 'circuit.sym') }
}

/**
 * The circuit with some lines rewritten and its other checks kept, optimised as in production: a circuit with a hole.
 * @returns the directory, with circuit.r1cs and circuit.sym
 */
export function compileWithHole(main: MainComponent, rewrites: Rewrites): Promise<string> {
  return compileSources('hole', main, rewrites, ['--r1cs', '--sym', '--O2'])
}

/** Compiles rewritten sources, once for each content; the directory that holds the result. */
async function compileSources(
  use: 'forger' | 'definitions' | 'hole',
  main: MainComponent,
  rewrites: Rewrites,
  flags: readonly string[],
): Promise<string> {
  const sources = await (use === 'hole' ? rewriteSources(main, rewrites) : forgeSources(main, rewrites))
  const hash = createHash('sha256').update(JSON.stringify([...sources, require('circom2/package.json').version]))
  const name = `${use}-${main.template.replaceAll('/', '-')}-${hash.digest('hex').slice(0, 12)}`
  const directory = join(REPOSITORY_ROOT, 'build', 'test-circuits', name)
  const doneMark = join(directory, 'done')
  if (await readFile(doneMark).catch(() => undefined)) return directory

  await rm(directory, { recursive: true, force: true })
  for (const [path, source] of sources) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), source)
  }
  const output = relative(REPOSITORY_ROOT, directory)
  await runCompiler([join(output, 'circuit.circom'), ...flags, '-l', output, '-l', 'node_modules', '-o', output])
  await writeFile(doneMark, 'done')
  return directory
}

/** Without checks, and with the excess of what does not fit in the last digit. */
async function forgeSources(main: MainComponent, rewrites: Rewrites): Promise<Map<string, string>> {
  const sources = await rewriteSources({ ...main, publicInputs: [] }, { 'circomlib/bitify': EXCESS_DIGIT, ...rewrites })
  return new Map([...sources].map(([path, source]) => [path, path === MAIN_FILE ? source : withoutChecks(source)]))
}

/** Our sources and those of circomlib that hold checks, by path, and a main component. */
async function rewriteSources(
  { template, parameters, publicInputs = [] }: MainComponent,
  rewrites: Rewrites,
): Promise<Map<string, string>> {
  const names = (await readdir(CIRCUITS_DIRECTORY, { recursive: true }))
    .filter((name) => name.endsWith('.circom'))
    .sort()
  const files = [
    ...names.map((name) => ({
      key: name.replace(/\.circom$/, ''),
      from: join(CIRCUITS_DIRECTORY, name),
      to: join('circuits', name),
    })),
    ...CHECKING_LIBRARY_FILES.map((name) => ({
      key: `circomlib/${name}`,
      from: join(CIRCOMLIB, `${name}.circom`),
      to: join('circomlib', 'circuits', `${name}.circom`),
    })),
  ]
  const unknown = Object.keys(rewrites).find((key) => !files.some((file) => file.key === key))
  if (unknown !== undefined) throw new Error(`there is no ${unknown} to rewrite`)
  const sources = new Map<string, string>()
  for (const { key, from, to } of files) {
    let source = await readFile(from, 'utf8')
    for (const [piece, replacement] of Object.entries(rewrites[key] ?? {})) {
      const parts = source.split(piece)
      if (parts.length !== 2) throw new Error(`${key} holds ${parts.length - 1} times: ${piece}`)
      source = parts.join(replacement)
    }
    sources.set(to, source)
  }
  const call = `${template.split('/').at(-1)}(${parameters.join(', ')})`
  const publicList = publicInputs.length > 0 ? ` {public [${publicInputs.join(', ')}]}` : ''
  return sources.set(
    MAIN_FILE,
    `pragma circom 2.2.3;\ninclude "circuits/${template}.circom";\ncomponent main${publicList} = ${call};\n`,
  )
}

/** Drops comments, then every statement `left === right;`. */
function withoutChecks(source: string): string {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
  return code.replace(/[^;{}]*===[^;]*;/g, '')
}
