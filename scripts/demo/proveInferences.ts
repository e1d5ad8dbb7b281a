import type { Artifacts } from '../../prover/proving/artifacts.ts'
import type { ProvingBackend } from '../../prover/proving/ProvingBackend.ts'
import { type ProvenBatch, proveBatch } from '../../prover/proving/proveBatch.ts'
import type { ReportProgress } from '../../prover/StageProgress.ts'
import { readBatchContext } from '../../src/chain/readBatchContext.ts'
import { randomSalt } from '../../src/client/randomSalt.ts'
import type { TraceBatch } from '../../src/statement/buildStatement.ts'
import { connect } from './connect.ts'
import type { DemoSetting } from './DemoSetting.ts'
import type { SealedBatch } from './serveInferences.ts'

/** A batch as its prover got it, and what the prover made of it. */
export type ProvenInferences = { readonly batch: TraceBatch; readonly proven: ProvenBatch }

/** Proves every sealed batch; the witness of one is computed while the one before it is proved. */
export async function proveInferences(
  { chain, accounts, deployment, model }: DemoSetting,
  sealed: readonly SealedBatch[],
  artifacts: Artifacts,
  backend: ProvingBackend,
  report: ReportProgress,
): Promise<ProvenInferences[]> {
  const { shape, head, index } = model
  const prover = connect(chain, accounts.prover)
  let done = 0
  return Promise.all(
    sealed.map(async ({ batchId, inferences }) => {
      const context = await readBatchContext(prover, deployment, { batchId, prover: accounts.prover.address })
      const traces = inferences.map(({ trace }) => trace)
      const batch = { shape, head, index, traces, batchSalt: randomSalt(), context }
      const proven = await proveBatch(batch, artifacts, backend)
      report(++done / sealed.length, `${done} of ${sealed.length}`)
      return { batch, proven }
    }),
  )
}
