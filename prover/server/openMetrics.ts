import type { Logger } from 'pino'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type Address, formatEther } from 'viem'
import { describeForLog } from '../describeForLog.ts'
import type { NodeChain } from '../indexing/connectChain.ts'
import type { Prover } from '../proving/chooseProver.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import type { ProofCounts } from '../worker/ProofQueue.ts'
import { readBlocksBehind } from './readinessChecks.ts'
import { TraceCounts } from './TraceCounts.ts'

export type MetricsOptions = {
  readonly db: Pick<NodeDatabase, 'kysely'>
  readonly chain: Pick<NodeChain, 'client'>
  readonly queueCounts: () => Promise<ProofCounts>
  /** The account that pays for gas, where this process has one. */
  readonly account: Address | undefined
  /** What makes the proofs, where this process makes any. */
  readonly prover: Prover | undefined
  readonly logger: Logger
}

export type Metrics = {
  readonly contentType: string
  /** In the text format of Prometheus. A source that fails leaves its figures out, and counts as failed. */
  read(): Promise<string>
  /** @param route as it was registered, with names in place of values: values would make a figure each */
  observeHttp(seconds: number, labels: { method: string; route: string; status: number }): void
}

const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const PROOF_BUCKETS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640]

/**
 * What Prometheus is told. Figures of the database (traces, jobs, proofs, transactions) are the same on every process that shares it. Proofs are counted
 * from when this process started.
 */
export function openMetrics({ db, chain, queueCounts, account, prover, logger }: MetricsOptions): Metrics {
  const { kysely } = db
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const http = new Histogram({
    name: 'poa_http_request_seconds',
    help: 'Time to answer a request',
    labelNames: ['method', 'route', 'status'],
    buckets: HTTP_BUCKETS,
    registers,
  })
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers })
  const traces = gauge('poa_traces', 'Traces by what has become of them', ['summary'])
  const jobs = gauge('poa_proof_jobs', 'Proof jobs by state', ['state'])
  const transactions = gauge('poa_transactions', 'Transactions by kind and state', ['kind', 'state'])
  const lag = gauge('poa_chain_lag_blocks', 'Blocks of the chain that the index has not read')
  const balance = gauge('poa_account_balance_open', 'Balance of the account that pays for gas, in OPEN')
  const failed = gauge('poa_source_failed', 'Whether the last reading of these figures failed', ['source'])
  if (prover !== undefined) {
    const native = prover.name === 'native' ? prover : undefined
    gauge('poa_prover_info', 'What makes the proofs; always 1', ['prover', 'instructions', 'threads']).set(
      { prover: prover.name, instructions: native?.build ?? '', threads: native?.threads ?? '' },
      1,
    )
  }
  const proofSeconds = new Histogram({
    name: 'poa_proof_seconds',
    help: 'Time to make a proof, witness included',
    buckets: PROOF_BUCKETS,
    registers,
  })

  const traceCounts = new TraceCounts(kysely)
  let proofsSince = new Date()
  const sources: Record<string, () => Promise<void>> = {
    async traces() {
      const counts = await traceCounts.read()
      traces.reset()
      for (const [summary, count] of counts) traces.set({ summary }, count)
    },
    async jobs() {
      for (const [state, count] of Object.entries(await queueCounts())) jobs.set({ state }, count)
    },
    async transactions() {
      const rows = await kysely
        .selectFrom('transactions')
        .select(({ fn }) => ['kind', 'state', fn.countAll<bigint>().as('count')])
        .groupBy(['kind', 'state'])
        .execute()
      transactions.reset()
      for (const { kind, state, count } of rows) transactions.set({ kind, state }, Number(count))
    },
    async proofs() {
      const rows = await kysely
        .selectFrom('proofs')
        .select(['witness_seconds', 'prove_seconds', 'proved_at'])
        .where('proved_at', '>', proofsSince)
        .orderBy('proved_at')
        .execute()
      for (const row of rows) proofSeconds.observe(row.witness_seconds + row.prove_seconds)
      // The driver cuts off microseconds: without the one more, the last would be counted again.
      const last = rows.at(-1)?.proved_at
      if (last !== undefined) proofsSince = new Date(last.getTime() + 1)
    },
    async chain() {
      lag.set(Number(await readBlocksBehind(chain, db)))
      if (account !== undefined) balance.set(Number(formatEther(await chain.client.getBalance({ address: account }))))
    },
  }

  return {
    contentType: registry.contentType,
    async read() {
      await Promise.all(
        Object.entries(sources).map(async ([source, collect]) => {
          try {
            await collect()
            failed.set({ source }, 0)
          } catch (error) {
            failed.set({ source }, 1)
            logger.debug({ source, error: describeForLog(error) }, 'figures cannot be read')
          }
        }),
      )
      return registry.metrics()
    },
    observeHttp(seconds, { method, route, status }) {
      http.observe({ method, route, status: String(status) }, seconds)
    },
  }
}
