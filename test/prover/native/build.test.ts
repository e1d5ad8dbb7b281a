/** What `npm install` does without a compiler, and what is loaded then: in a copy of the folders, so that the real builds stay. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, chmod, copyFile, cp, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runnableBuilds } from '../../../prover/proving/native/loadEngine.ts'
import { buildOnce } from './buildOnce.ts'

buildOnce()

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
let copy: string
const built = (file: string) => join(copy, 'build', 'native', file)

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'poa-test-build-'))
  for (const path of ['prover/native', 'prover/proving/native', 'src/errors.ts'])
    await cp(join(ROOT, path), join(copy, path), { recursive: true })
  await writeFile(join(copy, 'package.json'), '{"type":"module"}')
})
beforeEach(() => rm(join(copy, 'build'), { recursive: true, force: true }))
afterAll(() => rm(copy, { recursive: true }))

function build(compiler: string, ...args: string[]) {
  const script = join(copy, 'prover', 'native', 'build.mjs')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    env: { ...process.env, CXX: compiler },
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

/** Loads the engine of the copy; a new process each time, since a process loads an addon once. */
function loadCopy(): { build?: string; code?: string; message?: string } {
  const script = `import('${join(copy, 'prover', 'proving', 'native', 'loadEngine.ts')}').then(({ loadEngine }) => ({ build: loadEngine().instructionSet }))
    .catch(({ code, message }) => ({ code, message })).then((result) => console.log(JSON.stringify(result)))`
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script]
  return JSON.parse(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout)
}

async function takeOver(...names: string[]): Promise<void> {
  await mkdir(join(copy, 'build', 'native'), { recursive: true })
  for (const file of names.flatMap((name) => [`${name}.node`, `${name}.node.sha256`]))
    await copyFile(join(ROOT, 'build', 'native', file), built(file))
}

test('default: what is current is left alone', () => {
  const script = join(ROOT, 'prover', 'native', 'build.mjs')
  const { status, stdout } = spawnSync(process.execPath, [script, '--json'], { encoding: 'utf8' })
  expect(status).toBe(0)
  const { builds } = JSON.parse(stdout) as { builds: { name: string; state: string }[] }
  expect(builds).toHaveLength(2)
  expect(builds[0]).toMatchObject({ name: 'cpuFeatures', state: 'current' })
  expect(builds[1]).toMatchObject({ state: 'current' })
})

test('behavior: without a compiler npm install goes on and says so in one line; so does whoever loads it', () => {
  const { status, stdout, stderr } = build(join(copy, 'no-compiler'), '--install')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^The native prover was not built, a C\+\+ compiler \(.*\) is missing: .*\n$/)
  expect(loadCopy()).toEqual({
    code: 'NATIVE_NOT_BUILT',
    message: 'the native prover is not built: a C++ compiler (g++ or clang++) was missing',
  })
})

test("behavior: a compiler that refuses it stops npm install as little, but a build of one's own", async () => {
  const compiler = join(copy, 'refusing-compiler')
  await writeFile(
    compiler,
    '#!/bin/sh\n[ "$1" = --version ] && echo refuser 1 && exit 0\necho "no such thing" >&2\nexit 1\n',
  )
  await chmod(compiler, 0o755)
  const installed = build(compiler, '--install')
  expect(installed.status).toBe(0)
  expect(installed.stdout).toMatch(/^The native prover was not built, the compiler refused it .*\n$/)
  const own = build(compiler)
  expect(own.status).toBe(1)
  expect(own.stderr).toContain('no such thing')
  expect(existsSync(built('cpuFeatures.node'))).toBe(false)
  expect(loadCopy().message).toBe('the native prover is not built: the compiler refused it')
})

test('behavior: nobody built it', () => {
  expect(loadCopy()).toEqual({ code: 'NATIVE_NOT_BUILT', message: 'the native prover is not built' })
})

test('behavior: of the builds that are there, the one that this CPU runs', async () => {
  await takeOver('cpuFeatures', 'plain')
  expect(loadCopy()).toEqual({ build: 'plain' })
})

test('error: a build that is damaged', async () => {
  await takeOver('cpuFeatures')
  for (const name of ['ifma', 'mulx', 'plain']) await writeFile(built(`${name}.node`), 'no addon')
  expect(loadCopy()).toMatchObject({ code: 'NATIVE_NOT_RUNNABLE' })
})

test('error: unknown options', () => {
  expect(build('', '--everything')).toMatchObject({ status: 2, stderr: 'Unknown option --everything. See --help.\n' })
})

test('error: a build of other sources is not loaded', async () => {
  const fastest = runnableBuilds()[0]!
  await takeOver('cpuFeatures', fastest)
  expect(loadCopy()).toEqual({ build: fastest })
  const source = join(copy, 'prover', 'native', 'src', 'errors.h')
  await appendFile(source, '// changed\n')
  const message = `the native prover's ${fastest} build is of other sources`
  expect(loadCopy()).toEqual({ code: 'NATIVE_NOT_BUILT', message })
  await copyFile(join(ROOT, 'prover', 'native', 'src', 'errors.h'), source)
})

test('error: a build that was cut short is refused before it is loaded', async () => {
  const fastest = runnableBuilds()[0]!
  await takeOver('cpuFeatures', fastest)
  await truncate(built(`${fastest}.node`), 200_000)
  const message = `the native prover's ${fastest} build is damaged`
  expect(loadCopy()).toEqual({ code: 'NATIVE_NOT_RUNNABLE', message })
})

test('behavior: where the fastest build is damaged, the next one', async () => {
  const [fastest, next] = runnableBuilds()
  if (next === undefined) return expect(fastest).toBe('plain')
  await takeOver('cpuFeatures', fastest!, next)
  await truncate(built(`${fastest}.node`), 200_000)
  expect(loadCopy()).toEqual({ build: next })
})
