/** `npm run bench:audit`: what auditing a chain costs. */
import { readFile, rm } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { formatTable } from '../../../prover/commands/formatTable.ts'
import type { Artifacts } from '../../../prover/proving/artifacts.ts'
import { openChildProcessBackend } from '../../../prover/proving/childProcessBackend.ts'
import { terminate } from '../../../prover/proving/snarkjs.ts'
import { reportAndExit } from '../../../prover/reportAndExit.ts'
import { StageProgress } from '../../../prover/StageProgress.ts'
import { PoaError } from '../../../src/errors.ts'
import { buildContracts } from '../../buildContracts.ts'
import { buildNativeProver } from '../../buildNativeProver.ts'
import { REPOSITORY_ROOT } from '../../circuits/compileCircuit.ts'
import { ensureDevKeysOfShape } from '../../keys/ensureDevKeys.ts'
import { type LocalChain, startLocalChain } from '../../startLocalChain.ts'
import { genesisBalances } from './deployMarket.ts'
import { type ChainFigures, generateChain, SHAPE } from './generateChain.ts'
import { type Gate, type JudgedReport, judgeAudit, peaksOf } from './judgeAudit.ts'
import { type AuditCost, measureAudit } from './measureAudit.ts'
import { measureVerification, type VerificationFigures } from './measureVerification.ts'
import { openProofStore } from './openProofStore.ts'

type Options = { readonly settlements: number; readonly json?: boolean }

type GeneratedFigures = ChainFigures & {
  /** Of the settlements, the proofs that were made now; the others were kept from runs before. */
  readonly proofsMade: number
}

/** Proofs that were made once, and what the last audit wrote. */
const DIRECTORY = join(REPOSITORY_ROOT, 'build', 'audit-benchmark')

const program = new Command('npm run bench:audit --')
  .description(
    [
      'Fills a local chain with settlements, each with a real proof, and audits it with `poa audit run` in a process of its own.',
      'Proofs are kept in build/audit-benchmark/: a run that was broken off goes on where it was, and the next one makes none.',
      'Fails when the audit finds a fault or a gap, takes more than ten minutes, or needs more memory in its second half than in its first.',
    ].join(' '),
  )
  .option('--settlements <number>', 'settled batches on the chain', parseCount, 10_000)
  .option('--json', 'print the figures as JSON on stdout')
  .addHelpText('after', '\nExamples:\n  npm run bench:audit\n  npm run bench:audit -- --settlements 200 --json')
  .action(run)

async function run({ settlements, json = false }: Options): Promise<void> {
  const progress = new StageProgress({ isQuiet: json })
  const verification = await progress.run('verification', 'Proofs, alone and together', measureVerification)
  const artifacts = await build(progress)
  const chain = await startLocalChain(genesisBalances())
  try {
    const generated = await generate(chain, settlements, artifacts, progress)
    const out = join(DIRECTORY, 'audit')
    await rm(out, { recursive: true, force: true })
    const online = await progress.run('audit', 'Audit of the chain', () =>
      measureAudit(['run', '--rpc-url', chain.rpcUrl, '--out', out]),
    )
    const report = await readReport(join(out, 'report.json'))
    const offline = await progress.run('offline', 'Audit of the bundle', () =>
      measureAudit(['verify', join(out, 'bundle.jsonl.gz')]),
    )
    const gates = judgeAudit(settlements, report, online, offline)
    const machine = { processor: cpus()[0]!.model, threads: availableParallelism(), node: process.versions.node }
    const ok = gates.every(({ holds }) => holds)
    const figures = {
      machine,
      verification,
      chain: generated,
      audit: online,
      offline,
      gates,
      seconds: progress.seconds,
    }
    console.log(json ? JSON.stringify({ ok, ...figures }) : describe(figures).join('\n'))
    if (!ok) process.exitCode = 1
  } finally {
    await chain.stop()
  }
}

/** @throws PoaError AUDIT_FAILED when the audit ended without one; it has said why */
async function readReport(path: string): Promise<JudgedReport> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new PoaError('AUDIT_FAILED', 'the audit wrote no report', { cause })
  })
  return JSON.parse(text)
}

async function build(progress: StageProgress): Promise<Artifacts> {
  await buildNativeProver(progress)
  const { artifacts } = await progress.run('keys', `Circuit and DEV keys: ${SHAPE.name}`, (onProgress) =>
    ensureDevKeysOfShape(SHAPE.name, { onProgress }),
  )
  await terminate()
  await progress.run('contracts', 'Compile the contracts', buildContracts)
  return artifacts
}

async function generate(
  chain: LocalChain,
  settlements: number,
  artifacts: Artifacts,
  progress: StageProgress,
): Promise<GeneratedFigures> {
  const proofs = await openProofStore(join(DIRECTORY, 'proofs.jsonl'))
  const backend = openChildProcessBackend(artifacts)
  try {
    const figures = await progress.run('generate', `A chain with ${settlements} settlements`, (report) =>
      generateChain(chain, settlements, { artifacts, backend, proofs }, report),
    )
    return { ...figures, proofsMade: proofs.counts.made }
  } finally {
    await backend.close()
  }
}

type Figures = {
  readonly machine: { readonly processor: string; readonly threads: number; readonly node: string }
  readonly verification: VerificationFigures
  readonly chain: GeneratedFigures
  readonly audit: AuditCost
  readonly offline: AuditCost
  readonly gates: readonly Gate[]
  readonly seconds: Readonly<Record<string, number>>
}

function describe({ machine, verification, chain, audit, offline, gates, seconds }: Figures): string[] {
  const { aloneMs, together, togetherMs } = verification
  const times = (aloneMs / togetherMs).toFixed(1)
  return [
    `${machine.processor}, ${machine.threads} threads, Node ${machine.node}`,
    '',
    `processor time of a proof: ${aloneMs.toFixed(1)} ms alone, ${togetherMs.toFixed(1)} ms among ${together} (${times} times as fast)`,
    `the chain: ${chain.settlements} settlements of ${chain.models} models with ${chain.contributors} contributors; ${chain.requests} requests, ` +
      `${chain.refunds} refunded; ${chain.epochsOpened} epochs, ${chain.epochsClosed} closed; ${chain.withdrawals} withdrawals; ` +
      `${chain.transactions} transactions in ${chain.blocks} blocks`,
    `made in ${seconds.generate!.toFixed(0)} s, ${chain.proofsMade} of the proofs now`,
    '',
    ...formatTable(
      ['audit', 'seconds', 'settlements/s', 'memory MiB: first half', 'second half'],
      [describeCost('of the chain', audit, chain), describeCost('of the bundle', offline, chain)],
    ),
    '',
    ...gates.map(({ name, holds, found }) => `${holds ? '✔' : '✘'} ${name}: ${found}`),
  ]
}

function describeCost(name: string, { seconds, residentMiB }: AuditCost, { settlements }: ChainFigures): string[] {
  const peaks = peaksOf(residentMiB)
  const memory = peaks === undefined ? ['-', '-'] : [peaks.first.toFixed(0), peaks.second.toFixed(0)]
  return [name, seconds.toFixed(1), (settlements / seconds).toFixed(0), ...memory]
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It is an integer in 1 .. 999999.')
  return Number(text)
}

await reportAndExit(program)
