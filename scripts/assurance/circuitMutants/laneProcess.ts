/**
 * Runs test files inside a sandbox, its working directory, again and again in one process: `laneProcess.ts`, started by Sandbox.ts. Starting
 * a test runner and the compiler for each of a thousand mutants would take longer than the tests. Test files find `describe`, `test`
 * and `beforeAll` of this file in place of vitest's; `expect` is vitest's own.
 */
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'

export type Failure = { readonly test: string; readonly message: string }
/** `ignored`: patterns of messages; with `stops` a failure that matches none of them ends the run. */
export type TestTask = { readonly testFile: string; readonly stops: boolean; readonly ignored: readonly string[] }
export type TestOutcome = { readonly passed: number; readonly failures: readonly Failure[] }
/** Without a statement: the template is the original, to be kept for comparison. */
export type LieTask = { readonly template: string; readonly statement?: string }
export type LieOutcome = { readonly accepted?: string | undefined; readonly error?: string }

/** What the process says beside outcomes: the compiler blocks it, so only from outside can be seen that it does not end. */
export type Notice = 'compiler starts' | 'compiler ended'

type Body = (...values: unknown[]) => unknown
type Suite = { readonly hooks: Body[]; readonly tests: { readonly name: string; readonly body: Body }[] }
let suite: Suite = { hooks: [], tests: [] }

const each =
  (declare: (name: string, body: Body) => void) => (cases: readonly unknown[]) => (name: string, body: Body) => {
    for (const one of cases) {
      const values = Array.isArray(one) ? one : [one]
      declare(format(name, ...values.filter((value) => typeof value !== 'object')), () => body(...values))
    }
  }
const describe = (_name: string, body: Body) => body()
const test = (name: string, body: Body) => suite.tests.push({ name, body })
Object.assign(globalThis, {
  testShim: {
    describe: Object.assign(describe, { each: each(describe) }),
    test: Object.assign(test, { each: each(test) }),
    beforeAll: (body: Body) => suite.hooks.push(body),
  },
  runCircom,
})

const require = createRequire(import.meta.url)
const { CircomRunner, bindings } = require('circom2')
let compiler: Promise<WebAssembly.Module> | undefined

/** The compiler in this process, compiled itself only once; like the command, it sees the working directory. */
async function runCircom(args: string[]): Promise<{ stdout: string }> {
  compiler ??= WebAssembly.compile(fs.readFileSync(require.resolve('circom2/circom.wasm')))
  let output = ''
  const captured = {
    ...fs,
    writeSync: (fd: number, bytes: Uint8Array, ...rest: [number, number, number | null]) => {
      if (fd > 2) return fs.writeSync(fd, bytes, ...rest)
      const [offset = 0, length = bytes.length] = rest
      output += Buffer.from(bytes.subarray(offset, offset + length)).toString()
      return length
    },
  }
  const runner = new CircomRunner({
    args,
    env: process.env,
    preopens: { '.': '.' },
    bindings: { ...bindings, fs: captured },
  })
  const module = await compiler
  runner.compile = async () => module
  await notify('compiler starts')
  try {
    await runner.execute()
  } catch (error) {
    throw Object.assign(new Error('circom refuses'), {
      stdout: output,
      stderr: error instanceof Error ? `\n${error.message}` : '',
    })
  } finally {
    await notify('compiler ended')
  }
  return { stdout: output }
}

/** Resolves when the message has left the process. */
function notify(notice: Notice): Promise<void> {
  return new Promise((resolve) => process.send?.(notice, undefined, undefined, () => resolve()))
}

let runs = 0

async function runTests({ testFile, stops, ignored }: TestTask): Promise<TestOutcome> {
  suite = { hooks: [], tests: [] }
  const failures: Failure[] = []
  const patterns = ignored.map((pattern) => new RegExp(pattern))
  const attempt = async (name: string, body: Body): Promise<boolean> => {
    try {
      await body()
      return true
    } catch (error) {
      failures.push({ test: name, message: (error instanceof Error ? error.message : String(error)).slice(0, 300) })
      return false
    }
  }
  const isSettled = () => stops && failures.some(({ message }) => !patterns.some((pattern) => pattern.test(message)))
  let passed = 0
  const url = `${pathToFileURL(join(process.cwd(), testFile))}?run=${runs++}`
  if (!(await attempt('declaring tests', () => import(url)))) return { passed, failures }
  for (const hook of suite.hooks) if (!(await attempt('before the tests', hook))) return { passed, failures }
  for (const { name, body } of suite.tests) {
    if (await attempt(name, body)) passed++
    if (isSettled()) break
  }
  return { passed, failures }
}

async function lie({ template, statement }: LieTask): Promise<LieOutcome> {
  const { openOriginal, findAcceptedLie } = (await import(
    pathToFileURL(join(process.cwd(), 'scripts/assurance/circuitMutants/findAcceptedLie.ts')).href
  )) as typeof import('./findAcceptedLie.ts')
  try {
    if (statement !== undefined) return { accepted: await findAcceptedLie(template, statement) }
    await openOriginal(template)
    return {}
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

process.on('message', async (task: TestTask | LieTask) => {
  process.send?.(await ('testFile' in task ? runTests(task) : lie(task)))
})
process.on('disconnect', () => process.exit())
