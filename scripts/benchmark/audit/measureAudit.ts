import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { PoaError } from '../../../src/errors.ts'
import { REPOSITORY_ROOT } from '../../circuits/compileCircuit.ts'

const SAMPLE_MS = 500

export type AuditFigures = {
  readonly exitCode: number
  /** What the command printed with --json. */
  readonly answer: unknown
  readonly seconds: number
  /** The largest resident memory of the process, its threads included, in the first and in the second half of the time; undefined where the system has no /proc. */
  readonly memoryMiB: { readonly firstHalf: number; readonly secondHalf: number } | undefined
}

/**
 * Runs `poa audit` in a process of its own, so that its time and its memory are nobody else's.
 * @param args of `poa audit`
 * @throws PoaError AUDIT_UNREADABLE when it prints no JSON
 */
export async function measureAudit(args: readonly string[]): Promise<AuditFigures> {
  const startedAt = performance.now()
  const audit = spawn(process.execPath, [join(REPOSITORY_ROOT, 'prover/poa.mjs'), 'audit', ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const output: Buffer[] = []
  audit.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  const samples: number[] = []
  const timer = setInterval(async () => {
    const mebibytes = await readResidentMiB(audit.pid!)
    if (mebibytes !== undefined) samples.push(mebibytes)
  }, SAMPLE_MS)
  try {
    const [code] = await once(audit, 'close')
    const seconds = (performance.now() - startedAt) / 1000
    return { exitCode: code ?? -1, answer: readAnswer(Buffer.concat(output)), seconds, memoryMiB: halves(samples) }
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

function halves(samples: readonly number[]): AuditFigures['memoryMiB'] {
  if (samples.length < 2) return undefined
  const middle = samples.length >> 1
  return { firstHalf: Math.max(...samples.slice(0, middle)), secondHalf: Math.max(...samples.slice(middle)) }
}

function readAnswer(output: Buffer): unknown {
  try {
    return JSON.parse(output.toString('utf8'))
  } catch (cause) {
    throw new PoaError('AUDIT_UNREADABLE', 'poa audit printed no JSON; see above', { cause })
  }
}
