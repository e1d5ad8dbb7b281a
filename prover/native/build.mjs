// Compiles the native engine: see README.md. Plain Node, so that it runs before anything else is compiled.
import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const require = createRequire(import.meta.url)
const SOURCES = fileURLToPath(new URL('src', import.meta.url))
const OUTPUT = fileURLToPath(new URL('../../build/native', import.meta.url))
/** Why there is nothing to load, in one line, for whoever asks later (loadEngine.ts). */
const OBSTACLE_FILE = join(OUTPUT, 'not-built.txt')

const COMMON_FLAGS = ['-std=c++17', '-O3', '-fPIC', '-shared', '-fvisibility=hidden', '-pthread', '-Wall', '-Wextra']
const MULX_FLAGS = ['-mbmi2', '-madx']
const AVX512_FLAGS = ['f', 'dq', 'bw', 'vl', 'ifma', 'vbmi'].map((part) => `-mavx512${part}`)

/** Flags of each build of the engine besides the common ones, the fastest build first. */
export const BUILDS = {
  ...(process.arch === 'x64' && {
    // g++ 12 warns about its own AVX-512 headers (GCC bug 105593).
    ifma: [...AVX512_FLAGS, ...MULX_FLAGS, '-Wno-uninitialized', '-Wno-maybe-uninitialized'],
    mulx: MULX_FLAGS,
  }),
  plain: [],
}

const HELP = `Compiles the native prover to build/native/<ifma|mulx|plain>.node; leaves alone what is up to date.

  node prover/native/build.mjs [--all] [--install] [--json] [--help]

  --all      every build; without it only the fastest that this machine runs
  --install  for npm's postinstall: says what keeps it from being built, and never fails
  --json     prints one JSON object instead of one line a build
  CXX        environment variable: the compiler to use instead of g++ or clang++`

function findCompiler() {
  for (const command of process.env.CXX ? [process.env.CXX] : ['g++', 'clang++']) {
    const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' })
    if (status === 0) return { command, version: stdout.split('\n')[0] }
  }
}

function findHeaders() {
  const own = join(dirname(process.execPath), '../include/node')
  if (existsSync(join(own, 'node_api.h'))) return own
  try {
    return require('node-api-headers').include_dir
  } catch {
    return undefined
  }
}

/** sha256 over the sources. Every build of the engine tells it (`sources`), so that one of older sources is not taken for one of these. */
export function hashSources() {
  const files = readdirSync(SOURCES, { recursive: true }).filter((file) => /\.(h|cpp)$/.test(file))
  const texts = files.sort().map((file) => [file, readFileSync(join(SOURCES, file), 'utf8')])
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex')
}

/** sha256 of a file, in hex. */
const hashFile = (path) => createHash('sha256').update(readFileSync(path)).digest('hex')

/** Whether a build is what the compiler wrote: loading one that was cut short would end the process. */
export function isWhole(path) {
  try {
    return readFileSync(`${path}.sha256`, 'utf8').split(' ')[1] === hashFile(path)
  } catch {
    return false
  }
}

/** What compiling needs, or `missing`: what is not there of it. */
export function findTools() {
  const compiler = findCompiler()
  const headers = findHeaders()
  const missing = !compiler ? 'a C++ compiler (g++ or clang++)' : !headers ? "Node's headers (node_api.h)" : undefined
  return missing ? { missing } : { compiler, headers, sources: hashSources() }
}

/**
 * Compiles one addon where it is missing or out of date. Writes by renaming, so that another process which builds or loads at the same time sees the old
 * file or the new one.
 */
export async function compile({ name, source, flags: own }, { compiler, headers, sources }, directory = OUTPUT) {
  const flags = [...COMMON_FLAGS, ...own, `-DPOA_SOURCES="${sources}"`]
  if (process.platform === 'darwin') flags.push('-undefined', 'dynamic_lookup')
  const path = join(directory, `${name}.node`)
  const hash = createHash('sha256')
    .update(JSON.stringify([compiler, flags]))
    .digest('hex')
  const hashPath = `${path}.sha256`
  if (isWhole(path) && readFileSync(hashPath, 'utf8').startsWith(hash))
    return { name, path, state: 'current', seconds: 0 }

  const temporary = `${path}.${process.pid}.${Date.now()}.tmp`
  const start = performance.now()
  const seconds = () => (performance.now() - start) / 1000
  try {
    const { stderr } = await promisify(execFile)(
      compiler.command,
      [...flags, '-I', headers, '-o', temporary, join(SOURCES, source)],
      { maxBuffer: 1 << 26 },
    )
    writeFileSync(`${temporary}.sha256`, `${hash} ${hashFile(temporary)}`)
    renameSync(temporary, path)
    renameSync(`${temporary}.sha256`, hashPath)
    return { name, path, state: 'built', seconds: seconds(), ...(stderr && { message: stderr }) }
  } catch (error) {
    rmSync(temporary, { force: true })
    return { name, path, state: 'failed', seconds: seconds(), message: error.stderr || error.message }
  }
}

/**
 * Builds what is not up to date, side by side. Without a compiler or Node's headers nothing is built, and `missing` says what is missing.
 * @param all every build, for tests and for directories that are copied to other machines; else the fastest that this machine runs
 */
export async function buildEngines({ all = false } = {}) {
  mkdirSync(OUTPUT, { recursive: true })
  const { missing, ...tools } = findTools()
  if (missing) {
    writeFileSync(OBSTACLE_FILE, `${missing} was missing`)
    return { missing, builds: [] }
  }
  const probe = await compile({ name: 'cpuFeatures', source: 'cpuFeatures.cpp', flags: [] }, tools)
  const isRunnable = (name) => name === 'plain' || require(probe.path).cpuFeatures()[name]
  const names = probe.state === 'failed' ? [] : Object.keys(BUILDS).filter((name) => all || isRunnable(name))
  const compileEngine = (name) => compile({ name, source: 'addon.cpp', flags: BUILDS[name] }, tools)
  const builds = all ? await Promise.all(names.map(compileEngine)) : []
  if (!all)
    for (const name of names) {
      builds.push(await compileEngine(name))
      if (builds.at(-1).state !== 'failed') break // else the next fastest: a compiler may not know all instructions
    }
  builds.unshift(probe)
  if (builds.at(-1).state === 'failed') writeFileSync(OBSTACLE_FILE, 'the compiler refused it')
  else rmSync(OBSTACLE_FILE, { force: true })
  return { compiler: tools.compiler.version, builds }
}

async function main(args) {
  if (args.includes('--help')) return console.log(HELP)
  const unknown = args.find((arg) => !['--all', '--install', '--json'].includes(arg))
  if (unknown !== undefined) {
    console.error(`Unknown option ${unknown}. See --help.`)
    process.exitCode = 2
    return
  }
  const isInstall = args.includes('--install')
  const result = await buildEngines({ all: args.includes('--all') })
  const failed = result.builds.filter(({ state }) => state === 'failed')
  if (args.includes('--json')) console.log(JSON.stringify(result, undefined, 2))
  else if (result.missing)
    console.log(`The native prover was not built, ${result.missing} is missing: snarkjs will prove, many times slower.`)
  else if (isInstall && failed.length > 0)
    console.log(
      'The native prover was not built, the compiler refused it (see: node prover/native/build.mjs): snarkjs will prove.',
    )
  else if (!isInstall)
    for (const { name, state, seconds, message } of result.builds) {
      console.log(`${name}: ${state}${state === 'current' ? '' : ` in ${seconds.toFixed(1)} s`}`)
      if (message) console.error(message)
    }
  if (failed.length > 0 && !isInstall) process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2)
  await main(args).catch((error) => {
    if (!args.includes('--install')) throw error
    console.log(`The native prover was not built (${error.message}): snarkjs will prove.`)
  })
}
