import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { REPOSITORY_ROOT } from '../../scripts/circuits/compileCircuit.ts'

/** Runs the command as npm does, to its end: a process that kept threads alive would hang here. */
async function run(...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  const command = [process.execPath, ['--import', 'tsx', 'scripts/keys/main.ts', ...args]] as const
  try {
    return { ...(await promisify(execFile)(...command, { cwd: REPOSITORY_ROOT })), code: 0 }
  } catch (error) {
    return error as { stdout: string; stderr: string; code: number }
  }
}

test('default: --json prints one object, and the second run changes nothing', async () => {
  const first = JSON.parse((await run('--shape', 'tiny', '--json')).stdout)
  const second = JSON.parse((await run('dev', '--shape', 'tiny', '--json')).stdout)
  expect(first).toMatchObject({ ok: true, manifest: { setup: 'dev', shape: 'tiny', publicCount: 6 } })
  expect(second).toEqual({ ...first, cached: true, engine: undefined })
})

test('behavior: --help shows an example', async () => {
  const { stdout, code } = await run('--help')
  expect(code).toBe(0)
  expect(stdout).toContain('npm run keys -- --shape tiny')
})

test('error: production without powers of tau, their hash or a beacon', async () => {
  const json = await run('production', '--shape', 'tiny', '--json')
  expect(json.code).toBe(1)
  expect(JSON.parse(json.stdout)).toEqual({
    ok: false,
    code: 'KEYS_NO_PTAU',
    message: 'Production keys need --ptau <file>',
  })
  const where = ['production', '--shape', 'tiny', '--ptau', 'absent.ptau']
  for (const [args, error] of [
    [[], 'KEYS_NO_PTAU_HASH: Production keys need --ptau-sha256 <hex>\n'],
    [['--ptau-sha256', '00'], 'KEYS_NO_BEACON: Production keys need --beacon <hex>\n'],
  ] as const) {
    const text = await run(...where, ...args)
    expect([text.code, text.stdout, text.stderr]).toEqual([1, '', error])
  }
})

test('error: a shape that is not registered', async () => {
  const { code, stderr } = await run('--shape', 'huge')
  expect(code).toBe(2)
  expect(stderr).toContain("'huge' is invalid. Allowed choices are tiny, small")
})
