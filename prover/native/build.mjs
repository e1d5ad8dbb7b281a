// Compiles the native engine, three times over: see README.md. Plain Node, so that it runs before anything is installed or compiled.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCES = fileURLToPath(new URL('src', import.meta.url))
const OUTPUT = fileURLToPath(new URL('../../build/native', import.meta.url))

const COMMON_FLAGS = ['-std=c++17', '-O3', '-fPIC', '-shared', '-fvisibility=hidden', '-pthread', '-Wall', '-Wextra']
const MULX_FLAGS = ['-mbmi2', '-madx']
const AVX512_FLAGS = ['f', 'dq', 'bw', 'vl', 'ifma', 'vbmi'].map((part) => `-mavx512${part}`)

/** Flags of each build besides the common ones. */
const BUILDS = {
  plain: [],
  // g++ 12 warns about its own AVX-512 headers (GCC bug 105593).
  ...(process.arch === 'x64' && {
    mulx: MULX_FLAGS,
    ifma: [...AVX512_FLAGS, ...MULX_FLAGS, '-Wno-uninitialized', '-Wno-maybe-uninitialized'],
  }),
}

const HELP = `Compiles the native prover to build/native/<plain|mulx|ifma>.node; leaves alone what is up to date.

  node prover/native/build.mjs [--json] [--help]

  --json   prints one JSON object instead of one line a build
  CXX      environment variable: the compiler to use instead of g++ or clang++`

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
    return createRequire(import.meta.url)('node-api-headers').include_dir
  } catch {
    return undefined
  }
}

function readSources() {
  const files = readdirSync(SOURCES, { recursive: true }).filter((file) => /\.(h|cpp)$/.test(file))
  return files.sort().map((file) => [file, readFileSync(join(SOURCES, file), 'utf8')])
}

/** Writes by renaming, so that another process which builds or loads at the same time sees the old file or the new one. */
function compile(name, compiler, headers, sources) {
  const flags = [...COMMON_FLAGS, ...BUILDS[name]]
  if (process.platform === 'darwin') flags.push('-undefined', 'dynamic_lookup')
  const path = join(OUTPUT, `${name}.node`)
  const hash = createHash('sha256')
    .update(JSON.stringify([compiler, flags, headers, sources]))
    .digest('hex')
  const hashPath = `${path}.sha256`
  if (existsSync(path) && existsSync(hashPath) && readFileSync(hashPath, 'utf8') === hash)
    return { name, path, state: 'current', seconds: 0 }

  mkdirSync(OUTPUT, { recursive: true })
  const temporary = `${path}.${process.pid}.${Date.now()}.tmp`
  const start = performance.now()
  const { status, stderr, error } = spawnSync(
    compiler.command,
    [...flags, '-I', headers, '-o', temporary, join(SOURCES, 'addon.cpp')],
    { encoding: 'utf8' },
  )
  const seconds = (performance.now() - start) / 1000
  if (status !== 0) {
    rmSync(temporary, { force: true })
    return { name, path, state: 'failed', seconds, message: error?.message ?? stderr }
  }
  renameSync(temporary, path)
  writeFileSync(`${temporary}.sha256`, hash)
  renameSync(`${temporary}.sha256`, hashPath)
  return { name, path, state: 'built', seconds, ...(stderr && { message: stderr }) }
}

/** Builds what is not up to date. Without a compiler or Node's headers nothing is built, and `missing` says what is missing. */
export function buildEngines() {
  const compiler = findCompiler()
  if (!compiler) return { missing: 'a C++ compiler (g++ or clang++)', builds: [] }
  const headers = findHeaders()
  if (!headers) return { missing: "Node's headers (node_api.h)", builds: [] }
  const sources = readSources()
  const builds = Object.keys(BUILDS).map((name) => compile(name, compiler, headers, sources))
  return { compiler: compiler.version, builds }
}

function main(args) {
  if (args.includes('--help')) return console.log(HELP)
  const unknown = args.find((arg) => arg !== '--json')
  if (unknown !== undefined) {
    console.error(`Unknown option ${unknown}. See --help.`)
    process.exitCode = 2
    return
  }
  const result = buildEngines()
  if (args.includes('--json')) console.log(JSON.stringify(result, undefined, 2))
  else if (result.missing) console.log(`Nothing was built: ${result.missing} is missing.`)
  else
    for (const { name, state, seconds, message } of result.builds) {
      console.log(`${name}: ${state}${state === 'current' ? '' : ` in ${seconds.toFixed(1)} s`}`)
      if (message) console.error(message)
    }
  if (result.builds.some(({ state }) => state === 'failed')) process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2))
