import { type Command, Option } from 'commander'
import type { Address } from 'viem'
import type { AuditSummary } from '../../src/audit/auditRecords.ts'
import type { Question } from '../../src/audit/explain/openRowExplainer.ts'
import { sayCount } from '../../src/audit/explain/say.ts'
import { InvalidInputError, PoaError } from '../../src/errors.ts'
import type { ReplayOptions } from '../audit/replayChain.ts'
import { requireSettings } from '../config/loadSettings.ts'
import { readSettings } from '../config/readSettings.ts'
import { createCommand, parseId } from './createCommand.ts'

type Options = {
  readonly contributor?: string
  readonly trace?: string
  readonly epoch?: bigint
  readonly model?: bigint
  readonly bundle?: string
  readonly block?: bigint
  readonly traces?: readonly string[]
  readonly config?: string
  readonly json?: boolean
}

export function explainCommand(): Command {
  return createCommand('explain', {
    description:
      'Say where an amount came from: of a contributor, of one paid request, or of a whole epoch. Everything is replayed and its proofs are verified first, from an RPC or from the bundle of an audit. With disclosed traces (--traces) down to the score of each inference.',
    examples: [
      'poa explain --contributor 0x5FbDB2315678afecb367f032d93F642f64180aa3 --rpc-url http://127.0.0.1:8545',
      'poa explain --epoch 1 --model 1 --rpc-url http://127.0.0.1:8545 --traces build/demo/disclosed',
      'poa explain --trace 17 --bundle audit/bundle.jsonl.gz',
    ],
    settings: ['rpcUrls', 'escrow', 'startBlock', 'nodeUrl'],
  })
    .option('--contributor <address>', 'why this account was paid what it was; with --epoch: for that epoch')
    .option('--trace <trace>', 'what a paid request came to: its id, or the id or the file of its signed trace')
    .option('--epoch <id>', 'where the pools of an epoch went', parseId)
    .option('--model <id>', 'of this model alone', parseId)
    .addOption(
      new Option('--bundle <file>', 'the bundle of an audit, instead of a chain').conflicts([
        'rpcUrl',
        'traces',
        'block',
      ]),
    )
    .option('--block <number>', 'block to judge at (default: the newest)', parseId)
    .option('--traces <path...>', 'disclosed batches: trace-batch.json files, or folders of such')
    .action(explain)
}

async function explain(options: Options): Promise<void> {
  const question = await readQuestion(options)
  const { openRowExplainer } = await import('../../src/audit/explain/openRowExplainer.ts')
  const { sayExplanation } = await import('../audit/sayExplanation.ts')
  const { StageProgress } = await import('../StageProgress.ts')
  const { report } = await import('./report.ts')
  const explainer = openRowExplainer(question)
  const progress = new StageProgress({ isQuiet: options.json === true })
  const { header, counts } = await progress.run('replay', 'Replay, verify proofs', (onProgress) =>
    replay(options, {
      sinks: [explainer.sink],
      onProgress: (fraction, block) => onProgress(fraction, `block ${block}`),
    }),
  )
  const explanation = explainer.explain(header.block.timestamp)
  const { chainId, block } = header
  const { fault, gap } = counts
  report(options, { chainId, block, faults: fault, gaps: gap, ...explanation }, () => [
    ...(fault === 0 ? [] : [`The books do not hold: poa audit run names ${sayCount(fault, 'fault')}.`, '']),
    ...(gap === 0 ? [] : [`Not all of it could be checked: poa audit run names ${sayCount(gap, 'gap')}.`, '']),
    ...sayExplanation(explanation),
  ])
}

/** @throws PoaError BUNDLE_EDITED; as replayChain and readBundle */
async function replay(options: Options, replayOptions: ReplayOptions): Promise<AuditSummary> {
  const { replayChain, replayRecords } = await import('../audit/replayChain.ts')
  const { bundle, block, traces } = options
  if (bundle !== undefined) {
    const { readBundle } = await import('../audit/readBundle.ts')
    const { records, findings } = readBundle(bundle)
    const summary = await replayRecords(records, replayOptions)
    if (findings.length === 0) return summary
    throw new PoaError('BUNDLE_EDITED', `${bundle} is not as it was written: ${findings[0]!.message}`, {
      hint: 'See poa audit verify.',
    })
  }
  const settings = await readSettings(options)
  const { rpcUrls } = requireSettings(settings, 'rpcUrls')
  const fromBlock = BigInt(settings.startBlock)
  const escrow = settings.escrow as Address | undefined
  return replayChain({ rpcUrls, escrow, fromBlock, block, traces }, replayOptions)
}

async function readQuestion(options: Options): Promise<Question> {
  const { contributor, trace, epoch = null, model = null } = options
  if (contributor !== undefined && trace === undefined) {
    const account = await requireAddress(contributor)
    return { about: 'contributor', account, modelId: model, epochId: epoch }
  }
  if (trace !== undefined && contributor === undefined && epoch === null && model === null)
    return { about: 'request', requestId: await readRequestId(trace, options) }
  if (epoch !== null && contributor === undefined && trace === undefined)
    return { about: 'epoch', modelId: model, epochId: epoch }
  throw new InvalidInputError('--contributor, --trace or --epoch', 'given, one of them', undefined, {
    hint: '--epoch and --model go with --contributor too.',
  })
}

/** Which request a trace answers follows from what its operator signed; of the id alone only a node knows it. */
async function readRequestId(text: string, options: Options): Promise<bigint> {
  if (/^\d+$/.test(text)) return parseId(text)
  const { readSubmission } = await import('./readTraceId.ts')
  if (!/^0x[0-9a-f]{64}$/.test(text)) return (await readSubmission(text)).requestId
  const { getTrace } = await import('../../src/client/getTrace.ts')
  const { nodeUrl } = await readSettings(options)
  return BigInt((await getTrace(nodeUrl, text as `0x${string}`)).requestId)
}

async function requireAddress(text: string): Promise<Address> {
  const { getAddress, isAddress } = await import('viem')
  if (!isAddress(text)) throw new InvalidInputError('--contributor', 'an address', text)
  return getAddress(text)
}
