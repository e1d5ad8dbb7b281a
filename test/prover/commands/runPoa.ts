import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const POA = fileURLToPath(new URL('../../../prover/poa.mjs', import.meta.url))

export type Run = { readonly exitCode: number; readonly stdout: string; readonly stderr: string }

/**
 * Runs `poa` as its users do. From a folder of the caller's: no path may depend on where the user stands. Settings of this machine do not count.
 * @param env added to an environment without POA_... and DATABASE_URL
 */
export function runPoa(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('POA_') && name !== 'DATABASE_URL')
  return new Promise((resolve) => {
    // Node's own deprecation warnings are none of ours.
    const options = { cwd, env: { ...Object.fromEntries(inherited), NODE_NO_WARNINGS: '1', ...env } }
    execFile(process.execPath, [POA, ...args], options, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

/** The one JSON object on stdout. */
// biome-ignore lint/suspicious/noExplicitAny: its fields are what is tested
export function onlyJson({ stdout }: Run): any {
  expect(stdout.trim().split('\n')).toHaveLength(1)
  const json = JSON.parse(stdout)
  expect(typeof json === 'object' && !Array.isArray(json)).toBe(true)
  return json
}
