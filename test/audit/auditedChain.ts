import { keccak256, parseEther, toBytes } from 'viem'
import { openChildProcessBackend } from '../../prover/proving/childProcessBackend.ts'
import { proveBatch } from '../../prover/proving/proveBatch.ts'
import { passTime } from '../../scripts/demo/connect.ts'
import { DEFAULT_SHARES } from '../../scripts/deployContracts.ts'
import { randomBatch, seededRandom } from '../../scripts/randomBatch.ts'
import { policyRegistryAbi } from '../../src/chain/abi.ts'
import { closeEpoch } from '../../src/chain/closeEpoch.ts'
import { executeContract } from '../../src/chain/executeContract.ts'
import { type PaidRequest, payInference } from '../../src/chain/payInference.ts'
import { readBatchContext } from '../../src/chain/readBatchContext.ts'
import { refundRequest } from '../../src/chain/refundRequest.ts'
import { registerIndex } from '../../src/chain/registerModel.ts'
import { sealBatch } from '../../src/chain/sealBatch.ts'
import { settleBatch } from '../../src/chain/settleBatch.ts'
import { withdraw } from '../../src/chain/withdraw.ts'
import { sealTraces, type TraceBatch } from '../../src/statement/buildStatement.ts'
import { toJson, traceBatchToJson } from '../../src/statement/traceBatchSchema.ts'
import {
  contributors,
  deployTiny,
  EPOCH_LENGTH,
  SEAL_WINDOW,
  SETTLE_WINDOW,
  stakers,
  type TinyDeployment,
  tiny,
  treasury,
} from '../chain/deployTiny.ts'

export type AuditedChain = TinyDeployment & {
  /** The JSON of the settled batches' trace batches, by id. */
  readonly disclosed: ReadonlyMap<bigint, unknown>
}

/**
 * A chain on which everything happens that an audit judges. Epoch 1: batches 1 and 2, requests 6 and 7 refunded (7 was sealed in batch 3).
 * Epoch 2, under another index: batch 4. Epoch 3, under another policy: batch 5, then batch 6 and request 15 still open. Debts, withdrawals.
 */
export async function deployAuditedChain(): Promise<AuditedChain> {
  const at = await deployTiny()
  const { clients, deployment, modelId } = at
  const backend = openChildProcessBackend(at.artifacts)
  const disclosed = new Map<bigint, unknown>()
  const pay = (feeWei: bigint) =>
    payInference(clients.payer, deployment, { modelId, requestHash: keccak256(toBytes('a question')), feeWei })
  const payMany = async (...fees: readonly bigint[]) => {
    const paid: PaidRequest[] = []
    for (const fee of fees) paid.push(await pay(fee))
    return paid
  }
  const seal = async (batch: TraceBatch, paid: readonly PaidRequest[]) => {
    const traces = paid.map(({ requestId, poolWei }, i) => ({ ...batch.traces[i]!, requestId, poolWei }))
    const { batchId } = await sealBatch(clients.operator, deployment, { modelId, sealed: sealTraces(traces, tiny) })
    return { batchId, traces }
  }
  const settle = async (batch: TraceBatch, paid: readonly PaidRequest[]) => {
    const { batchId, traces } = await seal(batch, paid)
    const prover = clients.prover.account.address
    const context = await readBatchContext(clients.stranger, deployment, { batchId, prover })
    const traceBatch = { ...batch, traces, context }
    await settleBatch(clients.stranger, deployment, await proveBatch(traceBatch, at.artifacts, backend))
    disclosed.set(batchId, JSON.parse(toJson(traceBatchToJson(traceBatch))))
  }
  const close = (epochId: bigint) => closeEpoch(clients.stranger, deployment, { modelId, epochId })
  const random = seededRandom(22)
  const other = randomBatch(tiny, random, { traces: tiny.traces, weight: () => random.integer(-40, 40) })
  const renewed: TraceBatch = { ...other, head: at.batch.head, traces: at.batch.traces }
  try {
    await settle(at.batch, await payMany(parseEther('1'), parseEther('2'), 1_500_000_000_000_000_001n))
    await settle({ ...at.batch, traces: at.batch.traces.toReversed() }, await payMany(7n * 10n ** 17n, 10n ** 16n + 3n))
    const [, stalled] = await payMany(parseEther('3'), parseEther('4'))
    await seal(at.batch, [stalled!])
    await withdraw(clients.stranger, deployment, { account: clients.prover.account.address })
    await registerIndex(clients.modelOwner, deployment, { modelId, index: other.index, shape: tiny, contributors })
    await passTime(clients.stranger, SEAL_WINDOW + 1)
    await refundRequest(clients.stranger, deployment, { requestId: 6n })
    await passTime(clients.stranger, SETTLE_WINDOW)
    await refundRequest(clients.stranger, deployment, { requestId: 7n })
    await passTime(clients.stranger, EPOCH_LENGTH)
    await close(1n)
    for (const account of [treasury, stakers]) await withdraw(clients.stranger, deployment, { account })

    await settle(renewed, await payMany(parseEther('5'), parseEther('6'), parseEther('1'), 999n))
    await publishPolicy(at)
    await settle({ ...renewed, traces: at.batch.traces.toReversed() }, await payMany(parseEther('2'), parseEther('3')))
    await close(2n)
    await seal(renewed, await payMany(parseEther('1')))
    await pay(parseEther('2'))
  } finally {
    await backend.close()
  }
  return { ...at, disclosed }
}

/** Other shares, other windows. */
async function publishPolicy({ clients, deployment }: TinyDeployment): Promise<void> {
  const shares = { ...DEFAULT_SHARES, contributorsBps: 4000, modelOwnerBps: 3000 }
  const windows = { epochLength: EPOCH_LENGTH * 2, sealWindow: SEAL_WINDOW * 2, settleWindow: SETTLE_WINDOW * 2 }
  await executeContract(clients.governance, {
    address: deployment.policyRegistry,
    abi: policyRegistryAbi,
    functionName: 'publishPolicy',
    args: [{ ...shares, ...windows, treasury, stakers }],
  })
}
