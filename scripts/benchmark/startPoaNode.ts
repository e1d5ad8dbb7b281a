import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PoaError } from '../../src/errors.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import { REPOSITORY_ROOT } from '../circuits/compileCircuit.ts'

/** `poa node`, as a user starts it. */
export type PoaNode = { readonly url: string; readonly metricsUrl: string; stop(): Promise<void> }

/**
 * Starts `poa node` with its settings and data in the directory, on free ports.
 * @throws PoaError NODE_NOT_STARTED with what it said
 */
export async function startPoaNode(directory: string, settings: Record<string, unknown>): Promise<PoaNode> {
  const file = join(directory, 'poa.json')
  await writeFile(file, toJson({ dataDir: join(directory, 'data'), port: 0, metricsPort: 0, ...settings }))
  const child = spawn(
    process.execPath,
    [join(REPOSITORY_ROOT, 'prover', 'poa.mjs'), 'node', '--config', file, '--json'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const ended = once(child, 'exit')
  let log = ''
  child.stderr.on('data', (chunk) => {
    log = `${log}${chunk}`.slice(-2000)
  })
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [unknown]
  const up = typeof line === 'string' ? (JSON.parse(line) as { url?: string; metricsUrl?: string }) : {}
  if (up.url === undefined || up.metricsUrl === undefined)
    throw new PoaError('NODE_NOT_STARTED', `poa node did not start: ${log}`)
  const { url, metricsUrl } = up
  return {
    url,
    metricsUrl,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
