import { performance } from 'node:perf_hooks'
import type { Address, Hex } from 'viem'
import type { Artifacts } from '../../prover/proving/artifacts.ts'
import type { ProvingBackend } from '../../prover/proving/ProvingBackend.ts'
import { proveBatch } from '../../prover/proving/proveBatch.ts'
import type { ReportProgress } from '../../prover/StageProgress.ts'
import { randomSalt } from '../../src/client/randomSalt.ts'
import type { DemoModel } from '../demo/buildDemoModel.ts'

/** These proofs are never settled. */
const ANY_ADDRESS: Address = '0x0000000000000000000000000000000000000001'

/**
 * Proves full batches as fast as the backend that a node uses takes them. The first one, which starts the process, does not count.
 * @returns traces a second
 */
export async function measureProver(
  { shape, head, index, queries }: DemoModel,
  artifacts: Artifacts,
  backend: ProvingBackend,
  batches: number,
  report: ReportProgress,
): Promise<number> {
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
  const prove = () => proveBatch({ shape, head, index, traces, batchSalt: randomSalt(), context }, artifacts, backend)
  await backend.prepare(report)
  await prove()
  const start = performance.now()
  let done = 0
  await Promise.all(
    Array.from({ length: batches }, async () => {
      await prove()
      report(++done / batches, `${done} of ${batches}`)
    }),
  )
  return (shape.traces * batches) / ((performance.now() - start) / 1000)
}
