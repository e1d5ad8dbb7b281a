import type { Command } from 'commander'
import type { Address } from 'viem'
import type { AuditSummary } from '../../src/audit/auditRecords.ts'
import { sayCount } from '../../src/audit/explain/say.ts'
import { requireSettings } from '../config/loadSettings.ts'
import { readSettings } from '../config/readSettings.ts'
import { EXIT_CODES } from '../reportAndExit.ts'
import { createCommand, createGroup, parseId } from './createCommand.ts'

type RunOptions = {
  readonly block?: bigint
  readonly traces?: readonly string[]
  readonly artifacts?: string
  readonly out: string
  readonly strict?: boolean
  readonly config?: string
  readonly json?: boolean
}
type VerifyOptions = { readonly artifacts?: string; readonly strict?: boolean; readonly json?: boolean }

export function auditCommand(): Command {
  const run = createCommand('run', {
    description:
      'Check everything that ever happened at an escrow, from an RPC alone: replays all events, verifies every proof again, recomputes every amount to the wei, compares what the contracts answer and hold, and looks for suspicious patterns. Writes report.html, report.json, CSV files and bundle.jsonl.gz, which others check with `poa audit verify`.',
    examples: [
      'poa audit run --rpc-url http://127.0.0.1:8545 --out build/audit',
      'poa audit run --config build/devnet/poa.json --traces build/demo/disclosed --artifacts build --out build/audit',
    ],
    settings: ['rpcUrls', 'escrow', 'startBlock'],
  })
    .option('--block <number>', 'block to judge at (default: the newest)', parseId)
    .option(
      '--traces <path...>',
      'disclosed batches, trace-batch.json files or folders; the bundle then holds all of them',
    )
    .option('--artifacts <directory>', 'folder of artifacts (build) whose keys the registered circuits must have')
    .option('--strict', 'anomalies fail as well')
    .requiredOption('--out <directory>', 'where reports and bundle go')
    .action(runAudit)
  const verify = createCommand('verify', {
    description:
      'Check a bundle that `poa audit run` wrote, with no network: replays its evidence, proofs included, and compares the report. It cannot show that the evidence is that of a chain: whoever writes a bundle can make up all of it. If you do not trust its writer, audit the chain yourself.',
    examples: ['poa audit verify build/audit/bundle.jsonl.gz'],
  })
    .argument('<file>', 'bundle.jsonl.gz')
    .option('--artifacts <directory>', 'folder of artifacts (build) of your own that keys and verifiers must be of')
    .option('--strict', 'anomalies fail as well')
    .action(verifyAudit)
  return createGroup(
    'audit',
    {
      description: 'Check all of a chain, or a bundle of its evidence.',
      examples: ['poa audit run --rpc-url http://127.0.0.1:8545 --out build/audit'],
    },
    [run, verify],
  )
}

async function runAudit(options: RunOptions): Promise<void> {
  const settings = await readSettings(options)
  const { rpcUrls } = requireSettings(settings, 'rpcUrls')
  const { StageProgress } = await import('../StageProgress.ts')
  const { runAudit } = await import('../audit/runAudit.ts')
  const { block, traces, artifacts, out } = options
  const source = { rpcUrls, escrow: settings.escrow as Address | undefined, block, traces, artifacts }
  const progress = new StageProgress({ isQuiet: options.json === true })
  const run = await progress.run('audit', 'Replay the chain', (show) =>
    runAudit({ ...source, fromBlock: BigInt(settings.startBlock) }, out, (fraction, at) =>
      show(fraction, `block ${at}`),
    ),
  )
  await tell(options, run, { fields: { out }, rest: 'findings.csv', notes: [`reports and bundle: ${out}`] })
}

async function verifyAudit(file: string, options: VerifyOptions): Promise<void> {
  const { StageProgress } = await import('../StageProgress.ts')
  const { verifyAudit } = await import('../audit/verifyAudit.ts')
  const { artifacts } = options
  const progress = new StageProgress({ isQuiet: options.json === true })
  const verified = await progress.run('audit', 'Replay the bundle', (show) =>
    verifyAudit(file, { artifacts, onProgress: (fraction, at) => show(fraction, `block ${at}`) }),
  )
  const { chainId, block } = verified.summary.header
  const notes = [
    `Not shown by a bundle: that its events are those of the chain, and all of them. It names block ${block.number} of chain ${chainId},`,
    `${block.hash}; nothing in it is bound to that hash. If you do not trust who wrote it, audit the chain.`,
  ]
  if (artifacts === undefined)
    notes.push(
      'Keys and verifiers were compared with what its writer brought along: --artifacts compares them with your own.',
    )
  await tell(options, verified, { fields: {}, rest: '--json', notes })
}

type Telling = {
  /** Further ones of the JSON. */
  readonly fields: object
  /** Where the findings stand for which a terminal has no room. */
  readonly rest: string
  /** Lines before the verdict. */
  readonly notes: readonly string[]
}

/** Says what an audit came to; it fails when that is not clean. */
async function tell(
  options: { readonly strict?: boolean; readonly json?: boolean },
  { summary, digest }: { readonly summary: AuditSummary; readonly digest: string },
  { fields, rest, notes }: Telling,
): Promise<void> {
  const { report } = await import('./report.ts')
  const { counts } = summary
  const ok = summary.ok && (options.strict !== true || counts.anomaly === 0)
  const lines = [...(await describe(summary, digest, rest)), ...notes]
  if (summary.checked.disclosedBatches < summary.totals.settledBatches)
    lines.push(
      'Not checked of batches that nobody disclosed (--traces): single scores, and whether contributors are alike.',
    )
  lines.push(verdictOf(ok, counts))
  report(options, { ...summary, ok, digest, ...fields }, () => lines)
  if (!ok) process.exitCode = EXIT_CODES.failed.code
}

function verdictOf(ok: boolean, { fault, gap, anomaly }: AuditSummary['counts']): string {
  const anomalies = sayCount(anomaly, 'anomaly', 'anomalies')
  if (!ok) return `✘ NOT CLEAN: ${sayCount(fault, 'fault')}, ${sayCount(gap, 'gap')}, ${anomalies}`
  if (anomaly === 0) return '✔ clean: every amount is what payments, proofs and rules make of it'
  return `✔ no fault: every amount is right; worth a look: ${anomalies}`
}

/** Findings on a terminal. */
const FINDINGS_SHOWN = 40

async function describe(
  { header, counts, findings, checked, totals }: AuditSummary,
  digest: string,
  rest: string,
): Promise<readonly string[]> {
  const { formatTable } = await import('./formatTable.ts')
  const { formatOpen } = await import('./report.ts')
  const { FINDING_CODES } = await import('../../src/audit/findingCodes.ts')
  const { number, hash } = header.block
  const figures = [
    ['events', String(checked.events), 'fees paid', formatOpen(totals.feesWei)],
    ['proofs verified', String(checked.proofs), 'pools settled', formatOpen(totals.poolsWei)],
    ['states compared', String(checked.states), 'paid to contributors', formatOpen(totals.paidWei)],
    ['batches disclosed', String(checked.disclosedBatches), 'to the treasury', formatOpen(totals.treasuryWei)],
    ['batches settled', `${totals.settledBatches} of ${totals.batches}`, 'refunded', formatOpen(totals.refundedWei)],
    [
      'epochs closed',
      `${totals.closedEpochs} of ${totals.epochs}`,
      'still to withdraw',
      formatOpen(totals.claimableWei),
    ],
  ]
  const rows = findings.slice(0, FINDINGS_SHOWN).map(({ code, subject, message }) => {
    const about = Object.entries(subject).map(([name, value]) => `${name} ${value}`)
    return [FINDING_CODES[code].severity, code, about.join(', '), message]
  })
  // Of very many findings the summary has the first.
  const more = counts.fault + counts.gap + counts.anomaly + counts.info - rows.length
  return [
    `chain ${header.chainId} at block ${number} (${hash})`,
    `escrow ${header.deployment.inferenceEscrow}`,
    ...formatTable(['checked', '', 'OPEN', ''], figures),
    `digest of the report ${digest}`,
    ...(rows.length === 0 ? [] : formatTable(['', 'finding', 'about', 'what'], rows)),
    ...(more > 0 ? [`and ${more} more: see ${rest}`] : []),
  ]
}
