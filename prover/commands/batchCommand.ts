import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Hex } from 'viem'
import type { BatchView } from '../../src/api/views.ts'
import { PoaError } from '../../src/errors.ts'
import { requireSettings } from '../config/loadSettings.ts'
import { readSettings } from '../config/readSettings.ts'
import { createCommand, createGroup, parseCount, parseId } from './createCommand.ts'
import { ACCOUNT_FLAGS } from './settingGroups.ts'

type Options = { readonly config?: string; readonly json?: boolean }
type DiscloseOptions = Options & { readonly out: string }

export function batchCommand(): Command {
  const list = createCommand('list', {
    description: 'List the batches that the node knows, the newest first.',
    examples: ['poa batch list', 'poa batch list --model 1 --limit 10'],
    settings: ['nodeUrl'],
  })
    .option('--model <id>', 'of this model only', parseId)
    .option('--limit <n>', 'at most so many', parseCount, 50)
    .action(listBatches)
  const show = createCommand('show', {
    description: 'Show one batch: its requests, its proof, its settlement.',
    examples: ['poa batch show 1'],
    settings: ['nodeUrl'],
  })
    .argument('<id>', 'batch id', parseId)
    .action(showBatch)
  const retry = createCommand('retry', {
    description: "Have the proof of a batch tried again after the node gave up on it. Signed by the operator's key.",
    examples: ['poa batch retry 1 --keystore keys/operator.json'],
    settings: ['nodeUrl', 'chainId', 'escrow', ...ACCOUNT_FLAGS],
  })
    .argument('<id>', 'batch id', parseId)
    .action(retryBatch)
  const disclose = createCommand('disclose', {
    description:
      "Write a settled batch from the node's own database into a file that shows everybody who earned how much by which answer. Whoever has the file has the features of its traces as well. For the explorer: put it into the folder `disclosures`. A node on an embedded database has to be stopped meanwhile.",
    examples: ['poa batch disclose 3 --out disclosed/3.json'],
    settings: ['databaseUrl', 'dataDir', 'logLevel'],
  })
    .argument('<id>', 'batch id', parseId)
    .requiredOption('--out <file>', 'where it goes; an existing file stays')
    .action(discloseBatch)
  return createGroup(
    'batch',
    { description: 'Look at batches, have one proved again, disclose one.', examples: ['poa batch list'] },
    [list, show, retry, disclose],
  )
}

async function listBatches(options: Options & { model?: bigint; limit: number }): Promise<void> {
  const { nodeUrl } = await readSettings(options)
  const { batchView, pageOf } = await import('../../src/api/views.ts')
  const { requestAll } = await import('./requestAll.ts')
  const { formatTable } = await import('./formatTable.ts')
  const { formatTime, report } = await import('./report.ts')
  const { model, limit } = options
  const query: Record<string, string> = model === undefined ? {} : { modelId: model.toString() }
  const batches = await requestAll(nodeUrl, '/v1/batches', pageOf(batchView), { query, limit })
  report(options, { batches }, () =>
    formatTable(
      ['batch', 'model', 'epoch', 'requests', 'state', 'proof', 'settle until (UTC)'],
      batches.map((batch) => [
        batch.batchId,
        batch.modelId,
        batch.epochId,
        String(batch.requests.length),
        batch.state,
        describeProof(batch),
        formatTime(batch.settleDeadline),
      ]),
    ),
  )
}

async function readBatch(nodeUrl: string, batchId: bigint): Promise<BatchView> {
  const { batchView } = await import('../../src/api/views.ts')
  const { requestNode } = await import('../../src/client/requestNode.ts')
  return requestNode(nodeUrl, { path: `/v1/batches/${batchId}`, answer: batchView })
}

async function showBatch(batchId: bigint, options: Options): Promise<void> {
  const { nodeUrl } = await readSettings(options)
  const { formatTable } = await import('./formatTable.ts')
  const { formatOpen, formatTime, report } = await import('./report.ts')
  const batch = await readBatch(nodeUrl, batchId)
  const { settlement, job, proof, booking, isDisclosed } = batch
  report(options, { batch }, () => [
    `batch ${batchId} of model ${batch.modelId}, epoch ${batch.epochId}: ${batch.state}`,
    `proof: ${proof === null ? describeProof(batch) : `made in ${(proof.witnessSeconds + proof.proveSeconds).toFixed(1)} s`}`,
    ...(job?.reasonCode ? [`  ${job.reasonCode}: ${job.reason ?? ''}`] : []),
    settlement === null
      ? `to be settled by ${formatTime(batch.settleDeadline)} UTC`
      : `settled by ${settlement.prover} in block ${settlement.blockNumber}${settlement.gasUsed === null ? '' : ` for ${settlement.gasUsed} gas`}:\n  ${settlement.transactionHash}`,
    ...formatTable(
      ['request', 'pool, OPEN', 'trace'],
      batch.requests.map(({ requestId, poolWei, traceId }) => [requestId, formatOpen(poolWei), traceId ?? 'not here']),
    ),
    ...(booking === null
      ? []
      : formatTable(
          ['slot', 'contributor', 'earned, OPEN'],
          booking.earnings.flatMap(({ slot, contributor, earningWei }) =>
            contributor === null && earningWei === '0'
              ? []
              : [[String(slot), contributor ?? 'nobody: to the treasury', formatOpen(earningWei)]],
          ),
        )),
    ...(isDisclosed ? ['disclosed: the explorer shows who earned how much by which answer'] : []),
  ])
}

function describeProof({ proof, job }: BatchView): string {
  if (proof !== null) return 'made'
  if (job === null) return '-'
  return job.state === 'active' && job.fraction !== null ? `${Math.round(100 * job.fraction)} %` : job.state
}

async function retryBatch(batchId: bigint, options: Options): Promise<void> {
  const settings = requireSettings(await readSettings(options), 'chainId', 'escrow')
  const { retryTrace } = await import('../../src/client/retryTrace.ts')
  const { actionParameters } = await import('./traceRequests.ts')
  const { openAccount } = await import('./openAccount.ts')
  const { report } = await import('./report.ts')
  const batch = await readBatch(settings.nodeUrl, batchId)
  const traceId = batch.requests.find(({ traceId }) => traceId !== null)?.traceId
  if (!traceId) throw new PoaError('BATCH_NOT_HERE', `the node has no trace of batch ${batchId}, so it cannot prove it`)
  const account = await openAccount(settings)
  const trace = await retryTrace(settings.nodeUrl, account, {
    ...actionParameters(settings),
    traceId: traceId as Hex,
  })
  report(options, { batchId, trace }, () => [`batch ${batchId} will be proved again`])
}

async function discloseBatch(batchId: bigint, { out, ...options }: DiscloseOptions): Promise<void> {
  const settings = await readSettings(options)
  const { createLogger } = await import('../node/createLogger.ts')
  const { openDatabase } = await import('../store/openDatabase.ts')
  const { readSettledBatch } = await import('../worker/readSettledBatch.ts')
  const { writeTraceBatch } = await import('./writeTraceBatch.ts')
  const { databaseLocation } = await import('./dbCommand.ts')
  const { report } = await import('./report.ts')
  const file = resolve(out)
  const db = await openDatabase(databaseLocation(settings), createLogger(settings.logLevel))
  try {
    const batch = await readSettledBatch(db.kysely, batchId)
    await writeTraceBatch(file, batch)
    report(options, { batchId, file, traces: batch.traces.length }, () => [
      `wrote ${file}: whoever has it has the features of ${batch.traces.length} traces`,
    ])
  } finally {
    await db.close()
  }
}
