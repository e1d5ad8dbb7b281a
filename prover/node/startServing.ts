import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Address } from 'viem'
import { PoaError } from '../../src/errors.ts'
import { EXPLORER_DIRECTORY } from '../explorer/vite.config.ts'
import { cancelAgain } from '../intake/cancelAgain.ts'
import { ingestPendingFiles } from '../intake/ingestPendingFiles.ts'
import { buildMetricsServer } from '../server/buildMetricsServer.ts'
import { buildServer } from '../server/buildServer.ts'
import { Disclosures } from '../server/Disclosures.ts'
import { openMetrics } from '../server/openMetrics.ts'
import { checkChain, checkDatabase, checkDisk, checkFunds, checkKeys, checkProver } from '../server/readinessChecks.ts'
import { openTraceFiles } from '../store/openTraceFiles.ts'
import { pruneEvents } from '../store/pruneEvents.ts'
import type { RoleContext, RunningRole } from './Role.ts'
import { startLoop } from './startLoop.ts'

/** Files are compared with the database so often: settled traces' files are closed then. */
const INGEST_PAUSE_MS = 60_000
/** New files in the folder of disclosures, and those whose batch has been settled, are shown so soon. */
const DISCLOSURES_PAUSE_MS = 2000
const PRUNE_PAUSE_MS = 3_600_000
/** Listeners that were away for longer begin anew. */
const EVENT_LIFE_DAYS = 7

const traceDirectoryOf = ({ dataDir }: RoleContext['settings']) => join(dataDir, 'traces')

/**
 * Brings back what the trace files know and the database may have lost with the power: what was accepted, and what was taken back. Before any role
 * starts, so that nobody asks in vain for the one, and nobody seals the other.
 */
export async function recallTraces({ settings, db, logger }: RoleContext): Promise<void> {
  const files = openTraceFiles(traceDirectoryOf(settings), logger)
  await cancelAgain({ db, files, logger })
  await ingestPendingFiles({ db, files, logger })
}

/**
 * The role that answers HTTP: the API and, on an address of its own, the metrics.
 * @throws PoaError ADDRESS_UNAVAILABLE
 */
export async function startServing(
  context: RoleContext,
  account: Address | undefined,
): Promise<RunningRole & { readonly url: string; readonly metricsUrl: string }> {
  const { settings, db, chain, circuits, prover, queue, logger, onStep, isDraining } = context
  const directory = traceDirectoryOf(settings)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const files = openTraceFiles(directory, logger)
  const metrics = openMetrics({ db, chain, queueCounts: () => queue.counts(), account, prover, logger })
  const readinessChecks = [
    checkDatabase(db),
    checkChain(chain, db),
    checkKeys(circuits, chain, db),
    checkDisk(directory),
    ...(prover === undefined ? [] : [checkProver(prover)]),
    ...(account === undefined ? [] : [checkFunds(chain, account, settings.minBalanceWei)]),
  ]
  const { maxPendingTraces, tracesPerMinutePerOperator, requestsPerMinutePerAddress, minFeeWei } = settings
  const disclosures = new Disclosures({ directory: settings.disclosures, kysely: db.kysely, chain, logger })
  const app = await buildServer({
    ...{
      db,
      chain,
      circuits,
      disclosures,
      files,
      queue,
      account,
      readinessChecks,
      metrics,
      onStep,
      logger,
      isDraining,
    },
    explorer: EXPLORER_DIRECTORY,
    corsOrigins: settings.corsOrigins ?? [],
    limits: { maxPendingTraces, tracesPerMinutePerOperator, requestsPerMinutePerAddress, minFeeWei },
  })
  const metricsApp = buildMetricsServer(metrics)
  const loops = [
    startLoop({ name: 'ingest', pauseMs: INGEST_PAUSE_MS, logger }, async () => {
      await ingestPendingFiles({ db, files, logger })
      return false
    }),
    startLoop({ name: 'prune', pauseMs: PRUNE_PAUSE_MS, logger }, async () => {
      await pruneEvents(db.kysely, EVENT_LIFE_DAYS)
      return false
    }),
    startLoop({ name: 'disclosures', pauseMs: DISCLOSURES_PAUSE_MS, logger }, () => disclosures.refresh()),
  ]
  const close = async () => {
    await Promise.all([...loops.map((loop) => loop.stop()), app.close(), metricsApp.close()])
  }
  try {
    const [url, metricsUrl] = await Promise.all([
      listen(app, settings.host, settings.port),
      listen(metricsApp, settings.metricsHost, settings.metricsPort),
    ])
    // Questions are answered until the end; what is new is refused from the first phase on.
    return { url, metricsUrl, drain: async () => undefined, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function listen(
  app: { listen(options: { host: string; port: number }): Promise<string> },
  host: string,
  port: number,
): Promise<string> {
  return app.listen({ host, port }).catch((cause) => {
    throw new PoaError(
      'ADDRESS_UNAVAILABLE',
      `cannot listen on ${host}:${port}: ${(cause as NodeJS.ErrnoException).code}`,
      {
        cause,
        hint: 'Choose another with `port` or `metricsPort`; 0 takes a free one.',
      },
    )
  })
}
