import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openChildProcessBackend } from '../../prover/proving/childProcessBackend.ts'
import { chooseProver, describeProver } from '../../prover/proving/chooseProver.ts'
import { terminate } from '../../prover/proving/snarkjs.ts'
import type { ReportProgress, StageProgress } from '../../prover/StageProgress.ts'
import type { TraceSubmission } from '../../src/api/submission.ts'
import { type BatchView, batchView, pageOf } from '../../src/api/views.ts'
import { approveSealer } from '../../src/chain/approveSealer.ts'
import { requestNode } from '../../src/client/requestNode.ts'
import { signTrace } from '../../src/client/signTrace.ts'
import { storeModel } from '../../src/client/storeModel.ts'
import { buildContracts } from '../buildContracts.ts'
import { buildNativeProver } from '../buildNativeProver.ts'
import { buildDemoModel } from '../demo/buildDemoModel.ts'
import { connect } from '../demo/connect.ts'
import { createDemoAccounts, demoKey, genesisBalances } from '../demo/demoAccounts.ts'
import { deployDemo } from '../demo/deployDemo.ts'
import { GasLedger } from '../demo/GasLedger.ts'
import { ensureDevKeysOfShape } from '../keys/ensureDevKeys.ts'
import { startLocalChain } from '../startLocalChain.ts'
import { measureProver } from './measureProver.ts'
import { type Answer, offerLoad } from './offerLoad.ts'
import { payMany } from './payMany.ts'
import { sampleMemory } from './sampleMemory.ts'
import { type PoaNode, startPoaNode } from './startPoaNode.ts'

export type LoadOptions = {
  /** How long traces are offered. */
  readonly seconds: number
  /** Offered for each one that the prover alone proves. */
  readonly overload: number
  /** Batches that the prover and the node's capacity are measured with. */
  readonly batches: number
}

/** What the load test found. Rates are traces a second. */
export type LoadResult = {
  readonly ok: boolean
  /** What made the proofs: `native (ifma, 2 threads)`. */
  readonly prover: string
  /** Proved by the prover when nothing else runs. */
  readonly proverPerSecond: number
  /** Proved by the node from a full backlog while nothing is offered to it. */
  readonly capacityPerSecond: number
  readonly offeredPerSecond: number
  readonly offered: number
  readonly accepted: number
  readonly refused: number
  /** Answers other than 202 and 429. */
  readonly otherAnswers: number
  readonly latencyMs: Latency
  readonly acceptedLatencyMs: Latency
  /** Accepted and neither settled nor refused in the end. */
  readonly lost: number
  /** Proved a second between the first and the last proof under load. */
  readonly goodputPerSecond: number
  /** Goodput for each unit of capacity. */
  readonly efficiency: number
  /** Of the node's process, without the proving child: after the first quarter of the load, and the most seen after that. */
  readonly memoryMiB: { readonly early: number; readonly most: number }
}

/** From the moment when a trace was due to be offered to its answer. */
export type Latency = { readonly median: number; readonly p99: number; readonly most: number }

const shape = 'small'
const FEE_WEI = 10n ** 14n
/** Traces that the node may hold: enough that the prover never waits, few enough that all are proved within the windows. */
const MAX_PENDING_TRACES = 128
const POLL_MS = 500
/** Without a settlement for so long the rest counts as lost. */
const STALL_MS = 60_000

/**
 * Runs a node as users do, on a local chain, and offers it more traces than this machine can prove. Everything is real but the time between payment and
 * submission: all requests are paid and all traces signed before the load begins.
 */
export async function loadNode(
  { seconds, overload, batches }: LoadOptions,
  progress: StageProgress,
): Promise<LoadResult> {
  await buildNativeProver(progress)
  const { artifacts } = await progress.run('keys', 'Circuit and DEV keys', (report) =>
    ensureDevKeysOfShape(shape, { onProgress: report }),
  )
  await terminate()
  await progress.run('contracts', 'Compile the contracts', buildContracts)
  const model = buildDemoModel()
  const prover = chooseProver()
  const backend = openChildProcessBackend(artifacts, { prover })
  const proverPerSecond = await progress
    .run('prover', `Prove ${batches} batches and nothing else`, (report) =>
      measureProver(model, artifacts, backend, batches, report),
    )
    .finally(() => backend.close())
  const offeredPerSecond = proverPerSecond * overload
  const calmCount = Math.min(MAX_PENDING_TRACES, (batches + 2) * model.shape.traces)
  const count = calmCount + Math.ceil(offeredPerSecond * seconds)

  const accounts = createDemoAccounts(model.corpus.contributors.length)
  const chain = await startLocalChain(genesisBalances(accounts))
  const directory = await mkdtemp(join(tmpdir(), 'poa-load-'))
  let node: PoaNode | undefined
  try {
    const setting = await deployDemo({ chain, accounts, model, gas: new GasLedger() }, artifacts)
    const { deployment, modelId } = setting
    const operator = connect(chain, accounts.operator)
    await approveSealer(operator, deployment, { sealer: accounts.prover.address, isApproved: true })
    const requestIds = await progress.run('pay', `Pay for ${count} inferences`, (report) =>
      payMany(chain, accounts.payers[0]!, deployment, { modelId, feeWei: FEE_WEI, count }, report),
    )
    const submissions = await progress.run('sign', `Sign ${count} traces`, async (report) => {
      const signed: TraceSubmission[] = []
      for (const [i, requestId] of requestIds.entries()) {
        const { features, label } = model.queries[i % model.queries.length]!
        const place = { chainId: BigInt(chain.chain.id), escrow: deployment.inferenceEscrow, shape: model.shape }
        const deadline = BigInt(Math.floor(Date.now() / 1000) + 3600)
        signed.push(await signTrace(accounts.operator, { ...place, modelId, requestId, features, label, deadline }))
        report(i / count)
      }
      return signed
    })
    node = await progress.run('start', 'Start the node', () =>
      startPoaNode(directory, {
        rpcUrls: [chain.rpcUrl],
        chainId: chain.chain.id,
        escrow: deployment.inferenceEscrow,
        artifacts: artifacts.directory,
        privateKey: demoKey('prover'),
        maxPendingTraces: MAX_PENDING_TRACES,
        requestsPerMinutePerAddress: 1_000_000,
        tracesPerMinutePerOperator: 1_000_000,
        batchMaxAgeSeconds: 5,
        confirmations: 1,
        logLevel: 'warn',
      }),
    )
    const { url, metricsUrl } = node
    const { head, index } = model
    await storeModel(url, { modelId, indexVersion: 1n, shape: model.shape, head, index })
    const calm = await offerLoad(url, submissions.slice(0, calmCount), offeredPerSecond, () => undefined)
    const calmProofs = await progress.run('capacity', `Let the node prove ${batches} batches undisturbed`, (report) =>
      waitForProofs(url, batches + 1, report),
    )
    const loadStartedAt = Date.now()
    const endSampling = sampleMemory(metricsUrl)
    const title = `Offer ${offeredPerSecond.toFixed(0)} traces a second for ${seconds} s`
    const answers = await progress.run('load', title, (report) =>
      offerLoad(url, submissions.slice(calmCount), offeredPerSecond, report),
    )
    const loadEndedAt = Date.now()
    const memory = await endSampling()
    const accepted = answers.filter(({ status }) => status === 202)
    const toSettle = [...calm, ...answers].filter(({ status }) => status === 202)
    const proven = await progress.run('drain', `Settle the ${toSettle.length} accepted traces`, (report) =>
      waitUntilSettled(url, toSettle.length, report),
    )
    const settled = new Set(
      proven.flatMap(({ state, requests }) => (state === 'settled' ? requests.map(({ traceId }) => traceId) : [])),
    )
    const capacityPerSecond = proofRate(calmProofs, 0, loadStartedAt)
    const goodputPerSecond = proofRate(proven, loadStartedAt, loadEndedAt)
    const refused = answers.filter(({ status }) => status === 429).length
    const otherAnswers = answers.length - accepted.length - refused
    const lost = toSettle.filter(({ traceId }) => !settled.has(traceId!)).length
    return {
      ok: lost === 0 && otherAnswers === 0,
      prover: describeProver(prover),
      proverPerSecond,
      capacityPerSecond,
      offeredPerSecond,
      offered: answers.length,
      accepted: accepted.length,
      refused,
      otherAnswers,
      latencyMs: summariseLatency(answers),
      acceptedLatencyMs: summariseLatency(accepted),
      lost,
      goodputPerSecond,
      efficiency: goodputPerSecond / capacityPerSecond,
      memoryMiB: { early: memory[Math.floor(memory.length / 4)]!, most: Math.max(...memory.slice(memory.length / 4)) },
    }
  } finally {
    await node?.stop()
    await chain.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

/** Polls the node's batches until so many of them are proved. */
async function waitForProofs(url: string, count: number, report: ReportProgress): Promise<BatchView[]> {
  for (const start = Date.now(); ; await sleep(POLL_MS)) {
    const proven = (await readBatches(url)).filter(({ proof }) => proof !== null)
    report(proven.length / count, `${proven.length} of ${count}`)
    if (proven.length >= count || Date.now() - start > count * STALL_MS) return proven
  }
}

/** Polls the node's batches until they hold that many settled traces, or nothing has been settled for a while. */
async function waitUntilSettled(url: string, count: number, report: ReportProgress): Promise<BatchView[]> {
  let most = 0
  let grewAt = Date.now()
  for (;;) {
    const batches = await readBatches(url)
    const settled = batches.reduce((sum, { state, requests }) => sum + (state === 'settled' ? requests.length : 0), 0)
    if (settled > most) grewAt = Date.now()
    most = settled
    report(settled / count, `${settled} of ${count}`)
    if (settled >= count || Date.now() - grewAt > STALL_MS) return batches
    await sleep(POLL_MS)
  }
}

async function readBatches(url: string): Promise<BatchView[]> {
  const batches: BatchView[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const query = { limit: '100', ...(after === undefined ? {} : { after }) }
    const page = await requestNode(url, { path: '/v1/batches', query, answer: pageOf(batchView) })
    batches.push(...page.items)
    after = page.next
  }
  return batches
}

/** Traces proved a second, from the end of the first proof between the two instants to the end of the last. */
function proofRate(batches: readonly BatchView[], from: number, to: number): number {
  const proved = batches
    .flatMap(({ proof, requests }) =>
      proof === null ? [] : [{ at: Date.parse(proof.provedAt), traces: requests.length }],
    )
    .filter(({ at }) => at >= from && at <= to)
    .sort((a, b) => a.at - b.at)
  const traces = proved.slice(1).reduce((sum, { traces }) => sum + traces, 0)
  return proved.length < 2 ? 0 : traces / ((proved.at(-1)!.at - proved[0]!.at) / 1000)
}

function summariseLatency(answers: readonly Answer[]): Latency {
  const sorted = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
  const at = (fraction: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))]!
  return { median: at(0.5), p99: at(0.99), most: sorted.at(-1)! }
}
