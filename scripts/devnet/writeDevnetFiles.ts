import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Address, getAddress } from 'viem'
import { writeSamples } from '../../prover/datanets/parseSamples.ts'
import { createKeystore } from '../../prover/keystore/createKeystore.ts'
import type { Shape } from '../../src/shape.ts'
import { REPOSITORY_ROOT } from '../circuits/compileCircuit.ts'
import { type DemoAccounts, demoKey } from '../demo/demoAccounts.ts'
import { extractTextFeatures } from '../demo/extractTextFeatures.ts'
import { DATANETS, loadCorpus } from '../demo/loadCorpus.ts'

export const DEVNET_DIRECTORY = join(REPOSITORY_ROOT, 'build', 'devnet')

/** Published, like the keys that it encrypts. */
const PASSWORD = 'devnet: not a secret'
/** Whom the walk-through signs as, by the name of the keystore, and what the demo calls them. */
const KEYSTORES = { prover: 'prover', operator: 'operator', owner: 'model owner', payer: 'payer 0' } as const

const QUERIES = 32
/** So that somebody who tries the node sees a batch sealed soon, full or not. */
const BATCH_MAX_AGE_SECONDS = 20

export type DevnetFiles = {
  /** Paths from the working directory on. */
  readonly settings: string
  readonly keystores: string
  readonly passwordFile: string
  readonly contributions: string
  readonly queries: string
  readonly addresses: Readonly<Record<keyof typeof KEYSTORES, Address>>
}

/**
 * Writes what the walk-through works with: settings, encrypted keys, contributions and queries from the demo's corpus. Removes what a node made
 * on an earlier devnet: its chain is gone.
 */
export async function writeDevnetFiles(
  directory: string,
  where: { accounts: DemoAccounts; shape: Shape; rpcUrl: string; chainId: number; escrow: Address },
): Promise<DevnetFiles> {
  const { accounts, shape, rpcUrl, chainId, escrow } = where
  const path = (name: string) => join(directory, name)
  for (const stale of ['data', 'contributions', 'queries']) await rm(path(stale), { recursive: true, force: true })
  for (const folder of ['keystores', 'contributions', 'queries']) await mkdir(path(folder), { recursive: true })
  await writeFile(path('password.txt'), `${PASSWORD}\n`, { mode: 0o600 })
  await writeKeystores(path('keystores'))
  await writeContributions(path('contributions'), accounts, shape)
  await writeQueries(path('queries'), shape)
  const settings = {
    rpcUrls: [rpcUrl],
    chainId,
    escrow: getAddress(escrow),
    dataDir: 'data',
    keystore: 'keystores/prover.json',
    keystorePasswordFile: 'password.txt',
    batchMaxAgeSeconds: BATCH_MAX_AGE_SECONDS,
  }
  await writeFile(path('poa.json'), `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 })
  const shown = (name: string) => relative(process.cwd(), path(name))
  return {
    settings: shown('poa.json'),
    keystores: shown('keystores'),
    passwordFile: shown('password.txt'),
    contributions: shown('contributions'),
    queries: shown('queries'),
    addresses: {
      prover: accounts.prover.address,
      operator: accounts.operator.address,
      owner: accounts.modelOwner.address,
      payer: accounts.payers[0]!.address,
    },
  }
}

/** Their keys never change, and encrypting takes seconds: those that are there stay. */
async function writeKeystores(directory: string): Promise<void> {
  for (const [name, role] of Object.entries(KEYSTORES)) {
    const keystoreFile = join(directory, `${name}.json`)
    if (existsSync(keystoreFile)) continue
    await createKeystore({ keystoreFile, password: PASSWORD, privateKey: demoKey(role) })
  }
}

/** One file a contributor, named after its payout address; as many classes and contributors as the circuit has slots for. */
async function writeContributions(directory: string, { contributors }: DemoAccounts, shape: Shape): Promise<void> {
  const { samples } = loadCorpus()
  for (const [slot, { address }] of contributors.slice(0, shape.contributors).entries()) {
    const own = samples.filter(({ contributor, label }) => contributor === slot && label < shape.classes)
    const lines = own.map(({ text, label }) => ({ features: extractTextFeatures(text, shape.features), label }))
    if (lines.length > 0) await writeFile(join(directory, `${address}.jsonl`), writeSamples(lines))
  }
}

/** Held-out texts, the datanets taking turns. The text is for the reader; what a model sees are the features. */
async function writeQueries(directory: string, shape: Shape): Promise<void> {
  const { heldOut } = loadCorpus()
  const byDatanet = DATANETS.slice(0, shape.classes).map((_, label) => heldOut.filter((text) => text.label === label))
  for (let i = 0; i < QUERIES; i++) {
    const own = byDatanet[i % byDatanet.length]!
    const { text } = own[Math.floor(i / byDatanet.length) % own.length]!
    const query = { text, features: extractTextFeatures(text, shape.features) }
    await writeFile(join(directory, `${i + 1}.json`), `${JSON.stringify(query)}\n`)
  }
}
