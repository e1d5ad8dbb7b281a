import { performance } from 'node:perf_hooks'
import type { Address, Hex } from 'viem'
import type { Artifacts } from '../../prover/proving/artifacts.ts'
import type { ProvingBackend } from '../../prover/proving/ProvingBackend.ts'
import { proveBatch } from '../../prover/proving/proveBatch.ts'
import type { ReportProgress } from '../../prover/StageProgress.ts'
import { randomSalt } from '../../src/client/randomSalt.ts'
import type { DemoModel } from '../demo/buildDemoModel.ts'

/** What this machine proves when it does nothing else. */
export type Capacity = { readonly tracesPerSecond: number; readonly batchSeconds: readonly number[] }

/** These proofs are never settled. */
const ANY_ADDRESS: Address = '0x0000000000000000000000000000000000000001'

/** Proves full batches one after another with the backend that a node uses. The first one, which starts the process, does not count. */
export async function measureCapacity(
  { shape, head, index, queries }: DemoModel,
  artifacts: Artifacts,
  backend: ProvingBackend,
  batches: number,
  report: ReportProgress,
): Promise<Capacity> {
  const traces = queries.slice(0, shape.traces).map(({ features, label }, i) => ({
    requestId: BigInt(i + 1),
    poolWei: 10n ** 15n,
    features,
    label,
    inputSalt: randomSalt(),
    outputSalt: randomSalt(),
  }))
  const context = {
    chainId: 31337n,
    settlement: ANY_ADDRESS,
    batchId: 1n,
    circuitKeyHash: artifacts.manifest.circuitKeyHash as Hex,
    modelId: 1n,
    modelVersion: 1n,
    indexVersion: 1n,
    policyId: 1n,
    epochId: 1n,
    prover: ANY_ADDRESS,
  }
  const batchSeconds: number[] = []
  for (let i = 0; i <= batches; i++) {
    const start = performance.now()
    await proveBatch({ shape, head, index, traces, batchSalt: randomSalt(), context }, artifacts, backend)
    if (i > 0) batchSeconds.push((performance.now() - start) / 1000)
    report(i / batches, `${i} of ${batches}`)
  }
  const total = batchSeconds.reduce((sum, seconds) => sum + seconds, 0)
  return { tracesPerSecond: (shape.traces * batches) / total, batchSeconds }
}
