import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type Logger, pino } from 'pino'
import type { ApiInstance } from '../../../prover/server/ApiContext.ts'
import { buildServer, type ServerLimits } from '../../../prover/server/buildServer.ts'
import { Disclosures } from '../../../prover/server/Disclosures.ts'
import { type Metrics, openMetrics } from '../../../prover/server/openMetrics.ts'
import type { ReadinessCheck } from '../../../prover/server/Readiness.ts'
import type { Circuits } from '../../../prover/worker/openCircuits.ts'
import type { ProofOrder } from '../../../prover/worker/ProofQueue.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import { type MirrorSetting, openMirrorSetting, stranger } from '../intake/openMirrorSetting.ts'

/** The API on a mirror that a test writes, without a chain and without workers. */
export type ApiSetting = MirrorSetting & {
  readonly app: ApiInstance
  readonly metrics: Metrics
  /** Everything that was logged, at every level. */
  readonly logged: string[]
  /** Proofs that were ordered. */
  readonly ordered: ProofOrder[]
  /** Of the folder `disclosed`. */
  readonly disclosures: Disclosures
  readonly disclosed: string
  drain(): void
}

export type ApiOptions = {
  readonly limits?: Partial<ServerLimits>
  readonly readinessChecks?: readonly ReadinessCheck[]
  readonly circuits?: Circuits
  readonly explorer?: string
  readonly corsOrigins?: readonly string[]
}

export const LIMITS: ServerLimits = {
  maxPendingTraces: 10_000,
  minFeeWei: 0n,
  tracesPerMinutePerOperator: 100_000,
  requestsPerMinutePerAddress: 100_000,
}

const NO_CIRCUITS: Circuits = { get: () => undefined, list: () => [], close: async () => undefined }

export async function openApi({
  limits,
  readinessChecks = [],
  circuits = NO_CIRCUITS,
  explorer = '/nowhere',
  corsOrigins = [],
}: ApiOptions = {}): Promise<ApiSetting> {
  const setting = await openMirrorSetting()
  const logged: string[] = []
  const logger = listeningLogger(logged)
  const ordered: ProofOrder[] = []
  let isDraining = false
  const metrics = openMetrics({
    ...setting,
    queueCounts: async () => ({ queued: 1, active: 2, dead: 3 }),
    account: stranger.address,
    prover: { name: 'native', build: 'mulx', threads: 3 },
    logger,
  })
  const disclosed = await mkdtemp(join(tmpdir(), 'poa-test-disclosed-'))
  const disclosures = new Disclosures({ directory: disclosed, kysely: setting.db.kysely, chain: setting.chain, logger })
  const app = await buildServer({
    ...setting,
    circuits,
    disclosures,
    explorer,
    corsOrigins,
    queue: { enqueue: async (order) => void ordered.push(order) },
    account: stranger.address,
    limits: { ...LIMITS, ...limits },
    readinessChecks,
    metrics,
    logger,
    isDraining: () => isDraining,
  })
  return {
    ...setting,
    app,
    metrics,
    logged,
    ordered,
    disclosures,
    disclosed,
    drain: () => {
      isDraining = true
    },
    async close() {
      await app.close()
      await setting.close()
      await rm(disclosed, { recursive: true })
    },
  }
}

function listeningLogger(logged: string[]): Logger {
  const destination = new Writable({
    write(chunk, _encoding, done) {
      logged.push(String(chunk))
      done()
    },
  })
  return pino({ level: 'trace' }, destination)
}

/** POSTs a value as JSON: bigints as decimal strings. */
export function post(app: ApiInstance, url: string, body: unknown) {
  return app.inject({ method: 'POST', url, headers: { 'content-type': 'application/json' }, payload: toJson(body) })
}
