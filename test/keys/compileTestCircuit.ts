import { execFile } from 'node:child_process'
import { mkdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { REPOSITORY_ROOT } from '../../scripts/circuits/compileCircuit.ts'

export type TestCircuit = { readonly directory: string; readonly r1csPath: string; readonly wasmPath: string }

/**
 * Compiles test/keys/circuits/<name>.circom, in a fraction of a second.
 * @param user the test file: each has a directory of its own below build/test/, since test files run at the same time
 */
export async function compileTestCircuit(name: string, user: string): Promise<TestCircuit> {
  const output = join('build', 'test', `${user}-${name}`)
  const directory = join(REPOSITORY_ROOT, output)
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  const compiler = join(dirname(createRequire(import.meta.url).resolve('circom2/package.json')), 'cli.js')
  const flags = ['--r1cs', '--wasm', '--sym', '--O2', '-o', output]
  await promisify(execFile)(
    process.execPath,
    ['--no-warnings', compiler, `test/keys/circuits/${name}.circom`, ...flags],
    {
      cwd: REPOSITORY_ROOT,
    },
  )
  const path = (file: string) => join(directory, file)
  await rename(path(`${name}.r1cs`), path('circuit.r1cs'))
  await rename(path(`${name}.sym`), path('circuit.sym'))
  await rename(path(join(`${name}_js`, `${name}.wasm`)), path('circuit.wasm'))
  return { directory, r1csPath: path('circuit.r1cs'), wasmPath: path('circuit.wasm') }
}
