import type { Artifacts } from '../../prover/artifacts.ts'
import { type ProvenBatch, proveBatch } from '../../prover/proveBatch.ts'
import type { ProvingBackend } from '../../prover/ProvingBackend.ts'
import type { Deployment } from '../../src/chain/Deployment.ts'
import { readBatchContext } from '../../src/chain/readBatchContext.ts'
import type { ReportProgress } from '../StageProgress.ts'
import type { LocalChain } from '../startLocalChain.ts'
import type { DemoModel } from './buildDemoModel.ts'
import { connect } from './connect.ts'
import type { DemoAccounts } from './demoAccounts.ts'
import { randomSalt, type SealedBatch } from './serveInferences.ts'

/** Proves every sealed batch. */
export async function proveBatches(
  chain: LocalChain,
  accounts: DemoAccounts,
  deployment: Deployment,
  { shape, head, index }: DemoModel,
  batches: readonly SealedBatch[],
  artifacts: Artifacts,
  backend: ProvingBackend,
  report: ReportProgress,
): Promise<ProvenBatch[]> {
  const prover = connect(chain, accounts.prover)
  const proven: ProvenBatch[] = []
  for (const [i, { batchId, inferences }] of batches.entries()) {
    const context = await readBatchContext(prover, deployment, { batchId, prover: accounts.prover.address })
    const batch = { shape, head, index, traces: inferences.map(({ trace }) => trace), batchSalt: randomSalt(), context }
    const onStage = (stage: 'witness' | 'prove') =>
      report((i + (stage === 'prove' ? 0.1 : 0)) / batches.length, `batch ${i + 1} of ${batches.length}: ${stage}`)
    proven.push(await proveBatch(batch, artifacts, backend, onStage))
  }
  return proven
}
