import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Address, defineChain, toHex } from 'viem'
import { PoaError } from '../src/errors.ts'
import { findFoundryBinary } from './findFoundryBinary.ts'

/** All there will ever be: 1,000,000,000 OPEN, in wei. */
export const OPEN_SUPPLY_WEI = 10n ** 27n

const LOCAL_CHAIN_ID = 31337
const START_TIMEOUT_MS = 20_000

/** The L2 on one machine: anvil with OPEN as its coin. */
export type LocalChain = {
  readonly rpcUrl: string
  readonly chain: ReturnType<typeof openChain>
  stop(): Promise<void>
}

export type LocalChainOptions = {
  /** Loopback port; a free one by default. */
  readonly port?: number
  /** Unix seconds of the genesis, from which the chain's clock goes on. By default a fixed instant, so that a run can be repeated: 2025-01-01. */
  readonly genesisTime?: number
  /** Mine so often whether or not there is anything; without it only when there is. Transactions are mined at once either way. */
  readonly blockSeconds?: number
}

/**
 * Starts anvil on loopback. Its genesis holds the given balances and nothing else, so they are the whole supply.
 * @param balancesWei by address
 * @throws PoaError CHAIN_NOT_STARTED
 */
export async function startLocalChain(
  balancesWei: ReadonlyMap<Address, bigint>,
  { port: wantedPort = 0, genesisTime = 1_735_689_600, blockSeconds }: LocalChainOptions = {},
): Promise<LocalChain> {
  const directory = await mkdtemp(join(tmpdir(), 'poa-chain-'))
  const genesisPath = join(directory, 'genesis.json')
  await writeFile(genesisPath, JSON.stringify(genesis(balancesWei, genesisTime)))
  const where = ['--init', genesisPath, '--accounts', '0', '--host', '127.0.0.1', '--port', String(wantedPort)]
  const mining = blockSeconds === undefined ? [] : ['--block-time', String(blockSeconds), '--mixed-mining']
  const anvil = spawn(findFoundryBinary('anvil'), [...where, ...mining], { stdio: ['ignore', 'pipe', 'pipe'] })
  const stopWithUs = () => anvil.kill('SIGKILL')
  process.once('exit', stopWithUs)
  const stop = async () => {
    process.off('exit', stopWithUs)
    if (anvil.exitCode === null && anvil.signalCode === null) {
      const ended = once(anvil, 'exit')
      anvil.kill('SIGTERM')
      await ended
    }
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const port = await listeningPort(anvil)
    anvil.stdout.resume() // a full pipe would stop it
    anvil.stderr.resume()
    const rpcUrl = `http://127.0.0.1:${port}`
    return { rpcUrl, chain: openChain(rpcUrl), stop }
  } catch (cause) {
    await stop()
    throw new PoaError('CHAIN_NOT_STARTED', `anvil did not start: ${(cause as Error).message}`, { cause })
  }
}

function openChain(rpcUrl: string) {
  return defineChain({
    id: LOCAL_CHAIN_ID,
    name: 'OpenLedger (local)',
    nativeCurrency: { name: 'OPEN', symbol: 'OPEN', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
    // While viem looks for one it is deaf to new blocks, and here none may come after the one that it waits for.
    supportsTransactionReplacementDetection: false,
  })
}

function genesis(balancesWei: ReadonlyMap<Address, bigint>, time: number): object {
  const zero = toHex(0, { size: 32 })
  return {
    config: { chainId: LOCAL_CHAIN_ID },
    nonce: '0x0',
    timestamp: toHex(time),
    extraData: '0x',
    gasLimit: toHex(30_000_000),
    difficulty: '0x0',
    mixHash: zero,
    coinbase: toHex(0, { size: 20 }),
    alloc: Object.fromEntries([...balancesWei].map(([address, balance]) => [address, { balance: toHex(balance) }])),
  }
}

async function listeningPort(anvil: ReturnType<typeof spawn>): Promise<number> {
  const errors: string[] = []
  anvil.stderr?.on('data', (chunk) => errors.push(String(chunk)))
  const lines = createInterface({ input: anvil.stdout! })
  const timeout = setTimeout(() => lines.close(), START_TIMEOUT_MS)
  anvil.once('error', (error) => {
    errors.push(error.message)
    lines.close()
  })
  try {
    for await (const line of lines) {
      const match = line.match(/Listening on \S+:(\d+)/)
      if (match) return Number(match[1])
    }
  } finally {
    clearTimeout(timeout)
    lines.close()
  }
  throw new Error(errors.join('').trim() || `no port within ${START_TIMEOUT_MS / 1000} s`)
}
