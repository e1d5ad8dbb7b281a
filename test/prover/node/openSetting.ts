import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, keccak256, toBytes } from 'viem'
import { getContractEvents, getTransactionCount } from 'viem/actions'
import type { TraceSubmission } from '../../../src/api/submission.ts'
import { inferenceEscrowAbi } from '../../../src/chain/abi.ts'
import { approveSealer } from '../../../src/chain/approveSealer.ts'
import { payInference } from '../../../src/chain/payInference.ts'
import { NodeApiError } from '../../../src/client/NodeApiError.ts'
import { signTrace } from '../../../src/client/signTrace.ts'
import { storeModel } from '../../../src/client/storeModel.ts'
import { submitTrace } from '../../../src/client/submitTrace.ts'
import type { PoaError } from '../../../src/errors.ts'
import { account, deployTiny, type TinyDeployment, tiny } from '../../chain/deployTiny.ts'
import { freePort } from '../../freePort.ts'

/** A chain with a model that can be paid for, and a node's settings for it. */
export type Setting = {
  readonly tiny: TinyDeployment
  readonly directory: string
  readonly url: string
  /** Writes poa.json, with what a test wants otherwise. @returns its path */
  writeSettings(overrides?: Record<string, unknown>): Promise<string>
  /** Hands the head and the index to the node. */
  storeModel(): Promise<void>
  /** Pays for an inference, answers it and signs the trace. */
  payAndSign(): Promise<TraceSubmission>
  close(): Promise<void>
}

const FEE_WEI = 10n ** 15n
/** How long anything may take before a test gives up on it. */
export const PATIENCE_MS = 60_000

export async function openSetting(): Promise<Setting> {
  const tinyDeployment = await deployTiny()
  const { chain, clients, deployment, modelId, batch, indexVersion } = tinyDeployment
  await approveSealer(clients.operator, deployment, { sealer: clients.prover.account.address, isApproved: true })
  const directory = await mkdtemp(join(tmpdir(), 'poa-test-node-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let paid = 0
  return {
    tiny: tinyDeployment,
    directory,
    url,
    async writeSettings(overrides = {}) {
      const path = join(directory, 'poa.json')
      const settings = {
        rpcUrls: [chain.rpcUrl],
        chainId: chain.chain.id,
        escrow: deployment.inferenceEscrow,
        confirmations: 1,
        dataDir: join(directory, 'data'),
        artifacts: tinyDeployment.artifacts.directory,
        privateKey: keccak256(toBytes('chain test: prover')),
        port,
        metricsPort: 0,
        batchMaxAgeSeconds: 1,
        heartbeatSeconds: 10,
        pollMs: 100,
        drainSeconds: 20,
        // Beside other tests a prover that stands back would starve.
        niceness: 0,
        logLevel: 'warn',
        ...overrides,
      }
      await writeFile(path, JSON.stringify(settings))
      return path
    },
    async storeModel() {
      const { head, index } = batch
      await storeModel(url, { modelId, indexVersion, shape: tiny, head, index })
    },
    async payAndSign() {
      const { features, label } = batch.traces[paid++ % batch.traces.length]!
      const requestHash = keccak256(toBytes(`request ${paid}`))
      const { requestId } = await payInference(clients.payer, deployment, { modelId, requestHash, feeWei: FEE_WEI })
      return signTrace(account('operator'), {
        chainId: BigInt(chain.chain.id),
        escrow: deployment.inferenceEscrow,
        shape: tiny,
        modelId,
        requestId,
        features,
        label,
        deadline: BigInt(Math.floor(Date.now() / 1000) + 3600),
      })
    },
    async close() {
      await chain.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Submits as a client does whose node comes and goes: again and again, until it is accepted. */
export async function submitPersistently(url: string, submission: TraceSubmission): Promise<Hex> {
  return eventually('the trace is accepted', async () => {
    try {
      return (await submitTrace(url, submission)).traceId
    } catch (error) {
      const isPassing =
        error instanceof NodeApiError ? error.problem.status >= 500 : (error as PoaError).code === 'NODE_UNREACHABLE'
      if (!isPassing) throw error
      return undefined
    }
  })
}

/** Looks again and again until there is something to see. */
export async function eventually<Result>(what: string, look: () => Promise<Result | undefined>): Promise<Result> {
  const giveUpAt = Date.now() + PATIENCE_MS
  for (;;) {
    const result = await look()
    if (result !== undefined) return result
    if (Date.now() > giveUpAt) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** What the chain knows of a request, from its own events: how often it was sealed and settled. */
export async function countOnChain({ tiny: { clients, deployment } }: Setting, requestId: bigint) {
  const read = <Name extends 'BatchSealed' | 'BatchSettled'>(eventName: Name) =>
    getContractEvents(clients.stranger, {
      address: deployment.inferenceEscrow,
      abi: inferenceEscrowAbi,
      eventName,
      fromBlock: 0n,
      strict: true,
    })
  const batches = (await read('BatchSealed')).filter(({ args }) => args.leaves.requestIds.includes(requestId))
  const settled = (await read('BatchSettled')).filter(({ args }) =>
    batches.some((batch) => batch.args.batchId === args.batchId),
  )
  return { sealed: batches.length, settled: settled.length }
}

/** How many transactions the node's account has had mined. */
export function countSent({ tiny: { clients } }: Setting): Promise<number> {
  return getTransactionCount(clients.stranger, { address: clients.prover.account.address })
}
