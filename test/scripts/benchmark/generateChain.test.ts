import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPublicClient, http, parseEventLogs } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Artifacts } from '../../../prover/proving/artifacts.ts'
import { openChildProcessBackend } from '../../../prover/proving/childProcessBackend.ts'
import type { ProvingBackend } from '../../../prover/proving/ProvingBackend.ts'
import { terminate } from '../../../prover/proving/snarkjs.ts'
import { genesisBalances } from '../../../scripts/benchmark/audit/deployMarket.ts'
import { type ChainFigures, generateChain } from '../../../scripts/benchmark/audit/generateChain.ts'
import { judgeAudit } from '../../../scripts/benchmark/audit/judgeAudit.ts'
import { measureAudit } from '../../../scripts/benchmark/audit/measureAudit.ts'
import { openProofStore } from '../../../scripts/benchmark/audit/openProofStore.ts'
import { buildContracts } from '../../../scripts/buildContracts.ts'
import { ensureDevKeysOfShape } from '../../../scripts/keys/ensureDevKeys.ts'
import { type LocalChain, startLocalChain } from '../../../scripts/startLocalChain.ts'
import { epochLedgerAbi, inferenceEscrowAbi } from '../../../src/chain/abi.ts'

const SETTLEMENTS = 40

let directory: string
let artifacts: Artifacts
let backend: ProvingBackend
let chain: LocalChain
let figures: ChainFigures
let proofPath: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-generate-chain-'))
  proofPath = join(directory, 'proofs.jsonl')
  artifacts = (await ensureDevKeysOfShape('tiny')).artifacts
  await terminate()
  await buildContracts()
  backend = openChildProcessBackend(artifacts)
  chain = await startLocalChain(genesisBalances())
  const proofs = await openProofStore(proofPath)
  figures = await generateChain(chain, SETTLEMENTS, { artifacts, backend, proofs }, () => {})
  expect(proofs.counts).toEqual({ found: 0, made: SETTLEMENTS })
})
afterAll(async () => {
  await chain?.stop()
  await backend?.close()
  await rm(directory, { recursive: true, force: true })
})

/** What happened on a chain, by its own logs. */
async function readEvents({ rpcUrl }: LocalChain) {
  const client = createPublicClient({ transport: http(rpcUrl) })
  const logs = await client.getLogs({ fromBlock: 0n })
  const events = parseEventLogs({ abi: [...inferenceEscrowAbi, ...epochLedgerAbi], logs })
  const named = <Name extends (typeof events)[number]['eventName']>(name: Name) =>
    events.filter((event): event is Extract<typeof event, { eventName: Name }> => event.eventName === name)
  return { events, named }
}

test('default: as many settlements as asked for, with all that surrounds them', async () => {
  const { named } = await readEvents(chain)
  expect(figures).toMatchObject({ settlements: SETTLEMENTS, models: 3, contributors: 7 })
  expect({
    settlements: named('BatchSettled').length,
    requests: named('RequestPaid').length,
    refunds: named('RequestRefunded').length,
    epochsOpened: named('EpochOpened').length,
    epochsClosed: named('EpochClosed').length,
    withdrawals: named('Withdrawn').length,
  }).toEqual({
    settlements: figures.settlements,
    requests: figures.requests,
    refunds: figures.refunds,
    epochsOpened: figures.epochsOpened,
    epochsClosed: figures.epochsClosed,
    withdrawals: figures.withdrawals,
  })
  // What makes an audit's work: debts that go on to another epoch, under the same index and another; two policies; epochs that are open.
  const netted = named('ContributorNetted').map(({ args }) => args)
  expect(netted.some(({ carriedWei }) => carriedWei > 0n)).toBe(true)
  expect(netted.some(({ openingWei }) => openingWei < 0n)).toBe(true)
  expect(new Set(named('EpochOpened').map(({ args }) => args.policyId))).toEqual(new Set([1n, 2n]))
  expect(figures.epochsClosed).toBeLessThan(figures.epochsOpened)
  expect(figures.refunds).toBeGreaterThan(0)
  expect(figures.withdrawals).toBeGreaterThan(0)
})

test('behavior: the same chain again, with the proofs that are there; half a line is no proof', async () => {
  const lines = (await readFile(proofPath, 'utf8')).trim().split('\n')
  expect(lines).toHaveLength(SETTLEMENTS)
  const cutPath = join(directory, 'cut.jsonl')
  await writeFile(cutPath, [...lines.slice(0, 30), lines[30]!.slice(0, 100)].join('\n'))
  const again = await startLocalChain(genesisBalances())
  try {
    const proofs = await openProofStore(cutPath)
    expect(await generateChain(again, SETTLEMENTS, { artifacts, backend, proofs }, () => {})).toEqual(figures)
    expect(proofs.counts).toEqual({ found: 30, made: 10 })
    const kept = await openProofStore(cutPath)
    expect(kept.size).toBe(SETTLEMENTS)
    const [first, second] = [(await readEvents(chain)).events, (await readEvents(again)).events]
    expect(second.map(({ eventName, args }) => ({ eventName, args }))).toEqual(
      first.map(({ eventName, args }) => ({ eventName, args })),
    )
  } finally {
    await again.stop()
  }
})

test('default: its audit finds nothing wrong, online and offline, and verifies every proof', async () => {
  const out = join(directory, 'audit')
  const online = await measureAudit(['run', '--rpc-url', chain.rpcUrl, '--out', out])
  const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'))
  const offline = await measureAudit(['verify', join(out, 'bundle.jsonl.gz')])
  expect(judgeAudit(SETTLEMENTS, report, online, offline).filter(({ holds }) => !holds)).toEqual([])
  expect(online.seconds).toBeGreaterThan(0)
})

test('error: an audit of a chain without an escrow ends with its exit code', async () => {
  const empty = await startLocalChain(genesisBalances())
  try {
    const { exitCode } = await measureAudit(['run', '--rpc-url', empty.rpcUrl, '--out', join(directory, 'none')])
    expect(exitCode).toBe(1)
  } finally {
    await empty.stop()
  }
})
