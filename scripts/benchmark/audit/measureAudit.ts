import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { REPOSITORY_ROOT } from '../../circuits/compileCircuit.ts'

const SAMPLE_MS = 500

/** What a process took. */
export type AuditCost = {
  readonly exitCode: number
  readonly seconds: number
  /** Resident memory over time, threads included, a sample every half second; empty where the system has no /proc. */
  readonly residentMiB: readonly number[]
}

/**
 * Runs `poa audit` in a process of its own, so that its time and its memory are nobody else's. What it says on stderr is passed on.
 * @param args of `poa audit`
 */
export async function measureAudit(args: readonly string[]): Promise<AuditCost> {
  const startedAt = performance.now()
  const audit = spawn(process.execPath, [join(REPOSITORY_ROOT, 'prover/poa.mjs'), 'audit', ...args, '--json'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(audit, 'exit')
  const residentMiB: number[] = []
  const timer = setInterval(async () => {
    const now = await readResidentMiB(audit.pid!)
    if (now !== undefined) residentMiB.push(now)
  }, SAMPLE_MS)
  try {
    const [code] = await ended
    return { exitCode: code ?? -1, seconds: (performance.now() - startedAt) / 1000, residentMiB }
  } finally {
    clearInterval(timer)
    audit.kill()
  }
}

/** undefined once the process has ended, and on systems other than Linux. */
async function readResidentMiB(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kibibytes = status.match(/^VmRSS:\s+(\d+) kB$/m)?.[1]
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024
}
