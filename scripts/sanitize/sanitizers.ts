import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { BUILDS, compile, findTools, type Tools } from '../../prover/native/build.mjs'
import { type EngineBuildName, runnableBuilds } from '../../prover/proving/native/loadEngine.ts'
import type { ReportProgress } from '../../prover/StageProgress.ts'
import { PoaError } from '../../src/errors.ts'
import { REPOSITORY_ROOT } from '../circuits/compileCircuit.ts'

/** What one run looks for, and how. */
export type Sanitizer = {
  readonly name: 'address' | 'thread'
  readonly title: string
  readonly flags: readonly string[]
  /** g++'s name of the runtime, which must be loaded before Node is. */
  readonly runtime: string
  /** Builds of the engine that are worth the time. */
  readonly builds: readonly EngineBuildName[]
  /** Faults of prover/native/src/testing/faults.cpp that it must report, and a word of each report. */
  readonly faults: Readonly<Record<string, string>>
}

/** Little optimisation: it compiles in a fifth of the time. */
const COMMON_FLAGS = ['-O1', '-g1', '-fno-omit-frame-pointer']

export const SANITIZERS: readonly Sanitizer[] = [
  {
    name: 'address',
    title: 'Addresses and undefined behaviour',
    flags: [...COMMON_FLAGS, '-fsanitize=address,undefined', '-D_GLIBCXX_ASSERTIONS', '-DPOA_KEEP_NO_MEMORY'],
    runtime: 'libasan.so',
    builds: ['ifma', 'plain'],
    faults: {
      readOutOfBounds: 'heap-buffer-overflow',
      readBehindWorkVector: 'heap-buffer-overflow',
      overflowSigned: 'signed integer overflow',
      readMisaligned: 'misaligned address',
    },
  },
  {
    name: 'thread',
    title: 'Data races',
    flags: [...COMMON_FLAGS, '-fsanitize=thread'],
    runtime: 'libtsan.so',
    // Its threads are those of the other builds, and each load and store costs ten.
    builds: ['plain'],
    faults: { raceOfThreads: 'data race' },
  },
]

/** A sanitizer with everything compiled. */
export type SanitizedBuilds = {
  /** Holds <build>.node and faults.node. */
  readonly directory: string
  readonly builds: readonly EngineBuildName[]
  /** For LD_PRELOAD. */
  readonly preload: string
}

/**
 * Compiles the engine with a sanitizer to build/sanitize/<name>/, what is not up to date of it, one build after the other.
 * @throws PoaError SANITIZERS_MISSING, BUILD_FAILED
 */
export async function buildSanitized(sanitizer: Sanitizer, report: ReportProgress): Promise<SanitizedBuilds> {
  const tools = findTools()
  if (tools.missing !== undefined) throw missing(`${tools.missing} is missing`)
  const runtimes = [sanitizer.runtime, 'libstdc++.so'].map((file) => findRuntime(tools, file))
  const directory = join(REPOSITORY_ROOT, 'build', 'sanitize', sanitizer.name)
  await mkdir(directory, { recursive: true })
  await compile({ name: 'cpuFeatures', source: 'cpuFeatures.cpp', flags: [] }, tools)
  const runnable = runnableBuilds()
  const builds = sanitizer.builds.filter((build) => runnable.includes(build))

  const flags = [...sanitizer.flags]
  const faults = await compile({ name: 'faults', source: 'testing/faults.cpp', flags }, tools, directory)
  if (faults.state === 'failed')
    throw missing(`${tools.compiler.command} refused ${flags.join(' ')}: ${faults.message}`)
  for (const [i, name] of builds.entries()) {
    report((i + 1) / (builds.length + 1), name)
    const own = [...(BUILDS[name] ?? []), ...flags]
    const { state, message } = await compile({ name, source: 'addon.cpp', flags: own }, tools, directory)
    if (state === 'failed') throw new PoaError('BUILD_FAILED', `the compiler refused the ${name} build: ${message}`)
  }
  return { directory, builds, preload: runtimes.join(' ') }
}

function findRuntime({ compiler }: Tools, file: string): string {
  const { stdout } = spawnSync(compiler.command, [`-print-file-name=${file}`], { encoding: 'utf8' })
  const path = stdout.trim()
  // The name alone comes back when there is no such file.
  if (!isAbsolute(path)) throw missing(`${compiler.version} has no ${file}`)
  return path
}

const missing = (what: string) =>
  new PoaError('SANITIZERS_MISSING', `the native prover cannot be built with sanitizers: ${what}`, {
    hint: "Linux and g++ with its sanitizers' runtime libraries are needed; CXX names another g++.",
  })
