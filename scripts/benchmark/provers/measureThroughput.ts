import { performance } from 'node:perf_hooks'
import type { Hex } from 'viem'
import type { Artifacts } from '../../../prover/proving/artifacts.ts'
import { openChildProcessBackend } from '../../../prover/proving/childProcessBackend.ts'
import { proveBatch } from '../../../prover/proving/proveBatch.ts'
import type { ReportProgress } from '../../../prover/StageProgress.ts'
import type { Shape } from '../../../src/shape.ts'
import { randomBatch, seededRandom, TEST_CONTEXT } from '../../randomBatch.ts'

/** As many as a worker of the node has under way: one is proved while others are prepared and verified. */
const UNDER_WAY = 2

/**
 * What the node's own pipeline proves: reference statement, witness, proof, its verification. Two batches are under way at a time, as in a worker.
 * @returns traces a second, after a batch that warms up
 */
export async function measureThroughput(
  shape: Shape,
  artifacts: Artifacts,
  batches: number,
  report: ReportProgress,
): Promise<number> {
  const backend = openChildProcessBackend(artifacts)
  try {
    await backend.prepare()
    const context = { ...TEST_CONTEXT, circuitKeyHash: artifacts.manifest.circuitKeyHash as Hex }
    const work = Array.from({ length: batches + 1 }, (_, seed) => ({
      ...randomBatch(shape, seededRandom(seed), { traces: shape.traces }),
      context,
    }))
    await proveBatch(work.pop()!, artifacts, backend)
    const start = performance.now()
    let done = 0
    const prove = async () => {
      for (let batch = work.pop(); batch !== undefined; batch = work.pop()) {
        await proveBatch(batch, artifacts, backend)
        report(++done / batches, `${done} of ${batches} batches`)
      }
    }
    await Promise.all(Array.from({ length: UNDER_WAY }, prove))
    return (shape.traces * batches) / ((performance.now() - start) / 1000)
  } finally {
    await backend.close()
  }
}
