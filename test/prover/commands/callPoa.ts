import { vi } from 'vitest'
import { createProgram } from '../../../prover/commands/createProgram.ts'
import { reportAndExit } from '../../../prover/reportAndExit.ts'
import type { Run } from './runPoa.ts'

/**
 * Runs a command of `poa` in this process, which takes a tenth of the time. Settings of this machine do not count.
 * @param env the only POA_... variables it sees
 */
export async function callPoa(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('POA_') || name === 'DATABASE_URL') vi.stubEnv(name, undefined)
  }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const lines = { stdout: [] as string[], stderr: [] as string[] }
  const spies = [
    vi.spyOn(console, 'log').mockImplementation((line) => void lines.stdout.push(String(line))),
    vi.spyOn(console, 'error').mockImplementation((line) => void lines.stderr.push(String(line))),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.stderr.push(String(text)) > 0),
  ]
  const exitCode = process.exitCode
  const listeners = process.stdout.listeners('error')
  process.exitCode = 0
  try {
    await reportAndExit(await createProgram(args.slice(0, 1)), ['node', 'poa', ...args])
    return { exitCode: Number(process.exitCode), stdout: lines.stdout.join('\n'), stderr: lines.stderr.join('\n') }
  } finally {
    process.exitCode = exitCode
    for (const listener of process.stdout.listeners('error')) {
      if (!listeners.includes(listener)) process.stdout.off('error', listener as () => void)
    }
    for (const spy of spies) spy.mockRestore()
    vi.unstubAllEnvs()
  }
}
