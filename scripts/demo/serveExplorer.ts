import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeTraceBatch } from '../../prover/commands/writeTraceBatch.ts'
import { loadSettings } from '../../prover/config/loadSettings.ts'
import { createLogger } from '../../prover/node/createLogger.ts'
import { startNode } from '../../prover/node/startNode.ts'
import type { Artifacts } from '../../prover/proving/artifacts.ts'
import { migrate } from '../../prover/store/migrate.ts'
import { openDatabase } from '../../prover/store/openDatabase.ts'
import { toProofRow } from '../../prover/worker/toProofRow.ts'
import { batchView, pageOf } from '../../src/api/views.ts'
import { pause } from '../../src/client/pause.ts'
import { requestNode } from '../../src/client/requestNode.ts'
import { storeModel } from '../../src/client/storeModel.ts'
import { PoaError } from '../../src/errors.ts'
import { freePort } from '../freePort.ts'
import type { DemoSetting } from './DemoSetting.ts'
import { describeLineage } from './describeLineage.ts'
import type { ProvenInferences } from './proveInferences.ts'
import { DEMO_DIRECTORY } from './writeDemoBundle.ts'

/** The demo registers one index. */
const INDEX_VERSION = 1n
/** A node's default. */
const EXPLORER_PORT = 8787
const LONGEST_WAIT_MS = 30_000
const PAUSE_MS = 100

export type ServedExplorer = {
  /** Of the node, and of the explorer that it serves. */
  readonly url: string
  /** Folder of the disclosed batches. */
  readonly disclosed: string
  stop(): Promise<void>
}

/**
 * Starts a node that looks at the demo's chain and answers for it, without an account: it takes part in nothing. Every batch is disclosed to it, and it is told
 * what the model was trained on. Returns once it shows all of that.
 */
export async function serveExplorer(
  { chain, accounts, deployment, model, modelId }: DemoSetting,
  proven: readonly ProvenInferences[],
  artifacts: Artifacts,
): Promise<ServedExplorer> {
  const disclosed = join(DEMO_DIRECTORY, 'disclosed')
  const dataDir = join(DEMO_DIRECTORY, 'node')
  // Of a chain that is gone.
  for (const directory of [disclosed, dataDir]) await rm(directory, { recursive: true, force: true })
  for (const { batch } of proven) await writeTraceBatch(join(disclosed, `batch-${batch.context.batchId}.json`), batch)
  const settings = await loadSettings({
    file: false,
    flags: {
      rpcUrls: chain.rpcUrl,
      chainId: `${chain.chain.id}`,
      escrow: deployment.inferenceEscrow,
      artifacts: artifacts.directory,
      disclosures: disclosed,
      dataDir,
      port: `${await freePort(EXPLORER_PORT)}`,
      metricsPort: '0',
      pollMs: '200',
    },
  })
  await storeProofs(dataDir, proven)
  const node = await startNode({ settings, roles: ['index', 'serve'], logger: createLogger('warn') })
  try {
    const url = node.url!
    const { head, index, shape } = model
    const lineage = describeLineage(model, accounts.contributors)
    await storeModel(url, { modelId, indexVersion: INDEX_VERSION, shape, head, index, lineage })
    await waitUntilShown(url, proven.length)
    return { url, disclosed, stop: () => node.stop() }
  } catch (error) {
    await node.stop()
    throw error
  }
}

/** The demo's prover leaves its proofs where a worker of the node would: so anybody can verify them in the browser. */
async function storeProofs(dataDir: string, proven: readonly ProvenInferences[]): Promise<void> {
  const db = await openDatabase({ directory: join(dataDir, 'database') }, createLogger('warn'))
  try {
    await migrate(db)
    for (const { proven: batch } of proven)
      await db.kysely.insertInto('proofs').values(toProofRow(batch, 'demo')).execute()
  } finally {
    await db.close()
  }
}

async function waitUntilShown(url: string, batches: number): Promise<void> {
  const until = Date.now() + LONGEST_WAIT_MS
  for (;;) {
    const { items } = await requestNode(url, { path: '/v1/batches', answer: pageOf(batchView) })
    if (items.filter(({ isDisclosed }) => isDisclosed).length === batches) return
    if (Date.now() > until)
      throw new PoaError('EXPLORER_INCOMPLETE', `the node does not show ${batches} disclosed batches`)
    await pause(PAUSE_MS)
  }
}
