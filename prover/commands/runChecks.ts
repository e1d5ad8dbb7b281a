import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import type { Address } from 'viem'
import { getBalance, readContract } from 'viem/actions'
import { inferenceEscrowAbi, modelRegistryAbi } from '../../src/chain/abi.ts'
import { PoaError } from '../../src/errors.ts'
import type { Settings } from '../config/settings.ts'
import { describeForLog } from '../describeForLog.ts'
import type { NodeChain } from '../indexing/connectChain.ts'
import { createLogger } from '../node/createLogger.ts'
import { chooseProver, describeProver } from '../proving/chooseProver.ts'
import { requireMigrated } from '../store/migrate.ts'
import { openDatabase } from '../store/openDatabase.ts'
import { openCircuits } from '../worker/openCircuits.ts'
import { databaseLocation } from './dbCommand.ts'
import { openAccount } from './openAccount.ts'
import { openChain } from './openChain.ts'
import { formatOpen } from './report.ts'

/** Whether one thing is as a node needs it. */
export type Check = {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  /** What mends it. */
  readonly hint?: string | undefined
}

const LEAST_NODE = [20, 11] as const
const LEAST_FREE_BYTES = 1024 ** 3
const HEALTH_TIMEOUT_MS = 2000

/** Looks at everything that a node with these settings needs, one after the other; nothing is changed and nothing thrown. */
export async function runChecks(settings: Settings): Promise<Check[]> {
  let chain: NodeChain | undefined
  let account: Address | undefined
  let escrowError: PoaError | undefined
  const requireChain = (): NodeChain => {
    if (escrowError !== undefined) throw new PoaError('NOT_CHECKED', 'not checked: it takes the right escrow')
    if (chain === undefined) throw new PoaError('NOT_CHECKED', 'not checked: the chain cannot be asked')
    return chain
  }
  const requireAccount = (): Address => {
    if (account === undefined) throw new PoaError('NOT_CHECKED', 'not checked: there is no account')
    return account
  }
  const checks: Record<string, () => Promise<string>> = {
    node: checkNodeVersion,
    circuits: () => checkCircuits(settings),
    prover: async () => describeProver(chooseProver(settings.prover, settings.proverThreads)),
    database: () => checkDatabase(settings),
    chain: async () => {
      try {
        chain = await openChain(settings)
      } catch (error) {
        if (!(error instanceof PoaError && error.code === 'ESCROW_NOT_FOUND')) throw error
        escrowError = error
      }
      return chain === undefined
        ? `chain ${settings.chainId}`
        : `chain ${chain.chainId} through ${chain.rpcNames.join(', ')}`
    },
    escrow: async () => {
      if (escrowError !== undefined) throw escrowError
      return `InferenceEscrow at ${requireChain().deployment.inferenceEscrow}`
    },
    account: async () => {
      account = (await openAccount(settings)).address
      return account
    },
    funds: () => checkFunds(settings, requireChain(), requireAccount()),
    sealing: () => checkSealing(requireChain(), requireAccount()),
    disk: () => checkDisk(settings),
    api: () => checkPort(settings.host, settings.port, 'port'),
    metrics: () => checkPort(settings.metricsHost, settings.metricsPort, 'metrics-port'),
  }
  const results: Check[] = []
  for (const [name, check] of Object.entries(checks)) results.push(await runCheck(name, check))
  return results
}

async function runCheck(name: string, check: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await check() }
  } catch (error) {
    return {
      name,
      ok: false,
      detail: describeForLog(error).message,
      hint: error instanceof PoaError ? error.hint : undefined,
    }
  }
}

async function checkNodeVersion(): Promise<string> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])) {
    throw new PoaError('NODE_TOO_OLD', `Node ${process.versions.node}; ${LEAST_NODE.join('.')} or newer is needed`, {
      hint: 'Install a newer Node.',
    })
  }
  return `Node ${process.versions.node}`
}

/** Hashes every file, as the node does at its start. */
async function checkCircuits({ artifacts }: Settings): Promise<string> {
  const circuits = await openCircuits([artifacts])
  try {
    return circuits
      .list()
      .map(({ manifest: { shape, setup, circuitId } }) => `${shape} ${circuitId} (${setup} keys)`)
      .join(', ')
  } finally {
    await circuits.close()
  }
}

async function checkDatabase(settings: Settings): Promise<string> {
  const where = databaseLocation(settings)
  if ('directory' in where && !existsSync(where.directory)) return `embedded, will be made in ${where.directory}`
  try {
    const db = await openDatabase(where, createLogger('silent'))
    try {
      await db.ping()
      // An embedded one is brought to the newest version at the start.
      if (db.kind === 'postgres') await requireMigrated(db)
      return db.kind === 'postgres' ? 'PostgreSQL answers and is migrated' : `embedded, in ${settings.dataDir}`
    } finally {
      await db.close()
    }
  } catch (error) {
    if (error instanceof PoaError && error.code === 'DATABASE_LOCKED') return 'embedded, in use by a running node'
    throw error
  }
}

async function checkFunds({ minBalanceWei }: Settings, { client }: NodeChain, account: Address): Promise<string> {
  const balanceWei = await getBalance(client, { address: account })
  if (balanceWei < minBalanceWei) {
    throw new PoaError(
      'FUNDS_LOW',
      `${formatOpen(balanceWei)} OPEN; at least ${formatOpen(minBalanceWei)} is needed for gas`,
      { hint: `Send OPEN to ${account}, or lower minBalanceWei.` },
    )
  }
  return `${formatOpen(balanceWei)} OPEN`
}

/** Without the right the node still proves what operators seal themselves, but seals nothing. */
async function checkSealing({ client, deployment }: NodeChain, account: Address): Promise<string> {
  const registry = { address: deployment.modelRegistry, abi: modelRegistryAbi }
  const count = await readContract(client, { ...registry, functionName: 'modelCount' })
  if (count === 0n) return 'no model is registered yet'
  const ids = Array.from({ length: Number(count) }, (_, i) => BigInt(i + 1))
  const operators = new Set(
    await Promise.all(
      ids.map(
        async (id) => (await readContract(client, { ...registry, functionName: 'modelOf', args: [id] })).operator,
      ),
    ),
  )
  const mayFor = await Promise.all(
    [...operators].map(
      async (operator) =>
        operator === account ||
        readContract(client, {
          address: deployment.inferenceEscrow,
          abi: inferenceEscrowAbi,
          functionName: 'isSealerOf',
          args: [operator, account],
        }),
    ),
  )
  const allowed = mayFor.filter(Boolean).length
  if (allowed === 0) {
    throw new PoaError('NO_RIGHT_TO_SEAL', `no operator of ${count} models lets ${account} seal`, {
      hint: `An operator runs: poa operator approve-sealer ${account}`,
    })
  }
  return `may seal for ${allowed} of ${operators.size} operators`
}

async function checkDisk({ dataDir }: Settings): Promise<string> {
  let folder = dataDir
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const gigabytes = (free / 1024 ** 3).toFixed(1)
  if (free < LEAST_FREE_BYTES) {
    throw new PoaError('DISK_FULL', `${gigabytes} GiB free for ${dataDir}; at least 1 is needed`, {
      hint: 'Free some space, or set dataDir.',
    })
  }
  return `${gigabytes} GiB free for ${dataDir}`
}

async function checkPort(host: string, port: number, flag: string): Promise<string> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return port === 0 ? 'a free port' : `${host}:${port} is free`
  } catch (cause) {
    if (await isNode(host, port)) return `a node listens on ${host}:${port} already`
    const code = (cause as NodeJS.ErrnoException).code
    throw new PoaError('PORT_TAKEN', `cannot listen on ${host}:${port} (${code})`, {
      cause,
      hint: `End what listens there, or give --${flag} another.`,
    })
  } finally {
    server.close()
  }
}

async function isNode(host: string, port: number): Promise<boolean> {
  const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS)
  for (const path of ['healthz', 'metrics']) {
    const response = await fetch(`http://${host}:${port}/${path}`, { signal }).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.ok) return true
  }
  return false
}
