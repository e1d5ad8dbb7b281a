import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROLES } from '../../prover/node/Role.ts'
import { passTime } from '../../scripts/demo/connect.ts'
import type { TraceSubmission } from '../../src/api/submission.ts'
import { type BatchView, batchView } from '../../src/api/views.ts'
import { closeEpoch } from '../../src/chain/closeEpoch.ts'
import { readBatchContext } from '../../src/chain/readBatchContext.ts'
import { requestNode } from '../../src/client/requestNode.ts'
import { storeModel } from '../../src/client/storeModel.ts'
import { submitTraces } from '../../src/client/submitTrace.ts'
import { waitForTrace } from '../../src/client/waitForTrace.ts'
import { toJson, traceBatchToJson } from '../../src/statement/traceBatchSchema.ts'
import { contributors, EPOCH_LENGTH, tiny } from '../chain/deployTiny.ts'
import { openSetting, type Setting } from '../prover/node/openSetting.ts'
import { type NodeProcess, startNodeProcess } from '../prover/node/startNodeProcess.ts'

/** A live node on a chain of its own: settled batches, closed epochs, an open one, and batches that are disclosed. */
export type LiveDeployment = {
  readonly setting: Setting
  readonly node: NodeProcess
  readonly url: string
  /** Pays for as many inferences as a batch holds, and waits until the node has settled them. */
  settleBatch(): Promise<BatchView>
  /** Writes the batch with its features and salts to where the node looks for what may be shown. */
  disclose(batch: BatchView): Promise<void>
  /** Starts another node on the same chain, which only looks: it has sealed and proved nothing. */
  startObserver(): Promise<NodeProcess>
  close(): Promise<void>
}

const CLOSED_EPOCHS = 2
const SOME_SALT = 7n

/** @param corsOrigins of pages elsewhere that may ask the node */
export async function openDeployment(corsOrigins: readonly string[]): Promise<LiveDeployment> {
  const setting = await openSetting()
  const { tiny: at, directory, url } = setting
  const { clients, deployment, modelId, indexVersion, batch } = at
  const disclosures = join(directory, 'disclosures')
  await mkdir(disclosures)
  const node = await startNodeProcess(await setting.writeSettings({ disclosures, corsOrigins }), ROLES)
  const submissions = new Map<bigint, TraceSubmission>()
  const [first, ...others] = contributors.map((contributor, slot) => ({
    contributor,
    samples: 40 + 10 * slot,
    sha256: `${slot}`.repeat(64),
  }))
  const lineage = {
    datanets: [
      { name: 'court-opinions', version: 2, contributions: [first!, others[0]!] },
      { name: 'statutes', version: 1, contributions: others },
    ],
  }
  await storeModel(url, { modelId, indexVersion, shape: tiny, head: batch.head, index: batch.index, lineage })

  const settleBatch = async () => {
    const traces: TraceSubmission[] = []
    for (let slot = 0; slot < tiny.traces; slot++) traces.push(await setting.payAndSign())
    for (const trace of traces) submissions.set(trace.requestId, trace)
    const results = await submitTraces(url, traces)
    const settled = await waitForTrace(url, results[0]!.traceId!)
    return requestNode(url, { path: `/v1/batches/${settled.batch!.batchId}`, answer: batchView })
  }
  const disclose = async ({ batchId, requests }: BatchView) => {
    const context = await readBatchContext(clients.stranger, deployment, {
      batchId: BigInt(batchId),
      prover: clients.prover.account.address,
    })
    const traces = requests.map(({ requestId, poolWei }) => {
      const { features, label, inputSalt, outputSalt } = submissions.get(BigInt(requestId))!
      return { requestId: BigInt(requestId), poolWei: BigInt(poolWei), features, label, inputSalt, outputSalt }
    })
    const { head, index } = batch
    const disclosed = { shape: tiny, head, index, traces, batchSalt: SOME_SALT, context }
    await writeFile(join(disclosures, `batch-${batchId}.json`), toJson(traceBatchToJson(disclosed)))
  }
  for (let closed = 0; closed < CLOSED_EPOCHS; closed++) {
    await disclose(await settleBatch())
    const last = await settleBatch()
    await disclose(last)
    await passTime(clients.stranger, EPOCH_LENGTH + 1)
    await closeEpoch(clients.stranger, deployment, { modelId, epochId: BigInt(last.epochId) })
  }
  await settleBatch() // of an open epoch, and private
  return {
    setting,
    node,
    url,
    settleBatch,
    disclose,
    async startObserver() {
      const own = { dataDir: join(directory, 'observer'), port: 0 }
      return startNodeProcess(await setting.writeSettings(own), ['index', 'serve'])
    },
    async close() {
      await node.kill()
      await setting.close()
    },
  }
}
