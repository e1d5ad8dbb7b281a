import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { LocalAccount } from 'viem'
import { PoaError } from '../../src/errors.ts'
import { requireSettings, type Settings } from '../config/loadSettings.ts'
import { describeForLog } from '../describeForLog.ts'
import { connectChain, type NodeChain } from '../indexing/connectChain.ts'
import { openWallet } from '../keystore/openWallet.ts'
import { chooseProver, describeProver } from '../proving/chooseProver.ts'
import type { OnStep } from '../steps.ts'
import { migrate, requireMigrated } from '../store/migrate.ts'
import { type NodeDatabase, openDatabase } from '../store/openDatabase.ts'
import { openCircuits } from '../worker/openCircuits.ts'
import { openProofQueue } from '../worker/openProofQueue.ts'
import type { Role, RoleContext, RunningRole } from './Role.ts'
import { startIndexing } from './startIndexing.ts'
import { recallTraces, startServing } from './startServing.ts'
import { startSubmitting } from './startSubmitting.ts'
import { startWorking } from './startWorking.ts'

/** A node that is up. */
export type RunningNode = {
  /** Of the HTTP API and of the metrics, where this process serves them. */
  readonly url: string | undefined
  readonly metricsUrl: string | undefined
  /** Two phases: finish what is under way, for at most `drainSeconds`, then give up the rest. A second call skips to the second phase. */
  stop(): Promise<void>
}

export type NodeOptions = {
  readonly settings: Settings
  readonly roles: readonly Role[]
  readonly logger: Logger
  readonly onStep?: OnStep
  /** Ends the wait for an RPC that does not answer yet. */
  readonly signal?: AbortSignal
}

const RPC_RETRY_MS = 2000

/**
 * Starts the given roles in this process. Several of them run on an embedded database unless one is named: index and serve look and answer, and do nothing
 * else. One alone needs the database that it shares with the others.
 * @throws PoaError DATABASE_NOT_SHARED, WALLET_MISSING, PROVER_MISSING, NATIVE_NOT_BUILT, NATIVE_NOT_RUNNABLE, WRONG_CHAIN, ESCROW_NOT_FOUND, DATABASE_..., and as the artifacts do
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { settings, roles, logger, signal } = options
  if (roles.length === 1 && settings.databaseUrl === undefined) {
    throw new PoaError(
      'DATABASE_NOT_SHARED',
      `${roles[0]} alone needs the database that it shares with the other roles`,
      {
        hint: 'Set DATABASE_URL=postgres://…, or run every role in one process: poa node.',
      },
    )
  }
  const onStep: OnStep = options.onStep ?? ((step) => logger.debug({ step }, 'step'))
  const account = await openAccount(settings, roles)
  // Whoever does not prove needs no engine.
  const prover = roles.includes('worker') ? chooseProver(settings.prover, settings.proverThreads) : undefined
  if (prover !== undefined) logger.info({ prover: describeProver(prover) }, 'prover chosen')

  const opened: (() => Promise<void>)[] = []
  const closeAll = async () => {
    for (const close of opened.splice(0).reverse()) {
      await close().catch((error) => logger.warn({ error: describeForLog(error) }, 'not closed cleanly'))
    }
  }
  try {
    const db = await openNodeDatabase(settings, logger)
    opened.push(() => db.close())
    const chain = await waitForChain(settings, logger, signal)
    const circuits = await openCircuits([settings.artifacts], {
      ...(prover && { prover }),
      timeoutMs: settings.proofTimeoutSeconds * 1000,
      niceness: settings.niceness,
    })
    opened.push(() => circuits.close())
    const queue = await openProofQueue(db, {
      heartbeatSeconds: settings.heartbeatSeconds,
      retryLimit: settings.proofRetryLimit,
      logger,
    })
    opened.push(() => queue.close())

    let isDraining = false
    const context: RoleContext = {
      settings,
      db,
      chain,
      queue,
      circuits,
      prover,
      logger,
      onStep,
      isDraining: () => isDraining,
    }
    const running: RunningRole[] = []
    const start = async <Running extends RunningRole>(role: Promise<Running>): Promise<Running> => {
      const started = await role
      running.push(started)
      opened.push(() => started.close())
      return started
    }
    if (roles.includes('serve')) await recallTraces(context)
    if (roles.includes('index')) await start(startIndexing(context))
    if (roles.includes('submit')) await start(startSubmitting(context, account!))
    if (roles.includes('worker')) await start(startWorking(context, settings.proverAddress ?? account?.address))
    const serving = roles.includes('serve') ? await start(startServing(context, account?.address)) : undefined
    logger.info({ roles, url: serving?.url, metricsUrl: serving?.metricsUrl, database: db.kind }, 'up')

    let stopping: Promise<void> | undefined
    return {
      url: serving?.url,
      metricsUrl: serving?.metricsUrl,
      async stop() {
        if (isDraining) return closeAll()
        isDraining = true
        stopping ??= (async () => {
          await Promise.all(running.map((role) => role.drain(settings.drainSeconds * 1000)))
          await closeAll()
        })()
        return stopping
      },
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** The embedded database follows the program; a shared one is migrated when its owner says so. */
async function openNodeDatabase({ databaseUrl, dataDir }: Settings, logger: Logger): Promise<NodeDatabase> {
  const db = await openDatabase(
    databaseUrl === undefined ? { directory: join(dataDir, 'database') } : { url: databaseUrl },
    logger,
  )
  try {
    if (databaseUrl === undefined) await migrate(db)
    else await requireMigrated(db)
    return db
  } catch (error) {
    await db.close()
    throw error
  }
}

/** An RPC that does not answer is waited for: machines start in any order. One of another chain is a mistake, and refused. */
async function waitForChain(settings: Settings, logger: Logger, signal?: AbortSignal): Promise<NodeChain> {
  const { rpcUrls, chainId, escrow } = requireSettings(settings, 'rpcUrls', 'chainId', 'escrow')
  for (;;) {
    try {
      return await connectChain({ rpcUrls, chainId, escrow, logger })
    } catch (error) {
      if (!(error instanceof PoaError && error.code === 'RPC_UNREACHABLE') || signal?.aborted) throw error
      logger.warn({ error: describeForLog(error), retryMs: RPC_RETRY_MS }, 'the chain does not answer yet')
      await sleep(RPC_RETRY_MS, undefined, { signal }).catch(() => undefined) // told to end: the next look at the signal ends it
    }
  }
}

/** Whoever sends transactions needs a key; the others only use its address, and only if they are given it. */
async function openAccount(
  { keystore, keystorePassword, privateKey }: Settings,
  roles: readonly Role[],
): Promise<LocalAccount | undefined> {
  if (privateKey !== undefined) return openWallet({ privateKey })
  if (keystore !== undefined) {
    if (keystorePassword === undefined) {
      throw new PoaError('KEYSTORE_PASSWORD_MISSING', 'the keystore has no password', {
        hint: 'Set POA_KEYSTORE_PASSWORD_FILE to a file that holds it.',
      })
    }
    return openWallet({ keystoreFile: keystore, password: keystorePassword })
  }
  if (!roles.includes('submit')) return undefined
  throw new PoaError('WALLET_MISSING', 'this role sends transactions and has no key', {
    hint: 'Make one with `poa keys new` and set `keystore`, then give it coin for gas.',
  })
}
