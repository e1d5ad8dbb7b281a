import { keccak256, parseEther, toBytes } from 'viem'
import type { ReportProgress } from '../../prover/StageProgress.ts'
import { payInference } from '../../src/chain/payInference.ts'
import { sealBatch } from '../../src/chain/sealBatch.ts'
import { randomSalt } from '../../src/client/randomSalt.ts'
import { sealTraces, type Trace } from '../../src/statement/buildStatement.ts'
import type { DemoQuery } from './buildDemoModel.ts'
import { connect } from './connect.ts'
import type { DemoSetting } from './DemoSetting.ts'

/** What one inference costs. */
export const FEE_WEI = parseEther('1')

/** A paid inference with its answer. */
export type ServedInference = { readonly query: DemoQuery; readonly trace: Trace }

/** A sealed batch as its operator knows it. */
export type SealedBatch = { readonly batchId: bigint; readonly inferences: readonly ServedInference[] }

/** Payers ask, one transaction each, taking turns. */
export async function payForInferences(
  { chain, accounts, deployment, model, modelId, gas }: DemoSetting,
  report: ReportProgress,
): Promise<{ inferences: ServedInference[]; epochId: bigint }> {
  const payers = accounts.payers.map((account) => connect(chain, account))
  const inferences: ServedInference[] = []
  const epochs = new Set<bigint>()
  for (const [i, query] of model.queries.entries()) {
    const request = { modelId, requestHash: keccak256(toBytes(query.text)), feeWei: FEE_WEI }
    const paid = gas.note('pay', await payInference(payers[i % payers.length]!, deployment, request))
    epochs.add(paid.epochId)
    const { features, label } = query
    const salts = { inputSalt: randomSalt(), outputSalt: randomSalt() }
    inferences.push({ query, trace: { requestId: paid.requestId, poolWei: paid.poolWei, features, label, ...salts } })
    report((i + 1) / model.queries.length, `${i + 1} of ${model.queries.length}`)
  }
  const [epochId, ...others] = [...epochs]
  if (epochId === undefined || others.length > 0) throw new Error('the payments do not lie in one epoch')
  return { inferences, epochId }
}

/** The operator commits to its answers, batch by batch, before anything is proved. */
export async function sealInferences(
  { chain, accounts, deployment, model, modelId, gas }: DemoSetting,
  inferences: readonly ServedInference[],
): Promise<SealedBatch[]> {
  const { shape } = model
  const operator = connect(chain, accounts.operator)
  const batches: SealedBatch[] = []
  for (let start = 0; start < inferences.length; start += shape.traces) {
    const batch = inferences.slice(start, start + shape.traces)
    const sealed = sealTraces(
      batch.map(({ trace }) => trace),
      shape,
    )
    const { batchId } = gas.note('seal', await sealBatch(operator, deployment, { modelId, sealed }))
    batches.push({ batchId, inferences: batch })
  }
  return batches
}
